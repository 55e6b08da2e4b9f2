"""Emergency calls never wait for the gate, whether it is there or not."""

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        ("down-618", "911"),
        ("down-619", "9911"),
        ("down-620", "933"),
        ("down-621", "988"),
        ("acme-law-101", "911"),
        ("acme-law-102", "112"),
        ("demo-101", "911"),
        ("demo-102", "9911"),
    ],
)
def test_it_goes_straight_to_dial(world: World, phone: str, number: str) -> None:
    call = world.call(phone, number)
    arrival = call.wait_arrived()
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert arrival["Exten"] == number
    assert call.heard == []
    assert "AGI" not in call.applications()
    assert call.cdr()["disposition"] == "ANSWERED"


def test_an_emergency_call_is_placed_as_fast_as_without_callmark(world: World) -> None:
    call = world.call("acme-law-103", "911")
    arrival = call.wait_arrived()
    call.hang_up()
    call.wait_over()

    assert call.applications()[:5] == ["Gosub", "Goto", "Return", "GotoIf", "Dial"]
    started = world.pbx_ami.find(
        lambda e: e.get("Event") == "Newchannel" and e.get("Uniqueid") == call.unique_id
    )
    assert float(arrival["_at"]) - float(started[0]["_at"]) < 0.5
