"""A call that goes on after its transfer: history has the outside leg's seconds in the end."""

import time

import pytest

from .harness.world import PhoneCall, World

pytestmark = pytest.mark.asterisk


def test_seconds_after_a_blind_transfer_are_the_outside_legs(world: World) -> None:
    call = world.call("acme-law-101", "12125550104")
    call.wait_talking()
    outside = _outside_channel(world, call)
    started = time.monotonic()
    world.pbx_ami.action(
        "BlindTransfer", Channel=call.switch_channel, Exten="102", Context="inside-acme-law"
    )
    call.wait_phone_over()
    colleague = world.pbx_ami.wait_for(
        lambda e: (
            e.get("Event") == "BridgeEnter"
            and e["Channel"].startswith("PJSIP/acme-law-102-")
            and e.get("Linkedid") == call.unique_id
        ),
        what="the colleague to talk",
    )["Channel"]
    world.wait_until(lambda: time.monotonic() - started > 4, "four seconds of talk")
    world.pbx_ami.action("Hangup", Channel=colleague)
    world.pbx_ami.wait_for(
        lambda e: e.get("Event") == "Hangup" and e.get("Channel") == outside,
        what="the outside to hang up",
    )
    talked = time.monotonic() - started
    call.record()

    def seconds_at_last() -> int:
        world.database_of("acme-law-101").import_cdr(world.pbx.cdr_csv)
        return int(call.record()["seconds"])

    world.wait_until(lambda: seconds_at_last() >= talked - 1.5, "the end of the outside leg")
    assert seconds_at_last() <= talked + 1.5


def _outside_channel(world: World, call: PhoneCall) -> str:
    return world.pbx_ami.wait_for(
        lambda e: (
            e.get("Event") == "Newchannel"
            and e["Channel"].startswith("PJSIP/carrier-")
            and e.get("Linkedid") == call.unique_id
        ),
        what="the trunk's channel",
    )["Channel"]
