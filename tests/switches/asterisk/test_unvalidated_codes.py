"""Without validation any digits of the right length pass, and are recorded."""

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk


def test_any_four_digits_connect_and_are_on_the_record(world: World) -> None:
    call = world.call("open-301", "011442079460301", digits="7788")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    record = call.record()
    assert record["outcome"] == "connected"
    assert (record["account_code"], record["account_code_name"]) == ("7788", "")
    # The switch's own record gets a code's name, never digits.
    assert "7788" not in str(call.cdr())


def test_digits_that_are_a_known_code_are_recorded_with_its_name(world: World) -> None:
    call = world.call("open-302", "011442079460302", digits="0042")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    record = call.record()
    assert record["account_code_name"] == "Harper v. Castellan"
    assert call.cdr()["accountcode"] == "Harper v. Castellan"
