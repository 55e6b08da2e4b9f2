"""How Asterisk tells who is calling: by the endpoint, or by a variable that only it can set."""

import pytest

from .harness.configuration import STRANGER, VOUCHED_FOR
from .harness.world import World

pytestmark = pytest.mark.asterisk


def test_an_endpoint_may_say_in_its_configuration_as_whom_it_calls(world: World) -> None:
    call = world.call(VOUCHED_FOR, "011442079460101", digits="1234")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    record = call.record()
    assert record["user_name"] == "User 120"
    assert record["outcome"] == "connected"


def test_a_phone_that_nobody_entered_follows_the_accounts_strictest_rules(world: World) -> None:
    abroad = world.call(STRANGER, "011442079460199")
    local = world.call(STRANGER, "12125550199")
    local.wait_answered()
    local.hang_up()
    for call in (abroad, local):
        call.wait_over()

    assert abroad.heard == ["call-refused"]
    assert not abroad.arrived
    records = [call.record() for call in (abroad, local)]
    assert [(one["payer"], one["user_id"], one["outcome"]) for one in records] == [
        ("unknown", None, "refused_unasked"),
        ("unknown", None, "let_through_unasked"),
    ]
