"""A user with settings of their own is asked for other calls than the account's users."""

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk


def test_this_user_is_asked_for_local_calls_but_not_for_international(world: World) -> None:
    local = world.call("acme-law-140", "12125550140", digits="1234")
    local.wait_answered()
    local.hang_up()
    local.wait_over()
    abroad = world.call("acme-law-140", "011442079460140")
    abroad.wait_answered()
    abroad.hang_up()
    abroad.wait_over()

    assert local.heard == ["enter-code"]
    assert local.record()["outcome"] == "connected"
    assert local.record()["account_code_name"] == "General office"
    assert abroad.heard == []
    assert abroad.record()["outcome"] == "not_gated"
