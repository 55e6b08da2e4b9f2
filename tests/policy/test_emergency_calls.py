"""Emergency numbers are emergency calls, whatever else the account has set up."""

import re

import phonenumbers
import pytest

from callmark.policy.numbering import (
    CallType,
    Classification,
    NumberingPlan,
    OwnNumbers,
    classify,
    emergency_numbers,
)
from callmark.policy.numbering.patterns import expand
from tests.cases import for_each

ALWAYS = {"911", "933", "112", "999", "988"}


class EveryString:
    """An account on which every string is an extension and every number a user's."""

    def __contains__(self, _: object) -> bool:
        return True


def _dial(dialed: str, country: str = "US", prefix: str = "") -> Classification:
    return classify(dialed, NumberingPlan(country, prefix))


def test_a_country_has_its_own_emergency_numbers_as_well() -> None:
    assert emergency_numbers("AU") >= {"000", "106"}
    assert emergency_numbers("BR") >= {"190", "192", "193"}
    assert emergency_numbers("FR") >= {"15", "17", "18", "114", "196"}
    assert "000" not in emergency_numbers("US")


def test_patterns_are_expanded_completely() -> None:
    for pattern in ("1(?:12|5\\d)", "[2359]11", "9(?:11?|2|39?|9[17])", "0(?:11?|[1-3])|112"):
        expected = {
            number
            for width in (1, 2, 3, 4)
            for number in (f"{n:0{width}}" for n in range(10**width))
            if re.fullmatch(pattern, number)
        }
        assert expand(pattern) == expected
    for broken in ("1+", "1(?:2", "(12)"):
        with pytest.raises(ValueError, match="cannot expand"):
            expand(broken)


@pytest.mark.parametrize("dialed", ["911", "9911", "9-911", "9 911", "(911)", "911#", "９１１"])
@pytest.mark.parametrize("prefix", ["", "9"])
def test_911_works_with_and_without_the_nine(dialed: str, prefix: str) -> None:
    assert _dial(dialed, prefix=prefix).types == {CallType.EMERGENCY}


def test_911_works_even_when_it_is_an_extension() -> None:
    plan = NumberingPlan("US", "9", extensions=EveryString(), internal_numbers=EveryString())
    for dialed in ("911", "9911", "933", "9112"):
        assert classify(dialed, plan).call_type is CallType.EMERGENCY
    assert classify("91125", plan).call_type is CallType.INTERNAL


def test_an_extension_9911_can_be_called_where_no_prefix_is_set() -> None:
    plan = NumberingPlan("US", extensions={"9911"})
    assert classify("9911", plan).call_type is CallType.INTERNAL


@pytest.mark.parametrize(
    ("dialed", "country", "prefix"),
    [
        ("9112125551234", "US", ""),
        ("9112125551234", "US", "9"),
        ("99112125551234", "US", "9"),
        ("911 21", "US", ""),
        ("911,2125551234", "US", ""),
        ("911p19005551234", "US", ""),
        ("911*19005551234", "US", ""),
        ("911#19005551234", "US", ""),
        ("911x5", "US", ""),
        ("91-1a", "US", ""),
        ("abc911", "US", ""),
        ("911abc", "US", ""),
        ("9W1", "US", ""),
        ("011911", "US", ""),
        ("0044999", "GB", ""),
        ("1901", "BR", ""),
        ("1904", "BR", "0"),
        ("0001", "AU", ""),
        ("11234567", "DE", ""),
        ("*50911", "US", ""),
        ("911;1", "US", ""),
        ("911;x=1&PJSIP/101", "US", ""),
        ("911&PJSIP/101", "US", ""),
        ("911&101", "US", ""),
        ("+44911", "US", ""),
        ("urn:service:sos9005551234", "US", ""),
    ],
)
def test_an_emergency_number_with_more_to_it_is_not_exempt(
    dialed: str, country: str, prefix: str
) -> None:
    assert CallType.EMERGENCY not in _dial(dialed, country, prefix).types


@pytest.mark.parametrize("dialed", ["*67911", "*82 911", "1167911", "1010321911", "9*67911"])
def test_a_code_in_front_does_not_hide_an_emergency(dialed: str) -> None:
    assert _dial(dialed, prefix="9").call_type is CallType.EMERGENCY


@pytest.mark.parametrize("dialed", ["urn:service:sos", "URN:service:sos.police", "sip:911@pbx"])
def test_emergency_addresses_of_softphones(dialed: str) -> None:
    found = _dial(dialed)
    assert (found.call_type, found.number) == (CallType.EMERGENCY, "911")


@for_each(sorted(phonenumbers.SUPPORTED_REGIONS))
def test_an_address_without_a_number_is_dialed_as_the_countrys_main_number(country: str) -> None:
    assert _dial("urn:service:sos", country).number in emergency_numbers(country)


@pytest.mark.parametrize("line", ["", "9", "0"])
@pytest.mark.parametrize("prefix", ["", "9", "81"])
@pytest.mark.parametrize("country", ["US", "GB", "AU", "DE", "FR", "JP", "MX", "ZA", "KE", "IN"])
def test_every_form_a_phone_may_send_dials_the_emergency_number_alone(
    country: str, prefix: str, line: str
) -> None:
    code = phonenumbers.country_code_for_region(country)
    for number in (each for each in emergency_numbers(country) if len(each) >= 3):
        forms = [
            number,
            f"+{number}",
            f"+{code}{number}",
            f"{line}{number}",
            f"{line} {number}#",
            f"{line}+{number}",
            f"{prefix}{number}",
            f"*67{number}",
            f"*31#{prefix}{number}",
            f"sip:{number}@pbx;user=phone",
            f"tel:{number};phone-context=+{code}",
            f"<sip:{line}{number}@10.0.0.1:5060>",
            "-".join(number),
            f"{number},",
            f"{number}!",
            f"\0{number}\n",
        ]
        for dialed in forms:
            found = _dial(dialed, country, prefix)
            assert found.types == {CallType.EMERGENCY}, dialed
            assert found.number == number, dialed


@pytest.mark.parametrize(
    ("dialed", "country", "number"),
    [("1911", "US", "911"), ("91911", "US", "911"), ("44999", "GB", "999"), ("55190", "BR", "190")],
)
def test_the_own_calling_code_before_an_emergency_number_is_taken_off(
    dialed: str, country: str, number: str
) -> None:
    assert _dial(dialed, country).number == number


def test_the_own_calling_code_stays_where_that_is_an_extension_or_a_number() -> None:
    plan = NumberingPlan("US", extensions={"1911"}, own_numbers=OwnNumbers.of(["91911"]))
    for dialed in ("1911", "91911"):
        found = classify(dialed, plan)
        assert (found.call_type, found.number) == (CallType.INTERNAL, dialed)
    assert CallType.EMERGENCY not in _dial("3315", "FR").types


def test_nothing_that_an_account_lists_takes_an_emergency_number_away() -> None:
    plan = NumberingPlan("US", "9", own_numbers=OwnNumbers.of(["911", "9911", "_9XX", "_9."]))
    for dialed in ("911", "9911", "933", "*67911"):
        assert classify(dialed, plan).call_type is CallType.EMERGENCY
