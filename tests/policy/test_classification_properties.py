"""What holds for every string, every home country and every outside prefix."""

import phonenumbers
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata

from callmark.policy.numbering import CallType, NumberingPlan, classify, emergency_numbers
from tests.examples import examples

COSTLY = {CallType.PREMIUM, CallType.INTERNATIONAL, CallType.DIRECTORY_ASSISTANCE}
GATED = COSTLY | {CallType.DOMESTIC, CallType.TOLL_FREE}
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
CODES = sorted(code for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE if code != 800)

countries = st.sampled_from(["US", "CA", "JM", "GB", "DE", "FR", "AU", "BR", "JP"]) | (
    st.sampled_from(REGIONS)
)
nanp_homes = st.sampled_from(["US", "CA", "JM", "PR"])
prefixes = st.sampled_from(["", "9", "0", "8", "81", "1", "00", "7"])
digits = st.text("0123456789", min_size=1, max_size=18)
dialled = st.one_of(
    st.text(max_size=40),
    st.text("0123456789+*#", max_size=30),
    st.text("0123456789+*#,;pwx-.() abtelsip:@", max_size=40),
    st.from_regex(r"(9|\*67|1167|1010321|011|00|\+|1|0)*[0-9]{0,12}[#,]?", fullmatch=True),
)
separators = st.text(" -.\u00a0\u2011\u200e", min_size=0, max_size=3)


class EveryString:
    def __contains__(self, _: object) -> bool:
        return True


@settings(max_examples=examples(200))
@given(dialled, countries, prefixes | st.text(max_size=3))
@example("8~10" * 20, "RU", "8")
@example("+#A", "US", "")
@example("²³¹", "US", "")
@example("𝟗𝟏𝟏", "US", "")
@example("\u0600" * 300, "US", "")
@example("019000000000", "US", "")
def test_every_string_has_an_answer(dialed: str, country: str, prefix: str) -> None:
    found = classify(dialed, NumberingPlan(country, prefix))
    assert found.dialed == dialed
    assert found.call_type in found.types
    assert found.why
    assert all(reason for reason in found.why)
    if found.e164 is not None:
        assert found.e164.startswith("+")
        assert found.e164[1:].isdigit()
    if found.call_type is CallType.EMERGENCY:
        assert found.types == {CallType.EMERGENCY}
    if CallType.PREMIUM in found.types and CallType.INTERNATIONAL in found.types:
        # What it might be as well does not name it.
        guessed = "two ways" in str(found.why) or "its first digits" in str(found.why)
        assert found.call_type is not CallType.INTERNATIONAL or guessed


@settings(max_examples=examples(150))
@given(st.data(), countries, prefixes, separators)
def test_emergency_beats_everything(
    data: st.DataObject, country: str, prefix: str, separator: str
) -> None:
    number = data.draw(st.sampled_from(sorted(emergency_numbers(country))))
    everyone = NumberingPlan(
        country, prefix, extensions=EveryString(), internal_numbers=EveryString()
    )
    for dialed in (number, prefix + number, separator.join(prefix + number), number + "#"):
        found = classify(dialed, everyone)
        assert found.types == {CallType.EMERGENCY}


@settings(max_examples=examples(100))
@given(nanp_homes, st.from_regex(r"101[0-9]{4}", fullmatch=True), st.sampled_from(["911", "112"]))
@example("US", "1013100", "911")
@example("US", "1011431", "112")
def test_an_emergency_call_behind_a_dial_around_code_is_nothing_else(
    country: str, code: str, number: str
) -> None:
    found = classify(code + number, NumberingPlan(country))
    assert found.types == {CallType.EMERGENCY}
    assert found.number == number


@settings(max_examples=examples(200))
@given(st.data(), countries, prefixes, digits)
def test_digits_after_an_emergency_number_end_the_exemption(
    data: st.DataObject, country: str, prefix: str, more: str
) -> None:
    numbers = emergency_numbers(country)
    number = data.draw(st.sampled_from(sorted(numbers)))
    dialed = data.draw(st.sampled_from(["", prefix])) + number + more
    # Another emergency number may have come out, directly, behind a line digit or behind a code.
    assume(not any(dialed.endswith(other) and len(dialed) < 14 for other in numbers))
    found = classify(dialed, NumberingPlan(country, prefix))
    assert CallType.EMERGENCY not in found.types


@settings(max_examples=examples(200))
@given(
    st.from_regex(r"(\+|\*67|9|011|00)?[0-9]{1,16}", fullmatch=True),
    countries,
    prefixes,
    st.lists(separators, min_size=24, max_size=24),
)
def test_separators_never_change_the_answer(
    dialed: str, country: str, prefix: str, between: list[str]
) -> None:
    plan = NumberingPlan(country, prefix)
    spaced = "".join(
        separator + character for separator, character in zip(between, dialed, strict=False)
    )
    plain, found = classify(dialed, plan), classify(spaced, plan)
    assert (plain.call_type, plain.types, plain.e164) == (found.call_type, found.types, found.e164)


def _international_prefix(country: str) -> str:
    metadata = PhoneMetadata.metadata_for_region(country)
    assert metadata is not None
    prefix = metadata.preferred_international_prefix or metadata.international_prefix or "00"
    if country == "BR":
        return "0015"
    plain = prefix.replace("~", "")
    return plain if plain.isdigit() else "00"


@settings(max_examples=examples(250))
@given(countries, st.sampled_from(CODES), digits, st.booleans(), st.booleans())
def test_another_country_code_is_always_gated(
    country: str, code: int, number: str, plus: bool, through_nine: bool
) -> None:
    home = phonenumbers.country_code_for_region(country)
    assume(code != home and len(number) >= 4)
    prefix = "9" if through_nine else ""
    dialed = f"{prefix}{'+' if plus else _international_prefix(country)}{code}{number}"
    types = classify(dialed, NumberingPlan(country, prefix)).types
    assert types & {CallType.INTERNATIONAL, CallType.PREMIUM}


nanp_dialled = st.from_regex(
    r"1?[2-9][0-9]{2}[2-9][0-9]{6}|[2-9][0-9]{6}|1?900[2-9][0-9]{6}|1?[2-9][0-9]{2}976[0-9]{4}"
    r"|0(1?1(44|49|979)[0-9]{8,10}|0?|[2-9][0-9]{9})|1?[2-8]11|1?(212|800)?5551212",
    fullmatch=True,
)


@settings(max_examples=examples(200))
@given(nanp_homes, nanp_dialled | digits, st.sampled_from(["*67", "*82", "*72", "#31#", "*21*"]))
@example("US", "0", "*67")
@example("US", "411", "*82")
def test_star_codes_never_remove_a_type(country: str, number: str, code: str) -> None:
    plan = NumberingPlan(country)
    alone, behind = classify(number, plan), classify(code + number, plan)
    assert behind.types >= alone.types & COSTLY


@settings(max_examples=examples(200))
@given(
    nanp_homes,
    nanp_dialled,
    st.sampled_from(["1167", "1182"]) | st.from_regex(r"101[0-9]{4}", fullmatch=True),
)
@example("US", "00", "1167")
@example("US", "0", "1010321")
@example("US", "014402000000", "1167")
def test_a_dial_around_or_rotary_code_never_removes_a_type(
    country: str, number: str, code: str
) -> None:
    plan = NumberingPlan(country)
    alone, behind = classify(number, plan), classify(code + number, plan)
    assume(alone.call_type is not CallType.UNROUTABLE)
    assert behind.types >= alone.types & GATED


@settings(max_examples=examples(100))
@given(countries, st.sampled_from(REGIONS))
def test_premium_examples_of_every_country_are_premium_from_every_other(
    country: str, other: str
) -> None:
    number = phonenumbers.example_number_for_type(other, phonenumbers.PhoneNumberType.PREMIUM_RATE)
    assume(number is not None)
    assert number is not None
    dialed = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    found = classify(dialed, NumberingPlan(country))
    assert found.call_type is CallType.PREMIUM
    at_home = number.country_code == phonenumbers.country_code_for_region(country)
    assert (CallType.INTERNATIONAL in found.types) is not at_home
