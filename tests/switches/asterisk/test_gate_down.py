"""Nothing answers where the gate should be: harmless calls connect, costly ones are refused."""

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk

CONNECT = {
    "down-601": "602",
    "down-603": "12125550103",
    "down-604": "2125550104",
    "down-605": "5550105",
    "down-606": "18005550106",
    "down-607": "+12125550107",
}
REFUSED = {
    "down-608": "011442079460108",
    "down-609": "19005550109",
    "down-610": "411",
    "down-611": "0",
    "down-612": "12129760112",
    "down-613": "12125551212",
    "down-614": "10102880114422",
    "down-615": "*6719005550115",
    "down-616": "+442079460116",
    "down-617": "00442079460117",
}


def test_internal_local_and_toll_free_calls_connect(world: World) -> None:
    calls = [world.call(phone, number) for phone, number in CONNECT.items()]
    for call in calls:
        call.wait_answered()
        call.hang_up()
    for call in calls:
        call.wait_over()
        assert call.heard == []
        cdr = call.cdr()
        assert cdr["disposition"] == "ANSWERED"
        assert cdr["userfield"].startswith("callmark:connected_while_down:down:")


def test_costly_calls_are_refused_with_a_spoken_reason(world: World) -> None:
    calls = [world.call(phone, number) for phone, number in REFUSED.items()]
    for call in calls:
        call.wait_over()
    for call in calls:
        assert call.heard == ["call-refused"], call.number
        assert not call.arrived
        cdr = call.cdr()
        assert cdr["disposition"] != "ANSWERED"
        assert cdr["userfield"].startswith("callmark:refused_while_down:down:")


def test_an_account_that_does_not_use_codes_notices_nothing(world: World) -> None:
    call = world.call("down-off-701", "011442079460701")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.heard == []
    assert call.cdr()["userfield"].startswith("callmark:connected_while_down:down-off:")
