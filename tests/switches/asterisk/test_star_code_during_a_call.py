"""Tagging a call under way: star code and code in one go, heard by nobody else."""

import time
from typing import Any

import pytest

from .harness.ami import Event
from .harness.world import PhoneCall, World

pytestmark = pytest.mark.asterisk


def far_end_digits(world: World, call: PhoneCall) -> list[str]:
    """Digits that came out of the switch at the other end of the call."""
    arrival = call.wait_arrived()
    found = world.phones_ami.find(
        lambda e: (
            e.get("Event") == "DTMFEnd"
            and e.get("Channel") == arrival["Channel"]
            and e.get("Direction") == "Received"
        )
    )
    return [event["Digit"] for event in found]


def wait_digits_pass(world: World, call: PhoneCall) -> None:
    """Wait until digits after an accepted code are no longer kept back."""
    world.pbx_ami.wait_for(
        lambda e: (
            e.get("Event") == "Newexten"
            and e.get("Context", "").endswith(".digits")
            and e.get("Application") == "Hangup"
        ),
        what="digits to pass again",
        start=call.first_event,
    )


def wait_back(world: World, call: PhoneCall) -> Event:
    """Wait until the star code's AGI is over and the phone is back in the conversation."""
    return world.pbx_ami.wait_for(
        lambda e: (
            e.get("Event") == "Newexten"
            and e.get("Uniqueid") == call.unique_id
            and e.get("Context", "").endswith(".tag")
            and e.get("Application") == "Return"
        ),
        what="the star code to be dealt with",
    )


def test_star_code_and_code_in_one_go_tag_the_call(world: World) -> None:
    call = world.call("acme-law-101", "12125550121")
    call.wait_answered()
    call.type("*500042")
    wait_back(world, call)
    still_up = world.phones_ami.action("Status", Channel=call.channel)
    call.hang_up()
    call.wait_over()

    assert still_up["Response"] == "Success"
    assert far_end_digits(world, call) == []
    record = call.record()
    assert record["outcome"] == "not_gated"
    assert record["account_code_name"] == "Harper v. Castellan"
    assert record["entered_by"] == "star_code"
    assert call.attempts() == ["accepted"]
    assert call.heard == ["splash"]


def test_a_wrong_code_is_refused_to_this_user_and_the_call_goes_on(world: World) -> None:
    call = world.call("acme-law-102", "12125550122")
    call.wait_answered()
    call.type("*509999")
    call.wait_heard("invalid-entry-4")
    call.type("1234")
    wait_back(world, call)
    call.type("7")
    world.wait_until(lambda: far_end_digits(world, call) == ["7"], "an ordinary digit to pass")
    call.hang_up()
    call.wait_over()

    assert call.record()["account_code_name"] == "General office"
    assert call.attempts() == ["unknown_code", "accepted"]
    assert call.record()["disposition"] == "ANSWERED"


def test_a_later_code_replaces_the_one_typed_at_the_prompt(world: World) -> None:
    call = world.call("acme-law-103", "011442079460123", digits="1234")
    call.wait_answered()
    wait_digits_pass(world, call)
    call.type("*500042")
    wait_back(world, call)
    call.hang_up()
    call.wait_over()

    assert call.record()["account_code_name"] == "Harper v. Castellan"
    assert call.attempts() == ["accepted", "accepted"]


def type_at_the_far_end(world: World, call: PhoneCall, digits: str) -> None:
    channel = call.wait_arrived()["Channel"]
    for digit in digits:
        world.phones_ami.action("PlayDTMF", Channel=channel, Digit=digit, Duration="100")
        time.sleep(0.06)


def test_the_other_party_cannot_use_the_star_code(world: World) -> None:
    call = world.call("acme-law-104", "12125550124")
    call.wait_answered()
    type_at_the_far_end(world, call, "*501234")
    world.wait_until(lambda: phone_digits(world, call)[-4:] == [*"1234"], "the digits to pass")
    call.hang_up()
    call.wait_over()

    assert not star_codes_used(world, call)
    assert call.record()["account_code_name"] == ""


def test_the_colleague_who_is_called_may_tag_the_call_too(world: World) -> None:
    call = world.call("acme-law-105", "106")
    call.wait_answered()
    type_at_the_far_end(world, call, "*500042")
    world.wait_until(lambda: star_codes_used(world, call), "the star code to be dealt with")
    call.hang_up()
    call.wait_over()

    record = call.record()
    assert record["user_name"] == "User 105"
    assert record["account_code_name"] == "Harper v. Castellan"
    assert record["entered_by"] == "star_code"


def test_a_call_that_came_in_is_tagged_by_who_answered(world: World) -> None:
    call = world.call("carrier", "acme-law*107")
    call.wait_answered()
    type_at_the_far_end(world, call, "*501234")
    world.wait_until(lambda: star_codes_used(world, call), "the star code to be used")
    call.hang_up()
    call.wait_over()

    def recorded() -> dict[str, Any] | None:
        found = world.gates["live"].database.call(call.unique_id)
        return found if found and found["ended_at"] else None

    record = world.wait_until(recorded, "the record of the call that came in")
    assert record["direction"] == "inbound"
    assert record["disposition"] == "ANSWERED"
    assert record["user_name"] == "User 107"
    assert record["account_code_name"] == "General office"
    assert call.heard == []


def star_codes_used(world: World, call: PhoneCall) -> list[Event]:
    """Each time the star code's part of the dialplan ran to its end in this call."""
    linked = {
        event["Linkedid"]
        for event in world.pbx_ami.find(lambda e: e.get("Uniqueid") == call.unique_id)
        if "Linkedid" in event
    }
    return world.pbx_ami.find(
        lambda e: (
            e.get("Event") == "Newexten"
            and e.get("Linkedid") in linked
            and e.get("Context", "").endswith(".tag")
            and e.get("Application") == "Return"
        )
    )


def phone_digits(world: World, call: PhoneCall) -> list[str]:
    """Digits that came out of the switch at the phone that called."""
    channel = call.channel
    found = world.phones_ami.find(
        lambda e: (
            e.get("Event") == "DTMFEnd"
            and e.get("Channel") == channel
            and e.get("Direction") == "Received"
        )
    )
    return [event["Digit"] for event in found]
