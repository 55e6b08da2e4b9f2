"""Which numbers are asked for a code, as the account chose: all at the same time."""

import time

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk

ASKED = {
    "acme-law-113": ("011442079460113", "international"),
    "acme-law-114": ("411", "directory_assistance"),
    "acme-law-115": ("0", "directory_assistance"),
    "acme-law-116": ("19005550116", "premium"),
    "acme-law-117": ("12129765117", "premium"),
}
NOT_ASKED = {
    "acme-law-118": ("12125550118", "domestic"),
    "acme-law-119": ("18005550119", "toll_free"),
    "acme-law-120": ("5550120", "domestic"),
}


def test_international_directory_assistance_and_premium_are_asked(world: World) -> None:
    calls = {phone: world.call(phone, number) for phone, (number, _) in ASKED.items()}
    for call in calls.values():
        call.wait_heard("enter-code")
        call.hang_up()
    for phone, call in calls.items():
        call.wait_over()
        record = call.record()
        assert (record["dialed"], record["call_type"]) == ASKED[phone]
        assert record["outcome"] == "abandoned"
        assert not call.arrived


def test_local_long_distance_and_toll_free_are_not(world: World) -> None:
    calls = {phone: world.call(phone, number) for phone, (number, _) in NOT_ASKED.items()}
    for call in calls.values():
        call.wait_answered()
        call.hang_up()
    for phone, call in calls.items():
        call.wait_over()
        record = call.record()
        assert call.heard == []
        assert (record["dialed"], record["call_type"]) == NOT_ASKED[phone]
        assert record["outcome"] == "not_gated"


def test_a_called_party_that_is_busy_is_recorded_as_busy(world: World) -> None:
    call = world.call("acme-law-121", "12125550179")
    call.wait_over()

    record = call.record()
    assert record["disposition"] == call.cdr()["disposition"] == "BUSY"
    assert (record["answered_at"], record["seconds"]) == (None, 0)


def test_hanging_up_while_it_rings_is_no_answer(world: World) -> None:
    call = world.call("acme-law-122", "12125550178")
    call.wait_arrived()
    call.hang_up()
    call.wait_over()

    record = call.record()
    assert record["disposition"] == call.cdr()["disposition"] == "NO ANSWER"
    assert record["seconds"] == 0


def test_the_seconds_talked_are_those_of_the_switch(world: World) -> None:
    call = world.call("acme-law-123", "12125550155")
    call.wait_answered()
    time.sleep(2.2)  # the conversation
    call.hang_up()
    call.wait_over()

    assert call.record()["seconds"] in {2, 3}
    assert abs(call.record()["seconds"] - int(call.cdr()["billsec"])) <= 1
