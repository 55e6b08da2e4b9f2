"""Our look-ups say of every number what the public metadata library says, only faster."""

import phonenumbers
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callmark.policy.numbering import ranges
from callmark.policy.numbering.metadata import begins_with_premium_number, look_up
from tests.examples import examples

COUNTRIES = sorted(phonenumbers.SUPPORTED_REGIONS)
CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
KINDS = [kind for kind in range(11) if kind != phonenumbers.PhoneNumberType.UNKNOWN]

digits = st.text("0123456789", max_size=18)


@st.composite
def nearly_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A country, and an example number of a kind, with digits in front, too few or too many."""
    country = draw(st.sampled_from(COUNTRIES))
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    assert metadata is not None
    found = phonenumbers.example_number_for_type(country, draw(st.sampled_from(KINDS)))
    found = found or phonenumbers.example_number(country)
    assert found is not None
    national = phonenumbers.national_significant_number(found)
    cut = draw(st.integers(0, len(national)))
    code, trunk = str(metadata.country_code), metadata.national_prefix or ""
    front = draw(st.sampled_from(["", trunk, code, f"00{code}", f"011{code}", f"{trunk}99", "1"]))
    behind = draw(st.text("0123456789", max_size=2))
    return front + national[:cut] + behind + national[cut + draw(st.integers(0, 1)) :], country


Answer = tuple[int, str, str | None, int] | None


def as_the_library_says(number: str, country: str | None) -> Answer:
    """Country code, national number, country and kind."""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(parsed)
    unknown = phonenumbers.PhoneNumberType.UNKNOWN
    kind = phonenumbers.number_type(parsed) if region else unknown
    assert parsed.country_code is not None
    national = phonenumbers.national_significant_number(parsed)
    return parsed.country_code, national, region, kind


def as_we_say(number: str, country: str | None) -> Answer:
    """The same."""
    known = look_up(number, country)
    if known is None:
        return None
    return known.calling_code, known.national, known.region, known.kind


@settings(max_examples=examples(150))
@given(nearly_numbers())
@example(("0236618300", "IT"))  # the leading zero belongs to the number
@example(("0446681234567", "MX"))
@example(("0111523456789", "AR"))  # a prefix that is written anew
@example(("00", "GB"))
@example(("000", "GB"))
def test_a_number_dialed_in_its_country(number_and_country: tuple[str, str]) -> None:
    number, country = number_and_country
    assert as_we_say(number, country) == as_the_library_says(number, country)


@settings(max_examples=examples(100))
@given(digits, st.sampled_from(COUNTRIES))
def test_any_digits_in_any_country(number: str, country: str) -> None:
    assert as_we_say(number, country) == as_the_library_says(number, country)


@settings(max_examples=examples(150))
@given(st.sampled_from([*map(str, CODES), "", "0"]), digits)
@example("1", "")
@example("800", "12345678")
@example("590", "590123456")  # shared by three countries
@example("44", "7624123456")
def test_a_number_behind_a_plus(code: str, behind: str) -> None:
    assert as_we_say(f"+{code}{behind}", None) == as_the_library_says(f"+{code}{behind}", None)


@given(st.text("0123456789*#", max_size=12), st.sampled_from([*COUNTRIES, None]))
def test_what_is_no_plain_number(number: str, country: str | None) -> None:
    assert as_we_say(number, country) == as_the_library_says(number, country)


def test_a_premium_number_with_digits_behind_it() -> None:
    premium = phonenumbers.PhoneNumberType.PREMIUM_RATE
    examples = [phonenumbers.example_number_for_type(country, premium) for country in COUNTRIES]
    found = [number for number in examples if number is not None]
    assert len(found) > 100
    for number in found:
        assert number.country_code is not None
        national = phonenumbers.national_significant_number(number)
        assert begins_with_premium_number(number.country_code, f"{national}1")


@given(st.text("0123456789", min_size=10, max_size=10))
@example("2465551234")
@example("0246555123")
def test_whose_a_north_american_number_is(ten: str) -> None:
    parsed = phonenumbers.PhoneNumber(country_code=1, national_number=int(ten))
    assert ranges.region_of(1, ten.lstrip("0")) == phonenumbers.region_code_for_number(parsed)
