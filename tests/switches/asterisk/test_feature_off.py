"""Nobody is asked for a code where the feature is off, for the user or for the account."""

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        ("acme-law-141", "011442079460141"),
        ("never-501", "011442079460501"),
    ],
)
def test_an_international_call_goes_straight_through(world: World, phone: str, number: str) -> None:
    call = world.call(phone, number)
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.heard == []
    record = call.record()
    assert record["outcome"] == "not_gated"
    assert record["disposition"] == "ANSWERED"
