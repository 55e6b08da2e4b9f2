"""Every country's emergency numbers are known, and nothing else is taken for one."""

import csv
import re
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata

from callmark.policy.numbering.emergency_numbers import (
    ALWAYS_EMERGENCY,
    EMERGENCY_TABLE,
    emergency_numbers,
    is_helpline,
)
from callmark.policy.numbering.emergency_row import EmergencyRow
from callmark.policy.numbering.helplines import HELPLINES
from callmark.policy.numbering.patterns import expand
from callmark.policy.numbering.special_numbers import ENQUIRIES
from tests.cases import for_each

COUNTRIES = sorted(phonenumbers.SUPPORTED_REGIONS)
FRENCH_TERRITORIES = ["GP", "GF", "MQ", "RE", "YT", "BL", "MF", "PM", "WF", "NC", "PF"]
with (Path(__file__).parent / "emergency_table.csv").open() as _file:
    BY_HAND = list(csv.DictReader(_file))


def _is_ordinary(number: str, country: str) -> bool:
    """A line, a mobile or a service that somebody can be called on, by the public metadata."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, country))
    except phonenumbers.NumberParseException:
        return False


def _of_short_kind(kind: str, number: str, country: str) -> bool:
    short = PhoneMetadata.short_metadata_for_region(country)
    desc = getattr(short, kind) if short else None
    pattern = desc.national_number_pattern if desc else None
    return bool(pattern and re.fullmatch(pattern, number))


# --- The table ------------------------------------------------------------------------------


def test_every_country_has_exactly_one_row() -> None:
    listed = [country for row in EMERGENCY_TABLE for country in row.countries.split()]
    assert sorted(listed) == COUNTRIES


@for_each(EMERGENCY_TABLE, name=lambda row: row.countries)
def test_every_row_says_what_answers_each_number_and_where_that_is_from(row: EmergencyRow) -> None:
    assert len(row.source) >= 3
    assert row.services
    for number, service in row.services.items():
        assert re.fullmatch(r"[0-9]{2,6}", number), f"{number!r} is no short number"
        assert re.fullmatch(r"[A-Za-z0-9-][\w ()-]+", service), f"{number} has no service"
    assert row.numbers.count(",") + 1 == len(row.services), "a number is there twice"


@for_each(COUNTRIES)
def test_every_country_has_numbers_beside_those_that_count_everywhere(country: str) -> None:
    row = next(row for row in EMERGENCY_TABLE if country in row.countries.split())
    assert emergency_numbers(country) >= ALWAYS_EMERGENCY | set(row.services)


@for_each(COUNTRIES)
def test_what_the_public_metadata_calls_emergency_is_emergency(country: str) -> None:
    numbers = [f"{n:0{width}}" for width in (2, 3) for n in range(10**width)]
    theirs = [number for number in numbers if _of_short_kind("emergency", number, country)]
    assert theirs == [one for one in theirs if phonenumbers.is_emergency_number(one, country)]
    assert [number for number in theirs if number not in emergency_numbers(country)] == []


def test_a_country_that_nobody_has_heard_of_has_the_common_numbers() -> None:
    assert emergency_numbers("ZZ") == ALWAYS_EMERGENCY


# --- Nothing else is an emergency number ----------------------------------------------------


@for_each(COUNTRIES)
def test_no_emergency_number_is_an_ordinary_number(country: str) -> None:
    assert [n for n in emergency_numbers(country) if _is_ordinary(n, country)] == []


@for_each(COUNTRIES)
def test_no_emergency_number_is_a_short_code_at_a_premium_rate(country: str) -> None:
    numbers = emergency_numbers(country)
    assert [n for n in numbers if _of_short_kind("premium_rate", n, country)] == []


@for_each(COUNTRIES)
def test_no_emergency_number_is_longer_than_six_digits(country: str) -> None:
    assert {n for n in emergency_numbers(country) if not re.fullmatch("[0-9]{2,6}", n)} == set()


@given(st.sampled_from(COUNTRIES), st.from_regex(r"[0-9]{7,20}", fullmatch=True))
def test_a_whole_telephone_number_is_never_an_emergency_number(country: str, digits: str) -> None:
    assert digits not in emergency_numbers(country)


@for_each(sorted(ENQUIRIES))
def test_directory_enquiries_are_no_emergency(country: str) -> None:
    # 118 itself is fire or ambulance in the four countries that follow Switzerland and Italy.
    emergency_118 = {"AD", "CH", "IT", "LI", "SM"}
    enquiries = {n for n in emergency_numbers(country) if re.fullmatch(ENQUIRIES[country], n)}
    assert enquiries <= ({"118"} if country in emergency_118 else set())


# --- The gaps that were known ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "numbers"),
    [
        ("SA", "998"),
        ("UZ", "101 102 103"),
        ("MM", "191 192"),
        ("KR", "122"),
        ("CM", "118 119"),
        ("PE", "106"),
        ("SV", "132"),
        ("PL", "984 985 986 987 989 991 992 993 994 995 996 997 998 999"),
        ("TR", "132 156 158 177"),
        *((each, "15 17 18 112 114 115 119 191 196") for each in ["FR", *FRENCH_TERRITORIES]),
    ],
)
def test_numbers_that_were_missing(country: str, numbers: str) -> None:
    assert emergency_numbers(country) >= set(numbers.split())


@for_each(BY_HAND, name=lambda row: row["country"])
def test_countries_written_down_once_more_by_hand(row: dict[str, str]) -> None:
    numbers = emergency_numbers(row["country"])
    assert row["source"]
    assert set(row["emergency"].split()) - numbers == set()
    assert set(row["not_emergency"].split()) & numbers == set()


def test_the_sample_by_hand_is_of_more_than_forty_countries() -> None:
    assert len({row["country"] for row in BY_HAND}) == len(BY_HAND) > 40


# --- Helplines ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "country",
    [
        *("AT", "BE", "CH", "CZ", "DE", "ES", "FI", "GB", "IE"),
        *("IS", "IT", "LI", "NL", "NO", "JE"),
    ],
)
def test_the_harmonised_helplines_are_free_services(country: str) -> None:
    for number in ("116006", "116111", "116117", "116123"):
        assert is_helpline(country, number)
        assert number not in emergency_numbers(country)


def test_a_helpline_that_the_regulator_lists_as_emergency_is_an_emergency() -> None:
    for country in ("FR", "GP", "RE"):
        assert {"116000", "116111", "116117"} <= emergency_numbers(country)
        assert not is_helpline(country, "116000")
        assert is_helpline(country, "116006")
    assert "116000" in emergency_numbers("BE")
    assert not is_helpline("BE", "116000")


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("AU", "132500"),
        ("AU", "131114"),
        ("FR", "3114"),
        ("ES", "016"),
        ("IT", "1522"),
        ("IN", "1098"),
        ("BR", "188"),
        ("KE", "116"),
        ("VN", "111"),
    ],
)
def test_helplines_of_one_country(country: str, number: str) -> None:
    assert is_helpline(country, number)
    assert number not in emergency_numbers(country)


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("US", "116111"),
        ("AU", "116111"),
        ("DE", "1161112"),
        ("DE", "11611"),
        ("DE", "0116111"),
        ("DE", "132500"),
        ("DE", "116111x"),
        ("DE", "11611\u0661"),
        ("DE", "116111\n"),
        ("GB", "118500"),
        ("FR", "3949"),
        ("ZZ", "116111"),
    ],
)
def test_what_is_no_helpline(country: str, number: str) -> None:
    assert not is_helpline(country, number)


@given(st.sampled_from(COUNTRIES), st.from_regex(r"[0-9]{1,20}", fullmatch=True))
def test_no_digits_are_an_emergency_and_a_helpline(country: str, digits: str) -> None:
    assert not (is_helpline(country, digits) and digits in emergency_numbers(country))


@for_each(sorted(HELPLINES))
def test_no_helpline_is_a_line_or_a_paid_service(country: str) -> None:
    """A pattern that opened a range of those would open the gate. Australia's are 13 numbers."""
    helplines = expand(HELPLINES[country])
    assert all(is_helpline(country, n) or n in emergency_numbers(country) for n in helplines)
    ordinary = {n for n in helplines if _is_ordinary(n, country)}
    # Six digits may be a local number in Jersey; none of those begins with 116.
    jersey = {"116000", "116006", "116111", "116117", "116123"}
    assert ordinary == {"AU": {"131114", "132500"}, "JE": jersey}.get(country, set())
    # Free since 2007 (ARCEP), which the metadata does not say.
    paid = {n for n in helplines if _of_short_kind("premium_rate", n, country)}
    assert paid == ({"3919"} if country == "FR" else set())
