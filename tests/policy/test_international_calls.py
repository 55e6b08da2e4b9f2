"""International means another country calling code, unless the operator bills a region so."""

import phonenumbers
import pytest

from callmark.policy.numbering import (
    CallType,
    Classification,
    NumberingPlan,
    caribbean_regions,
    classify,
)

INTERNATIONAL = CallType.INTERNATIONAL


def _dial(dialed: str, country: str = "US", prefix: str = "", *billed: str) -> Classification:
    return classify(dialed, NumberingPlan(country, prefix, frozenset(billed)))


@pytest.mark.parametrize(
    ("home", "dialed"),
    [
        ("US", "1-876-555-0123"),
        ("JM", "1-212-555-0123"),
        ("RU", "8 727 234 5678"),
        ("KZ", "8 495 123 4567"),
        ("GB", "01481 960123"),
        ("JE", "020 7946 0018"),
        ("IT", "06 698 12345"),
        ("VA", "06 6981 2345"),
        ("NO", "79 02 12 34"),
        ("AU", "08 9162 1234"),
        ("GP", "0590 27 12 34"),
        ("RE", "0269 61 12 34"),
        ("MA", "0528 91 23 45"),
    ],
)
def test_countries_that_share_a_code_are_not_international(home: str, dialed: str) -> None:
    assert _dial(dialed, home).types == {CallType.DOMESTIC}


def test_the_operator_may_bill_caribbean_regions_as_international() -> None:
    for dialed in ("8765550123", "1-658-555-0123", "+18765550123", "011 1 876 555 0123"):
        found = _dial(dialed, "US", "", "JM", "BS")
        assert found.types == {INTERNATIONAL}
        assert "Jamaica" in found.why[0]
    assert _dial("12465550123", "US", "", "JM").types == {CallType.DOMESTIC}
    assert _dial("18005550199", "US", "", "JM").types == {CallType.TOLL_FREE}
    assert _dial("18769761234", "US", "", "JM").types == {CallType.PREMIUM, INTERNATIONAL}


def test_a_caller_in_a_billed_region_calls_home_without_a_code() -> None:
    assert _dial("8765550123", "JM", "", "JM").types == {CallType.DOMESTIC}


def test_regions_of_other_shared_codes_may_be_billed_too() -> None:
    assert _dial("8 727 234 5678", "RU", "", "KZ").types == {INTERNATIONAL}
    assert _dial("01534 456789", "GB", "", "JE").types == {INTERNATIONAL}


def test_the_regions_an_operator_may_list() -> None:
    regions = caribbean_regions()
    everywhere = set(phonenumbers.region_codes_for_country_code(1))
    assert set(regions) == everywhere - {"US", "CA", "AS", "GU", "MP", "PR", "VI"}
    assert regions["JM"] == "Jamaica"


@pytest.mark.parametrize(
    ("home", "prefix"),
    [
        ("US", "011"),
        ("US", "01"),
        ("GB", "00"),
        ("AU", "0011"),
        ("JP", "010"),
        ("JP", "0033010"),
        ("KR", "001"),
        ("KR", "002"),
        ("RU", "810"),
        ("RU", "8~10"),
        ("RU", "00"),
        ("BR", "0015"),
        ("BR", "0021"),
        ("HK", "001"),
        ("SG", "001"),
        ("ID", "001"),
        ("ID", "008"),
        ("CU", "119"),
        ("KE", "000"),
        ("NG", "009"),
        ("MN", "001"),
        ("CL", "1230"),
        ("FI", "990"),
        ("IL", "012"),
        ("CV", "0"),
        ("MH", "011"),
        ("US", "+"),
        ("BR", "+"),
    ],
)
def test_each_countrys_own_international_prefix(home: str, prefix: str) -> None:
    found = _dial(f"{prefix} 49 30 23125 000", home)
    assert found.call_type is INTERNATIONAL
    assert found.e164 == "+493023125000"


def test_double_zero_in_north_america_counts_as_operator_and_international() -> None:
    found = _dial("00 44 20 7946 0018")
    assert found.types == {INTERNATIONAL, CallType.DIRECTORY_ASSISTANCE}
    for through_the_operator in ("00 5551234", "00 1 212 555 0123", "00 212 555 0123"):
        found = _dial(through_the_operator)
        assert found.call_type is CallType.DIRECTORY_ASSISTANCE
        assert INTERNATIONAL in found.types


@pytest.mark.parametrize(
    "dialed",
    [
        "011",
        "011 44",
        "+44 20",
        "+999 1234567",
        "+0",
        "011 0 44",
        "+210 1234567",
        "+12345678901234",
    ],
)
def test_an_unfinished_or_unknown_foreign_number_is_still_gated(dialed: str) -> None:
    home = "GB" if dialed.startswith("+1") else "US"
    found = _dial(dialed, home)
    assert found.call_type is CallType.UNROUTABLE
    assert INTERNATIONAL in found.types


def test_numbers_newer_than_the_metadata_are_international_all_the_same() -> None:
    found = _dial("+44 25 0000 0000")
    assert found.call_type is INTERNATIONAL
    assert any("ranges do not list it" in reason for reason in found.why)


def test_a_country_code_without_plus_is_still_gated() -> None:
    assert INTERNATIONAL in _dial("442079460018").types


def test_foreign_toll_free_costs_and_universal_freephone_does_not() -> None:
    assert _dial("+44 800 111 1111").types == {INTERNATIONAL}
    assert _dial("+1 800 555 0199", "GB").types == {INTERNATIONAL}
    assert _dial("+800 1234 5678").types == {CallType.TOLL_FREE}


@pytest.mark.parametrize("code", ["870", "881", "882", "883", "808", "878"])
def test_satellite_and_worldwide_codes_are_international(code: str) -> None:
    example = phonenumbers.example_number_for_non_geo_entity(int(code))
    assert example is not None
    dialed = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    assert _dial(dialed).types == {INTERNATIONAL}
