"""A caller who hangs up instead of typing a code is on the record as having given up."""

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk


def test_hanging_up_while_the_prompt_plays(world: World) -> None:
    call = world.call("acme-law-122", "011442079460122")
    call.wait_heard("enter-code")
    call.hang_up()
    call.wait_over()

    assert not call.arrived
    record = call.record()
    assert record["outcome"] == "abandoned"
    assert record["disposition"] == "NO ANSWER"
    assert record["answered_at"] is None


def test_hanging_up_in_the_middle_of_an_entry(world: World) -> None:
    call = world.call("acme-law-123", "011442079460123")
    call.wait_heard("enter-code")
    call.type("12")
    call.hang_up()
    call.wait_over()

    assert not call.arrived
    assert call.record()["outcome"] == "abandoned"
    assert call.attempts() == []
