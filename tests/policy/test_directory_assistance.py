"""Directory assistance and the operator, in North America and elsewhere."""

import pytest

from callmark.policy.numbering import CallType, Classification, NumberingPlan, classify

ASSISTANCE = CallType.DIRECTORY_ASSISTANCE


def _dial(dialed: str, country: str = "US", prefix: str = "") -> Classification:
    return classify(dialed, NumberingPlan(country, prefix))


@pytest.mark.parametrize(
    "dialed",
    [
        "411",
        "1411",
        "0",
        "00",
        "5551212",
        "2125551212",
        "12125551212",
        "+12125551212",
        "8005551212",
    ],
)
@pytest.mark.parametrize("prefix", ["", "9"])
def test_north_american_directory_assistance(dialed: str, prefix: str) -> None:
    assert _dial(dialed, prefix=prefix).call_type is ASSISTANCE
    if prefix and not dialed.startswith("+"):
        assert _dial(prefix + dialed, prefix=prefix).call_type is ASSISTANCE


@pytest.mark.parametrize("dialed", ["*67411", "*670", "1167411", "1010321411", "1010321", "411#"])
def test_a_code_in_front_does_not_hide_directory_assistance(dialed: str) -> None:
    assert ASSISTANCE in _dial(dialed).types


@pytest.mark.parametrize("dialed", ["4112", "411,1", "411 555 1234", "0411", "01144"])
def test_what_begins_with_it_still_counts(dialed: str) -> None:
    if dialed == "01144":  # 011 is the international prefix, not the operator
        assert ASSISTANCE not in _dial(dialed).types
    else:
        assert ASSISTANCE in _dial(dialed).types


def test_a_call_through_the_operator_is_also_what_it_reaches() -> None:
    assert _dial("0 212 555 0123").types == {ASSISTANCE, CallType.DOMESTIC}
    assert _dial("0 212 555 0123").call_type is ASSISTANCE
    assert _dial("01 44 20 7946 0018").types == {ASSISTANCE, CallType.INTERNATIONAL}
    assert _dial("0 900 555 0123").call_type is CallType.PREMIUM


@pytest.mark.parametrize("dialed", ["211", "311", "511", "611", "711", "811", "1611"])
def test_other_n11_codes_are_services(dialed: str) -> None:
    assert _dial(dialed).types == {CallType.SERVICE}


@pytest.mark.parametrize(
    ("dialed", "country"),
    [
        ("118118", "GB"),
        ("11833", "DE"),
        ("118218", "FR"),
        ("1881", "NO"),
        ("104", "JP"),
        ("1223", "AU"),
        ("102", "BR"),
        ("114", "KR"),
        ("197", "IN"),
        ("040", "MX"),
        ("0", "SE"),
    ],
)
def test_other_countries_own_enquiry_numbers(dialed: str, country: str) -> None:
    assert _dial(dialed, country).call_type is ASSISTANCE


def test_digits_after_an_enquiry_number_do_not_hide_it() -> None:
    assert ASSISTANCE in _dial("118118 1234567", "GB").types


def test_an_enquiry_number_at_a_premium_rate_is_both() -> None:
    found = _dial("118218", "FR")
    assert found.types == {ASSISTANCE, CallType.PREMIUM}
