"""Too few digits: the caller hears how many a code has."""

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk


def test_an_entry_cut_short_by_hash_is_of_the_wrong_length(world: World) -> None:
    call = world.call("acme-law-107", "011442079460107")
    call.wait_heard("enter-code")
    call.type("12#")
    call.wait_heard("enter-code", "wrong-length-4")
    call.type("1234")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.attempts() == ["wrong_length", "accepted"]


def test_an_unvalidated_entry_must_have_the_length_too(world: World) -> None:
    call = world.call("open-303", "011442079460303")
    call.wait_heard("enter-code")
    call.type("77#")
    call.wait_heard("enter-code", "wrong-length-4")
    call.type("7788")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.attempts() == ["wrong_length", "accepted"]
    assert call.record()["account_code"] == "7788"
