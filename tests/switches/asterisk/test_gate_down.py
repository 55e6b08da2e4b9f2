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


def test_the_calls_come_into_the_history_from_the_switchs_own_records(world: World) -> None:
    connected = world.call("down-622", "12125550122")
    refused = world.call("down-623", "011442079460123")
    connected.wait_answered()
    connected.hang_up()
    for call in (connected, refused):
        call.wait_over()
        call.cdr()
    assert world.database_of("down-622").call(connected.unique_id) is None

    world.database_of("down-622").import_cdr(world.pbx.cdr_csv)
    first = [call.record() for call in (connected, refused)]
    counts = world.database_of("down-622").import_cdr(world.pbx.cdr_csv)

    assert counts == "0 completed, 0 added"
    assert [call.record() for call in (connected, refused)] == first
    assert [(r["user_name"], r["dialed"], r["call_type"], r["outcome"]) for r in first] == [
        ("User 622", "12125550122", "domestic", "connected_while_down"),
        ("User 623", "011442079460123", "international", "refused_while_down"),
    ]
    assert [r["disposition"] for r in first] == [
        call.cdr()["disposition"] for call in (connected, refused)
    ]
    assert first[0]["answered_at"]


def test_a_call_that_outlived_its_gate_gets_its_end(world: World) -> None:
    gate = world.gates["own"].start()
    call = world.call("fragile-802", "12125550102")
    call.wait_answered()
    gate.stop()
    call.hang_up()
    call.wait_over()
    call.cdr()
    assert call.record(ended=False)["ended_at"] is None

    world.database_of("fragile-802").import_cdr(world.pbx.cdr_csv)

    record = call.record()
    assert (record["outcome"], record["disposition"]) == ("not_gated", "ANSWERED")
    assert record["answered_at"]
