"""The demo account that a first ``make run`` creates works with a real phone at once."""

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk


def test_the_demo_attorney_calls_london_through_the_outside_line(world: World) -> None:
    call = world.call("demo-101", "9011442079460101", digits="5521")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.heard == ["enter-code"]
    record = call.record()
    assert (record["account"], record["user_name"]) == ("demo", "Ben Attorney")
    assert record["call_type"] == "international"
    assert record["outcome"] == "connected"
    assert (record["account_code"], record["account_code_name"]) == ("5521", "Nordby Shipping")


def test_the_demo_front_desk_needs_a_code_for_local_calls_too(world: World) -> None:
    call = world.call("demo-103", "912125550155", digits="1234")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.heard == ["enter-code"]
    assert call.record()["account_code_name"] == "General office"
