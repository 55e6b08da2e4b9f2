"""A caller mistypes, is told so, and then types the right code."""

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk


def test_after_a_wrong_code_the_caller_is_asked_again(world: World) -> None:
    call = world.call("acme-law-104", "011442079460104")
    call.wait_heard("enter-code")
    call.type("9999")
    call.wait_heard("enter-code", "invalid-entry-4")
    call.type("1234")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    record = call.record()
    assert record["outcome"] == "connected"
    assert record["account_code_name"] == "General office"
    assert call.attempts() == ["unknown_code", "accepted"]
    assert call.cdr()["accountcode"] == "General office"


def test_who_ends_every_entry_with_hash_is_not_counted_twice(world: World) -> None:
    call = world.call("acme-law-105", "011442079460105")
    call.wait_heard("enter-code")
    call.type("9999#")
    call.wait_heard("enter-code", "invalid-entry-4", "invalid-entry-4")
    call.type("1234#")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.attempts() == ["unknown_code", "accepted"]
