"""Five seconds between digits, ten before the first. These calls run at the same time."""

import time

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk


def test_silence_ends_an_entry_and_is_one_itself(world: World) -> None:
    silent = world.call("acme-law-108", "011442079460108")
    stopping = world.call("acme-law-109", "011442079460109")
    slow = world.call("acme-law-110", "011442079460110")
    for call in (silent, stopping, slow):
        call.wait_heard("enter-code")
    asked_at = time.monotonic()
    stopping.type("12")

    stopping.wait_heard("enter-code", "wrong-length-4")
    stopped_after = time.monotonic() - asked_at
    # Between the two limits: seven seconds after the prompt (two seconds long) began to play.
    time.sleep(max(0.0, asked_at + 9 - time.monotonic()))
    slow.type("1234")
    slow.wait_answered()
    silent.wait_heard("enter-code", "invalid-entry-4")
    silent_after = time.monotonic() - asked_at
    for call in (silent, stopping, slow):
        call.hang_up()
        call.wait_over()

    assert 5 <= stopped_after < 9
    assert 10 <= silent_after < 16
    assert stopping.attempts() == ["wrong_length"]
    assert silent.attempts() == ["no_digits"]
    assert slow.attempts() == ["accepted"]
    assert slow.record()["outcome"] == "connected"
