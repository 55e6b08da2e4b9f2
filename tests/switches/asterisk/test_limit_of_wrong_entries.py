"""The Nth wrong entry is the last: the call ends, or goes on untagged where that is allowed."""

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk


def test_with_proceed_off_the_call_ends_with_a_goodbye(world: World) -> None:
    call = world.call("acme-law-106", "011442079460106")
    call.wait_heard("enter-code")
    call.type("9999")
    call.wait_heard("enter-code", "invalid-entry-4")
    call.type("8888")
    call.wait_heard("enter-code", "invalid-entry-4", "invalid-entry-4")
    call.type("7777")
    call.wait_over()

    assert call.heard[3:] == ["max-attempts", "goodbye"]
    assert not call.arrived
    record = call.record()
    assert record["outcome"] == "ended_after_max_retries"
    assert record["account_code"] == ""
    assert call.attempts() == ["unknown_code"] * 3
    cdr = call.cdr()
    assert cdr["disposition"] != "ANSWERED"
    assert cdr["accountcode"] == ""


def test_with_proceed_on_the_call_goes_on_untagged(world: World) -> None:
    call = world.call("lenient-201", "011442079460201")
    call.wait_heard("enter-code")
    call.type("9999")
    call.wait_heard("enter-code", "invalid-entry-4")
    call.type("8888")
    call.wait_arrived()
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.heard == ["enter-code", "invalid-entry-4", "max-attempts"]
    record = call.record()
    assert record["outcome"] == "proceeded_after_max_retries"
    assert record["account_code"] == ""
    assert record["disposition"] == "ANSWERED"
    assert call.cdr()["accountcode"] == ""
