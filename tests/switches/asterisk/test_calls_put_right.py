"""Calls on a real switch on which nobody could be asked are assigned afterwards, by who may.

Payer and seconds are those of the switch's own record; a correction changes neither.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.switches.phones import answer_after, forward_to

from .harness.line import Line
from .harness.world import World
from .test_transfers_and_forwards import HARPER, LONGER, OFFICE, Scenario, leg, told

pytestmark = pytest.mark.asterisk

BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)


class OfficeManager:
    """She has no phone in this: what she does, she does in the portal's services."""

    def __init__(self, world: World, line: Line) -> None:
        self._world, self._line = world, line
        self._database = world.gates[line.account.gate].database

    async def _does(self, *does: str) -> Any:  # noqa: ANN401
        return await asyncio.to_thread(
            self._database.office_manager, self._line.account.slug, *does
        )

    async def inbox(self) -> dict[str, str]:
        """The calls to assign by their ids, and what is suggested."""
        found: dict[str, str] = await self._does("inbox")
        return {call.replace("-", ""): code for call, code in found.items()}

    async def assign(self, record: dict[str, Any], code: str) -> str:
        """Give a call a code by its name; the correction's id."""
        correction: str = await self._does("assign", record["id"], code)
        return correction

    async def undo(self, correction: str) -> None:
        """Take a correction back."""
        await self._does("undo", correction)

    async def prices(self) -> None:
        """From now on a second costs a cent."""
        await self._does("prices")

    async def bill(self) -> dict[str, Any]:
        """The statements and the LEDES file of the month; see ``office_manager.py``."""
        found: dict[str, Any] = await self._does("bill")
        return found

    def now(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record as it is now."""
        since = self._database.calls_since(self._line.account.slug, BEFORE_ALL)
        (found,) = (one for one in since if one["id"] == record["id"])
        return found


@pytest.fixture
def scenario(world: World, line: Line) -> Scenario:
    return Scenario(world, line)


@pytest.fixture
def manager(world: World, line: Line) -> OfficeManager:
    return OfficeManager(world, line)


def unchanged(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether nothing but the code is different."""
    kept = ("user_name", "seconds", "started_at", "answered_at", "ended_at", "dialed", "outcome")
    return all(before[name] == after[name] for name in kept)


async def test_a_forward_that_nobody_was_asked_about_is_assigned_and_undone(
    line: Line, scenario: Scenario, manager: OfficeManager
) -> None:
    async with line.trunk() as carrier:
        phone = line.phone("131")
        phone.behaviour = forward_to(phone.uri("92125550231"))
        async with phone:
            call = await carrier.call(line.did("131"))
            await call.talking()
            await asyncio.sleep(LONGER)
            await call.hang_up()

    forwarded = leg(await scenario.history(legs=2), "2125550231")
    assert told(forwarded) == ("outbound", "User 131", "")
    assert forwarded["outcome"] == "let_through_unasked"
    assert forwarded["seconds"] >= LONGER - 1
    assert forwarded["id"] in await manager.inbox()

    correction = await manager.assign(forwarded, OFFICE[1])
    assigned = manager.now(forwarded)
    assert assigned["account_code_name"] == OFFICE[1]
    assert assigned["entered_by"] == "corrected"
    assert unchanged(forwarded, assigned)
    assert forwarded["id"] not in await manager.inbox()

    await manager.undo(correction)
    assert manager.now(forwarded)["account_code_name"] == ""
    assert forwarded["id"] in await manager.inbox()


async def test_an_outsider_who_is_transferred_is_put_on_the_payers_code_afterwards(
    line: Line, scenario: Scenario, manager: OfficeManager
) -> None:
    async with line.trunk() as carrier, line.phone("131", answer_after()) as payer:
        call = await carrier.call(line.did("131"))
        await call.talking()
        await (await payer.next_call()).refer(payer.uri("92125550232"))
        arrived = await carrier.next_call()
        await arrived.talking()
        await asyncio.sleep(LONGER)
        await arrived.hang_up()

    records = await scenario.history(legs=2)
    sent = leg(records, "2125550232")
    assert told(sent) == ("outbound", "User 131", "")
    assert sent["seconds"] >= LONGER - 1
    assert sent["id"] in await manager.inbox()
    await manager.assign(sent, HARPER[1])
    assert manager.now(sent)["account_code_name"] == HARPER[1]
    assert unchanged(sent, manager.now(sent))
    (came_in,) = (one for one in records if one["direction"] == "inbound")
    assert came_in["id"] not in await manager.inbox(), "calls that come in need no code"


async def test_a_call_that_came_in_is_billed_to_a_client_afterwards(
    line: Line, scenario: Scenario, manager: OfficeManager
) -> None:
    async with line.trunk() as carrier, line.phone("101", answer_after()):
        call = await carrier.call(line.did("101"))
        await call.talking()
        await asyncio.sleep(LONGER)
        await call.hang_up()

    (came_in,) = await scenario.history(legs=1)
    assert (came_in["direction"], came_in["user_name"]) == ("inbound", "User 101")
    assert came_in["seconds"] >= LONGER - 1
    await manager.assign(came_in, HARPER[1])
    after = manager.now(came_in)
    assert (after["account_code_name"], after["entered_by"]) == (HARPER[1], "corrected")
    assert unchanged(came_in, after)
