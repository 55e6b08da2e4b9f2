"""What is judged is what is dialed: of every string one clean number is made, or none."""

import re
from dataclasses import replace

import phonenumbers
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from callmark.policy.numbering import (
    CallType,
    Classification,
    NumberingPlan,
    OwnNumbers,
    classify,
    outside_line,
)
from tests.examples import examples

COSTLY = {CallType.PREMIUM, CallType.INTERNATIONAL, CallType.DIRECTORY_ASSISTANCE}
GATED = COSTLY | {CallType.DOMESTIC, CallType.TOLL_FREE}
CLEAN = re.compile(r"\+?[0-9]+|[*#][0-9*#]*(?:\+[0-9]+#?)?")
REFUSED_CHARACTERS = "&|/^@${}\"\\!'<>=?[]_:\0\n\r\t\x7f"

countries = st.sampled_from(["US", "CA", "JM", "GB", "DE", "FR", "AU", "MX", "BR", "JP", "RU"]) | (
    st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS))
)
prefixes = st.sampled_from(["", "9", "0", "8", "81"])
strings = st.one_of(
    st.text(max_size=40),
    st.text("0123456789+*#", max_size=24),
    st.text("0123456789+*#,;pwx-.() abtelsip:@&/!=%", max_size=40),
    st.from_regex(
        r"(9|\*67|1|011|00|\+|0|sip:)*[0-9]{3,14}([,;&@!][0-9a-z=&/@]{0,9})?", fullmatch=True
    ),
)


def _dial(dialed: str, country: str = "US", prefix: str = "") -> Classification:
    return classify(dialed, NumberingPlan(country, prefix))


@settings(max_examples=examples(250))
@given(strings, countries, prefixes)
def test_only_clean_characters_ever_reach_the_switch(
    dialed: str, country: str, prefix: str
) -> None:
    found = _dial(dialed, country, prefix)
    if found.number is None:
        assert found.refused
        assert found.call_type is CallType.UNROUTABLE
        assert "refused" in found.why[0]
    else:
        assert CLEAN.fullmatch(found.number)


@settings(max_examples=examples(250))
@given(strings, countries, prefixes)
@example("9005551234", "US", "9")
@example("9*679*72900", "US", "9")
@example("*67*679000000", "SM", "9")
@example("+310000000", "US", "")
@example("+9000000000", "US", "")
def test_the_number_handed_back_costs_no_more_than_what_was_judged(
    dialed: str, country: str, prefix: str
) -> None:
    plan = NumberingPlan(country, prefix)
    judged = classify(dialed, plan)
    assume(judged.number is not None)
    assert judged.number is not None
    sent = classify(judged.number, replace(plan, outside_prefix=""))
    assert sent.types & GATED <= judged.types
    assert (sent.call_type is CallType.EMERGENCY) is (judged.call_type is CallType.EMERGENCY)
    assert sent.number == judged.number
    # Of a number that no plan lists what was left off (+44 0 ...) may have been meant, and counts.
    as_it_was = judged.number[0] != "+" or judged.number == re.sub(r"[^0-9+]", "", dialed)
    if not prefix and (as_it_was or _is_listed(judged)):
        assert sent.types == judged.types


@settings(max_examples=examples(150))
@given(
    st.from_regex(r"[0-9]{2,12}", fullmatch=True),
    st.sampled_from(REFUSED_CHARACTERS),
    st.text("0123456789&@,PJSIP/", max_size=12),
    countries,
)
def test_a_character_that_means_something_to_a_switch_is_refused_or_leaves_an_emergency_alone(
    number: str, character: str, rest: str, country: str
) -> None:
    found = _dial(number + character + rest, country)
    if found.call_type is CallType.EMERGENCY:
        # The emergency number is the whole of what remains: nothing else was to be reached.
        before_host = (number + character + rest).partition("@")[0]
        digits = "".join(filter(str.isalnum, before_host)).rstrip("P")  # P is a pause
        assert digits.endswith(found.number or "?")
        assert len(before_host) <= 12
    else:
        assert found.number is None


@pytest.mark.parametrize(
    ("dialed", "number"),
    [
        ("(212) 555-0123", "2125550123"),
        ("+1 (212) 555.0123", "+12125550123"),
        ("(+44) 20 7946 0018", "+442079460018"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("011 44 (0)20 7946 0018", "0114402079460018"),
        ("%2B12125550123", "+12125550123"),
        ("2125550123;phone-context=+1", "2125550123"),
        ("2125550123;npdi;rn=+12125550000", "2125550123"),
        ("sip:2125550123@[2001:db8::1]:5060;transport=tls?subject=x", "2125550123"),
        ("*97", "*97"),
        ("*67 212 555 0123", "*672125550123"),
        ("9*67 212 555 0123", "*672125550123"),
        ("1-800-FLOWERS", "18003569377"),
        ("1-800-MATTRESS", "18006288737"),
    ],
)
def test_written_forms_become_clean_numbers(dialed: str, number: str) -> None:
    assert _dial(dialed).number == number


@pytest.mark.parametrize(
    "dialed",
    [
        "(212",
        "212)5550123",
        "(PJSIP)2125550123",
        "2125550123;x=",
        "2125550123;=1",
        "2125550123;x=1&2",
        "2125550123@pbx",
        "sip:2125550123@pbx&PJSIP/101",
        "sip:user:secret@pbx",
        "2125550123%26",
        "+1+2125550123",
        "5551234+442079460018",
        "hello",
        "x2125550123",
        "2125550123,30,G(x)",
        "",
        "+",
        "5" * 257,
    ],
)
def test_of_anything_else_no_number_is_made(dialed: str) -> None:
    found = _dial(dialed)
    assert found.number is None
    assert found.refused


@pytest.mark.parametrize("prefix", ["9", "81"])
def test_the_outside_prefix_is_taken_off_what_is_handed_back(prefix: str) -> None:
    for number in ("2125550123", "12125550123", "011442079460018", "+442079460018", "411"):
        assert _dial(prefix + number, prefix=prefix).number == number
    assert _dial(f"*67{prefix}12125550123", prefix=prefix).number == "*6712125550123"
    assert _dial("2125550123", prefix=prefix).number == "2125550123"


def test_nine_and_a_local_number_is_no_call_to_iran() -> None:
    found = _dial("98761830", prefix="9")
    assert (found.call_type, found.number) == (CallType.DOMESTIC, "8761830")


def test_an_extension_is_dialed_by_its_own_name_and_no_other() -> None:
    plan = NumberingPlan("US", extensions={"101", "alice"})
    assert classify("alice", plan).number == "alice"
    assert classify("1-0-1", plan).number == "101"
    for dialed in ("Alice", "101&PJSIP/102", "alice&PJSIP/102", "101/102"):
        assert classify(dialed, plan).number is None


# --- No spelling of a number is cheaper than the number ---------------------------------------

_LONDON = "442079460018"
_SAMPLES = [
    ("US", "9005550123"),
    ("US", "9725550123"),
    ("US", "2129761234"),
    ("US", "2125551212"),
    ("US", f"011{_LONDON}"),
    ("US", "011525512345678"),
    ("US", f"+{_LONDON}"),
    ("MX", "9001234567"),
    ("MX", "8001234567"),
    ("MX", f"00{_LONDON}"),
    ("GB", "09098790123"),
    ("GB", "0033199001234"),
    ("DE", "09003123456"),
    ("DE", "0044" + _LONDON[2:]),
    ("AU", "1900123456"),
    ("AU", "0011" + _LONDON),
    ("FR", "0899123456"),
]
_FRONT = st.lists(st.sampled_from(["1", "9", "0", "8", "00", "011", "+", "+1", "*67"]), max_size=3)
_MEXICO = st.lists(st.sampled_from(["01", "044", "045", "+52", "+521", "0052"]), max_size=1)
_BETWEEN = st.sampled_from(["", " ", "-", "."])
_END = st.sampled_from(["", "#", ",", ";user=phone", ",,1234#", "p1"])


@settings(max_examples=examples(300))
@given(st.sampled_from(_SAMPLES), _FRONT, _MEXICO, _BETWEEN, _END, st.sampled_from(["", "9"]))
@example(("US", "011525512345678"), ["1"], [], "", "", "")
@example(("US", f"+{_LONDON}"), ["1"], [], "", "", "")
@example(("US", f"011{_LONDON}"), ["8"], [], "", "", "9")
@example(("US", f"011{_LONDON}"), ["+", "1"], [], "", "", "")
@example(("US", "9005550123"), ["9"], [], "", "", "9")
@example(("MX", "9001234567"), [], ["+521"], "", "", "")
@example(("AU", "1900123456"), ["*671", "*67"], [], "", "", "")
@example(("DE", "0044" + _LONDON[2:]), ["0", "1"], [], "", "", "")
def test_no_spelling_of_a_number_is_cheaper_than_the_number(
    sample: tuple[str, str],
    front: list[str],
    mexico: list[str],
    between: str,
    end: str,
    prefix: str,
) -> None:
    country, number = sample
    plain = _dial(number, country)
    assert plain.types & GATED
    spelled = prefix + between.join([*front, *(mexico if country == "MX" else []), number]) + end
    found = _dial(spelled, country, prefix)
    if found.number is None or number.removeprefix("+") not in found.number:
        return  # refused, or cut at a pause in front of the number
    if _is_listed(found):
        return
    assert plain.types & GATED <= found.types, (spelled, found)


def _is_listed(found: Classification) -> bool:
    """Whether the digits in front have made another number that a numbering plan knows."""
    if found.e164 is None:
        return False
    return phonenumbers.is_valid_number(phonenumbers.parse(found.e164))


@pytest.mark.parametrize(
    "dialed",
    ["1011525512345678", "+1011442079460000", "8011442079460018", "1234567", "12125550123999"],
)
def test_a_long_string_that_reaches_nobody_counts_as_everything_it_might_be(dialed: str) -> None:
    assert _dial(dialed).types >= GATED


@pytest.mark.parametrize("dialed", ["2", "22", "600", "1234", "12345", "123456"])
def test_a_short_string_that_nobody_listed_counts_as_other_outside_calls(dialed: str) -> None:
    assert _dial(dialed).types == {CallType.UNROUTABLE, CallType.DOMESTIC}


def test_digits_in_front_of_an_unlisted_home_number_hide_no_costly_one() -> None:
    assert CallType.PREMIUM in _dial("+52 1 900 123 4567", "MX").types
    assert CallType.PREMIUM in _dial("+52 1 900 123 4567", "US").types
    assert CallType.INTERNATIONAL in _dial("0061 0011 442079460000", "AU").types
    assert CallType.INTERNATIONAL in _dial("3726012345", "US").types


# --- The switch's own numbers ---------------------------------------------------------------

OWN = OwnNumbers.of(["600", "*97", "_7XX", "_*21.", "_88[1-3]Z!", "0"])


@pytest.mark.parametrize("dialed", ["600", "*97", "700", "7-9-9", "*21101", "8811", "88199", "0"])
def test_a_number_of_the_switch_is_internal(dialed: str) -> None:
    found = classify(dialed, NumberingPlan("US", "9", own_numbers=OWN))
    assert found.types == {CallType.INTERNAL}
    assert found.number == dialed.replace("-", "")
    assert found.why == ("internal: a number of the switch itself",)


@pytest.mark.parametrize("dialed", ["601", "*98", "7000", "*21", "8801", "8841", "9600"])
def test_a_number_that_is_not_listed_is_not(dialed: str) -> None:
    assert (
        CallType.INTERNAL not in classify(dialed, NumberingPlan("US", "9", own_numbers=OWN)).types
    )


def test_stars_in_the_middle_of_a_listed_number_are_read_too() -> None:
    listed = OwnNumbers.of(["_1[57]."])
    found = classify("15*548257#*2", NumberingPlan("US", own_numbers=listed))
    assert found.types == {CallType.INTERNAL}


def test_what_costs_money_cannot_be_listed_away() -> None:
    wide = OwnNumbers.of(["_9!", "_0!", "_1!", "_4!", "_*7.", "19005550123", "411"])
    for dialed in (
        "19005550123",
        "9005550123",
        "011442079460018",
        "442079460018",
        "*7219005550123",
        "*72011442079460018",
    ):
        found = classify(dialed, NumberingPlan("US", own_numbers=wide))
        assert found.types & COSTLY, dialed
    # The reception's 0 and a help desk's 411 are listed as they are.
    assert classify("411", NumberingPlan("US", own_numbers=wide)).types == {CallType.INTERNAL}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("", "is not a number of a switch"),
        ("60 0", "is not a number of a switch"),
        ("6XX", "is not a number of a switch"),
        ("600&601", "is not a number of a switch"),
        ("6" * 41, "is not a number of a switch"),
        ("_", "is not a pattern"),
        ("_6.X", "is not a pattern"),
        ("_6xx", "is not a pattern"),
        ("_[1-", "is not a pattern"),
        ("_.", "is not a pattern"),
        ("_X.", "is too wide"),
        ("_N!", "is too wide"),
        ("_[1-9].", "is too wide"),
        ("_6[5-1]", "runs backwards"),
        ("_6[-]", "is not a set of digits"),
    ],
)
def test_an_entry_that_cannot_be_read_is_refused_with_what_to_write(
    entry: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        OwnNumbers.of(["600", entry])


def test_lists_of_the_same_entries_are_equal() -> None:
    assert OwnNumbers.of(["600", " _7XX", "600"]) == OwnNumbers.of(("600", "_7XX"))
    assert OwnNumbers.of([]) == OwnNumbers()


@pytest.mark.parametrize(
    ("dialed", "routed"),
    [
        ("92125551234", "92125551234"),
        ("9 (212) 555-1234", "92125551234"),
        ("9,12125551234", "912125551234"),
        ("91800FLOWERS", "918003569377"),
        ("2125551234;x=1", "2125551234"),
        ("9005551234", "9005551234"),
        ("99005551234", "99005551234"),
        ("+442079460000", "+442079460000"),
        ("9+442079460000", "9+442079460000"),
        ("101", "101"),
        ("12125551234&PJSIP/x", ""),
    ],
)
def test_a_switch_with_routes_of_its_own_gets_the_prefix_back(dialed: str, routed: str) -> None:
    plan = NumberingPlan("US", outside_prefix="9", extensions=frozenset({"101"}))
    found = classify(dialed, plan)
    assert outside_line(found, plan) + (found.number or "") == routed
