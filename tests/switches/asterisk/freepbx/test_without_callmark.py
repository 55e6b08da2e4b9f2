"""Callmark in a FreePBX: emergency calls, a dead gate, and without Callmark's files as before."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.switches.asterisk.harness.freepbx import (
    FreePbxLine,
)
from tests.switches.asterisk.harness.world import World
from tests.switches.asterisk.test_transfers_and_forwards import (
    Record,
)

from .conftest import connected, reload, until_the_next_second

pytestmark = pytest.mark.asterisk


@pytest.mark.parametrize("dialed", ["911", "9911", "1911", "911;phone-context=x"])
async def test_an_emergency_call_leaves_at_once(office: FreePbxLine, dialed: str) -> None:
    await connected(office, (dialed, "911"))


async def test_an_emergency_call_in_another_spelling_is_in_history_once(
    world: World, office: FreePbxLine
) -> None:
    since = datetime.now(UTC)
    await asyncio.sleep(until_the_next_second())
    await connected(office, ("1911", "911"))
    database = world.gates["live"].database

    def recorded() -> list[Record] | None:
        database.import_cdr(world.pbx.cdr_csv)
        return database.calls_since("office", since) or None

    (record,) = await asyncio.to_thread(world.wait_until, recorded, "the record")
    assert (record["call_type"], record["user_name"]) == ("emergency", "User 201")
    assert record["answered_at"] is not None


async def test_with_the_gate_dead_emergency_and_local_calls_go_and_others_do_not(
    world: World, changed: FreePbxLine
) -> None:
    changed.write(dead=True)
    reload(world)
    await connected(
        changed,
        ("9911", "911"),
        ("9-212-555-0711", "2125550711"),
        refused=["9011442079460711"],
    )


async def test_without_callmarks_dialplan_calls_go_as_before(
    world: World, changed: FreePbxLine
) -> None:
    (changed.folder / "extensions_callmark.conf").unlink()
    reload(world)
    await connected(changed, ("9011442079460712", "011442079460712"), ("9911", "911"))


async def test_one_command_undoes_it_all_and_another_brings_it_back(
    world: World, changed: FreePbxLine, office: FreePbxLine
) -> None:
    changed.remove()
    reload(world)
    assert "callmark-freepbx" not in world.pbx_ami.command("dialplan show")
    await connected(office, ("9011442079460713", "011442079460713"))
    office.write()
    reload(world)
    assert "callmark-freepbx" in world.pbx_ami.command("dialplan show")
