"""The outside-line prefix and star codes, in front of all kinds of numbers."""

import pytest

from callmark.policy.numbering import CallType, Classification, NumberingPlan, classify


def _dial(dialed: str, country: str = "US", prefix: str = "9") -> Classification:
    return classify(dialed, NumberingPlan(country, prefix))


@pytest.mark.parametrize(
    ("dialed", "expected"),
    [
        ("9 011 44 20 7946 0018", CallType.INTERNATIONAL),
        ("9 1 212 555 0123", CallType.DOMESTIC),
        ("9 212 555 0123", CallType.DOMESTIC),
        ("9 555 0123", CallType.DOMESTIC),
        ("9 411", CallType.DIRECTORY_ASSISTANCE),
        ("90", CallType.DIRECTORY_ASSISTANCE),
        ("9 800 555 0199", CallType.TOLL_FREE),
        ("9 900 555 0123", CallType.PREMIUM),
        ("9+44 20 7946 0018", CallType.INTERNATIONAL),
        ("9,1-900-555-0123", CallType.PREMIUM),
        ("9", CallType.UNROUTABLE),
        ("99", CallType.UNROUTABLE),
    ],
)
def test_nine_for_a_line(dialed: str, expected: CallType) -> None:
    assert _dial(dialed).call_type is expected


@pytest.mark.parametrize("dialed", ["212 555 0123", "972 555 0123", "+1 972 555 0123", "555 0123"])
def test_a_number_without_the_prefix_is_read_as_it_is(dialed: str) -> None:
    assert _dial(dialed).call_type is CallType.DOMESTIC


def test_zero_for_a_line_in_germany() -> None:
    assert _dial("0 0049 30 23125 000", "DE", "0").types == {CallType.DOMESTIC}
    assert _dial("0 0044 20 7946 0018", "DE", "0").types == {CallType.INTERNATIONAL}
    assert _dial("0 030 23125 000", "DE", "0").types == {CallType.DOMESTIC}
    assert _dial("0 0900 3 123456", "DE", "0").types == {CallType.PREMIUM}


def test_a_premium_number_dialed_without_the_prefix_it_happens_to_begin_with() -> None:
    assert _dial("90 12 34 56", "DK", "9").call_type is CallType.PREMIUM


def test_the_reason_names_the_prefix() -> None:
    assert "the outside-line prefix 9 was removed" in _dial("9 212 555 0123").why


@pytest.mark.parametrize("dialed", ["*97", "*50", "*123", "*501234", "*#06#", "1167", "11200"])
def test_a_code_alone_is_a_service(dialed: str) -> None:
    assert _dial(dialed, prefix="").types == {CallType.SERVICE}


@pytest.mark.parametrize("dialed", ["*", "#", "**", "*#*"])
def test_a_star_alone_is_nothing(dialed: str) -> None:
    assert _dial(dialed).types == {CallType.UNROUTABLE}


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        ("1 900 555 0123", CallType.PREMIUM),
        ("011 44 20 7946 0018", CallType.INTERNATIONAL),
        ("+44 20 7946 0018", CallType.INTERNATIONAL),
        ("411", CallType.DIRECTORY_ASSISTANCE),
        ("800 555 0199", CallType.TOLL_FREE),
        ("212 555 0123", CallType.DOMESTIC),
        ("555 0123", CallType.DOMESTIC),
        ("911", CallType.EMERGENCY),
    ],
)
@pytest.mark.parametrize("code", ["*67", "*82", "*70", "#31#", "*31#", "*21*", "9*67"])
def test_the_number_behind_a_star_code_counts(code: str, behind: str, expected: CallType) -> None:
    assert _dial(f"{code} {behind}", prefix="").call_type is expected


@pytest.mark.parametrize(
    ("country", "code", "number"),
    [
        ("GB", "141", "0033 1 99 00 12 34"),
        ("GB", "1470", "0033 1 99 00 12 34"),
        ("IE", "141", "0033 1 99 00 12 34"),
        ("AU", "1831", "0011 33 1 99 00 12 34"),
        ("DE", "01013", "0033 1 99 00 12 34"),
        ("DE", "010033", "0033 1 99 00 12 34"),
        ("AT", "1066", "0033 1 99 00 12 34"),
        ("US", "1010321", "011 33 1 99 00 12 34"),
        ("NZ", "0197", "0033 1 99 00 12 34"),
    ],
)
def test_codes_before_a_number_do_not_hide_an_international_call(
    country: str, code: str, number: str
) -> None:
    assert _dial(f"{code} {number}", country, "").call_type is CallType.INTERNATIONAL
