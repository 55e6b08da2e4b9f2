"""A number that never needs a code, one that always does, and the call after the last allowed."""

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk

COURT_ABROAD = "011442079460901"


def test_the_list_decides_and_then_the_limit_refuses_but_never_an_emergency(world: World) -> None:
    never = world.call("limited-901", COURT_ABROAD)
    never.wait_answered()
    never.hang_up()
    never.wait_over()
    assert never.heard == []
    assert never.record()["outcome"] == "not_gated"

    always = world.call("limited-902", "12125550902", digits="1234")
    always.wait_answered()
    always.hang_up()
    always.wait_over()
    assert always.heard == ["enter-code"]
    assert always.record()["outcome"] == "connected"

    over = world.call("limited-902", COURT_ABROAD)
    over.wait_over()
    assert over.heard == ["limit-reached", "goodbye"]
    assert not over.arrived
    assert over.record()["outcome"] == "refused_limit"

    emergency = world.call("limited-902", "911")
    emergency.wait_answered()
    emergency.hang_up()
    emergency.wait_over()
    assert emergency.heard == []
