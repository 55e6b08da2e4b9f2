"""Emergency numbers are emergency calls, whatever else the account has set up."""

import re

import phonenumbers
import pytest

from callmark.policy.numbering import (
    CallType,
    Classification,
    NumberingPlan,
    classify,
    emergency_numbers,
)
from callmark.policy.numbering.patterns import expand

ALWAYS = {"911", "933", "112", "999", "988"}


class EveryString:
    """An account on which every string is an extension and every number a user's."""

    def __contains__(self, _: object) -> bool:
        return True


def _dial(dialed: str, country: str = "US", prefix: str = "") -> Classification:
    return classify(dialed, NumberingPlan(country, prefix))


@pytest.mark.parametrize("country", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_country_has_the_common_emergency_numbers(country: str) -> None:
    assert emergency_numbers(country) >= ALWAYS


def test_a_country_has_its_own_emergency_numbers_as_well() -> None:
    assert emergency_numbers("AU") >= {"000", "106"}
    assert emergency_numbers("BR") >= {"190", "192", "193"}
    assert emergency_numbers("FR") >= {"15", "17", "18", "114", "196"}
    assert "000" not in emergency_numbers("US")


@pytest.mark.parametrize("country", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_the_list_agrees_with_the_public_metadata(country: str) -> None:
    for number in (f"{n:0{width}}" for width in (2, 3) for n in range(10**width)):
        if phonenumbers.is_emergency_number(number, country):
            assert number in emergency_numbers(country)


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
        ("+911", "US", ""),
        ("1911", "US", ""),
        ("+1911", "US", ""),
        ("011911", "US", ""),
        ("+44999", "GB", ""),
        ("0044999", "GB", ""),
        ("1901", "BR", ""),
        ("1904", "BR", "0"),
        ("0001", "AU", ""),
        ("11234567", "DE", ""),
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
    assert _dial(dialed).call_type is CallType.EMERGENCY
