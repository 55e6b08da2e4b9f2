"""Examples of numbers are those of the caller's country, and they are true."""

import phonenumbers
import pytest
from phonenumbers import SUPPORTED_REGIONS, PhoneNumberFormat, PhoneNumberType

from callmark.policy.numbering import (
    CallType,
    NumberingPlan,
    classify,
    country_called,
    country_name,
    examples,
)
from tests.cases import for_each

pytestmark = pytest.mark.sqlite

COUNTRIES = sorted(SUPPORTED_REGIONS)


@pytest.mark.parametrize(
    ("country", "directory", "operator", "premium", "free"),
    [
        ("US", "411", "0", "1-900", "1-800"),
        ("JM", "411", "0", "1-900", "1-800"),
        ("GB", "118 numbers", "100", "09", "0800"),
        ("IE", "118 numbers", "10", "15", "1800"),
        ("DE", "118 numbers", "", "0900", "0800"),
        ("FR", "118 numbers", "", "089", "0801"),
        ("IT", "12 numbers", "", "899", "800"),
        ("CH", "1811", "", "0900", "0800"),
        ("MX", "020", "", "900", "800"),
        ("JP", "104", "", "0990", "0120"),
        ("TA", "", "", "", ""),
    ],
)
def test_each_country_has_its_own(
    country: str, directory: str, operator: str, premium: str, free: str
) -> None:
    found = examples(country)
    assert (found.directory, found.operator) == (directory, operator)
    assert (found.premium, found.toll_free) == (premium, free)


@for_each(COUNTRIES)
def test_what_is_given_as_an_example_is_of_that_type(country: str) -> None:
    plan, found = NumberingPlan(country), examples(country)
    for whole in (found.directory, found.operator):
        if whole and whole.isdigit():
            assert CallType.DIRECTORY_ASSISTANCE in classify(whole, plan).types, whole
    for beginning, kind, call_type in (
        (found.premium, PhoneNumberType.PREMIUM_RATE, CallType.PREMIUM),
        (found.toll_free, PhoneNumberType.TOLL_FREE, CallType.TOLL_FREE),
    ):
        number = phonenumbers.example_number_for_type(country, kind)
        if number is None:
            assert not beginning
            continue
        dialed = _as_dialed_at_home(number)
        assert dialed.startswith(beginning.replace("-", ""))
        assert call_type in classify(dialed, plan).types, dialed


def _as_dialed_at_home(number: phonenumbers.PhoneNumber) -> str:
    if number.country_code == 1:
        return f"1{number.national_number}"
    written = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return "".join(one for one in written if one.isdigit())


@for_each(COUNTRIES)
def test_the_number_to_fill_a_field_with_is_one_of_the_country(country: str) -> None:
    found = examples(country)
    assert found.number.startswith(f"+{found.calling_code}")
    if found.calling_code != 1:
        assert "411" not in found.directory
        assert "1-900" not in found.premium


def test_countries_have_names_and_are_found_by_them() -> None:
    names = [country_name(one) for one in COUNTRIES]
    assert len(set(names)) == len(names)
    for code, name in zip(COUNTRIES, names, strict=True):
        assert len(name) > 2
        # A list is separated by commas.
        assert "," not in name
        assert country_called(name) == country_called(code.lower()) == code
    assert country_called("Atlantis") is None
