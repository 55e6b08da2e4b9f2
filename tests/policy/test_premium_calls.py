"""Premium numbers are found behind every prefix, code and disguise."""

import pytest

from callmark.policy.numbering import CallType, Classification, NumberingPlan, classify

PREMIUM = CallType.PREMIUM


def _dial(dialed: str, country: str = "US", prefix: str = "") -> Classification:
    return classify(dialed, NumberingPlan(country, prefix))


@pytest.mark.parametrize(
    "disguise",
    [
        "1-900-555-0123",
        "900 555 0123",
        "+19005550123",
        "011 1 900 555 0123",
        "+011 1 900 555 0123",
        "0 900 555 0123",
        "*67 900 555 0123",
        "*72 1 900 555 0123",
        "*21*19005550123#",
        "*123 1 900 555 0123",
        "1167 1 900 555 0123",
        "1172 900 555 0123",
        "1121 1 900 555 0123",
        "10-10-321-1-900-555-0123",
        "1010321 1010288 1 900 555 0123",
        "1 900 555 01239",
        "1 1 900 555 0123",
        "1 900 555 0123,,,1",
        "1,9005550123",
        "1900w5550123",
        "1900#5550123",
        "1900555!0123",
        "abc19005550123",
        "1-900-KLM-0123",
        "sip:19005550123@pbx;user=phone",
        "\u202a+1 900 555 0123\u202c",
        "１９００５５５０１２３",
        "1900;5550123",
        "9 1 900 555 0123",
        "9*67 1 900 555 0123",
    ],
)
@pytest.mark.parametrize("prefix", ["", "9"])
def test_a_900_number_needs_a_code_in_every_disguise(disguise: str, prefix: str) -> None:
    assert PREMIUM in _dial(prefix + disguise, prefix=prefix).types


@pytest.mark.parametrize("dialed", ["9761234", "2129761234", "12129761234", "+12129761234"])
def test_976_exchanges_are_premium_in_every_area(dialed: str) -> None:
    assert _dial(dialed).call_type is PREMIUM
    assert "976" in _dial(dialed).why[0]


def test_976_inside_a_toll_free_code_is_free() -> None:
    assert _dial("1-800-976-1234").types == {CallType.TOLL_FREE}


def test_a_900_number_whose_prefix_the_switch_has_taken_off_already_is_premium() -> None:
    found = _dial("9005551234", prefix="9")
    assert (found.call_type, found.number) == (PREMIUM, "9005551234")


def test_the_outside_prefix_is_not_taken_for_the_nine_of_a_number() -> None:
    found = _dial("9 00", prefix="9")
    assert (found.call_type, found.number) == (CallType.DIRECTORY_ASSISTANCE, "00")


def test_a_foreign_premium_number_is_premium_and_international() -> None:
    found = _dial("011 44 909 879 0123")
    assert found.call_type is PREMIUM
    assert found.types == {PREMIUM, CallType.INTERNATIONAL}
    assert found.why[0].startswith("premium")
    assert any(reason.startswith("international") for reason in found.why)


def test_the_international_premium_code() -> None:
    assert _dial("+979 123456789").types == {PREMIUM, CallType.INTERNATIONAL}
    assert PREMIUM in _dial("+979 12").types


@pytest.mark.parametrize(
    ("dialed", "country"),
    [
        ("141 0909 8790123", "GB"),
        ("1280 0909 8790123", "GB"),
        ("0909 8790123 55", "GB"),
        ("+44 0909 8790123", "GB"),
        ("#31#0899123456", "FR"),
        ("16050899123456", "FR"),
        ("01013 0900 3 123456", "DE"),
        ("184 0990 123456", "JP"),
        ("1831 1900 654321", "AU"),
        ("8 809 123 45 67", "RU"),
    ],
)
def test_premium_numbers_of_other_countries_behind_codes(dialed: str, country: str) -> None:
    assert PREMIUM in _dial(dialed, country).types


def test_shared_cost_is_domestic_and_says_so() -> None:
    found = _dial("0180 2 123456", "DE")
    assert found.types == {CallType.DOMESTIC}
    assert any("share the cost" in reason for reason in found.why)
