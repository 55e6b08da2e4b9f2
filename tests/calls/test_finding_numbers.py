"""Calls by a number or a part of it, as people write them; reports find the same."""

from copy import copy
from itertools import product
from uuid import uuid4

import pytest

from callmark.calls.filters import CallFilter
from callmark.calls.models import Call, CountedCall
from callmark.calls.on_record import gather_again
from callmark.calls.sums import found_by
from callmark.calls.whole_numbers import by_whole_number
from tests.calls.test_finding_calls import call_of
from tests.cast import LawFirm

pytestmark = pytest.mark.django_db


def test_a_number_is_found_with_the_zero_that_its_country_puts_before_it(firm: LawFirm) -> None:
    london = call_of(firm, e164="+442079460138")
    came_in = call_of(firm, 1, direction="inbound", caller="442079460138", e164=None)
    call_of(firm, 2, e164="+12079460138")
    for text in ("020 7946 0138", "(020) 7946 0138", "02079460138"):
        search = by_whole_number(CallFilter(text=text), firm.account)
        assert search.other_parties == {"+442079460138", "442079460138"}, text
        assert set(found_by(search, firm.account, firm.olivia)) == {london, came_in}
    for part in ("020 7946", "07946 013"):
        search = by_whole_number(CallFilter(text=part), firm.account)
        assert {london, came_in} <= set(found_by(search, firm.account, firm.olivia)), part
    nobody = CallFilter(text="020 7946 0199")
    assert by_whole_number(nobody, firm.account) == nobody
    assert not found_by(nobody, firm.account, firm.olivia)


def test_a_part_of_a_number_is_found_in_calls_and_in_what_they_are_counted_as_alike(
    firm: LawFirm,
) -> None:
    """Whatever was dialed, called, or called from, and whichever way it is written."""
    one, made = call_of(firm), []
    callers = ("101", "2079460138", "+442079460138", "anonymous")
    dialed = ("011442079460138", "02079460138", "+44 20 7946x", "9+12125550143", "+442079460138")
    numbers = ("", "02079460138", "+12125550143")
    for values in product(("outbound", "inbound"), callers, dialed, numbers, ("", "+442079460138")):
        call = copy(one)
        call.pk = uuid4()
        call.direction, call.caller, call.dialed, call.number, call.e164 = values
        made.append(call)
    Call.objects.bulk_create(made)
    gather_again(firm.account)
    counted = CountedCall.objects.of(firm.account)
    for part in ("+44", "207946", "020 7946", "00079", "0114420", "9+1212", "46x", "anon", "+1212"):
        search = CallFilter(number=part)
        calls = set(found_by(search, firm.account, firm.olivia).values_list("pk", flat=True))
        assert calls == set(counted.filter(search.number_counted()).values_list("pk", flat=True))
        assert 0 < len(calls) < len(made) or part == "00079", part
