"""Calls to a colleague are asked for a code only where the account wants it."""

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk


def test_a_colleague_is_reached_without_a_code(world: World) -> None:
    call = world.call("acme-law-111", "113")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.heard == []
    record = call.record()
    assert record["outcome"] == "not_gated"
    assert (record["call_type"], record["direction"]) == ("internal", "internal")
    assert call.cdr()["disposition"] == "ANSWERED"


def test_where_internal_calls_need_a_code_it_is_asked_for(world: World) -> None:
    call = world.call("inside-401", "402", digits="1234")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.heard == ["enter-code"]
    record = call.record()
    assert record["outcome"] == "connected"
    assert record["call_type"] == "internal"
    assert record["account_code_name"] == "General office"
