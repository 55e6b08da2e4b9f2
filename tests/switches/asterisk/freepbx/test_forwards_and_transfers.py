"""Callmark in a FreePBX: who forwards pays, and transfers by the switch's own codes are legs."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.switches.asterisk.harness.freepbx import (
    FOLLOW_ME,
    FOLLOWED_TO,
    GROUP,
    IN_THE_GROUP,
    FreePbxLine,
)
from tests.switches.asterisk.harness.world import World
from tests.switches.asterisk.test_transfers_and_forwards import (
    HARPER,
    OFFICE,
    Record,
    Scenario,
    asked,
    leg,
    told,
)
from tests.switches.phones import answer_after, forward_to, reject_with

from .conftest import until_the_next_second

pytestmark = pytest.mark.asterisk


async def test_who_forwards_by_feature_code_pays_and_the_caller_is_asked(
    office: FreePbxLine, scenario: Scenario
) -> None:
    async with (
        office.trunk() as carrier,
        office.phone("201") as caller,
        office.phone("203") as away,
    ):
        await (await away.call("*729011442079460704")).ended()
        call = await caller.call("203")
        await asked(call, carrier)
        await call.dial(OFFICE[0])
        await call.talking()
        arrived = await carrier.next_call()
        await call.hang_up()
        await arrived.ended()

    (record,) = await scenario.history(legs=1)
    assert told(record) == ("outbound", "User 203", OFFICE[1])


async def test_an_outsider_is_not_forwarded_abroad(
    world: World, office: FreePbxLine, scenario: Scenario
) -> None:
    since = datetime.now(UTC)
    await asyncio.sleep(until_the_next_second())
    async with office.trunk() as carrier, office.phone("203") as away:
        await (await away.call("*729011442079460714")).ended()
        outsider = await carrier.call(office.did("203"))
        await outsider.ended()
        assert not carrier.calls

    database = world.gates["live"].database

    def both() -> list[Record] | None:
        found = database.calls_since("office", since)
        return found if len(found) == 2 else None

    records = await asyncio.to_thread(world.wait_until, both, "both records")
    refused = leg(records, "011442079460714")
    assert told(refused)[:2] == ("outbound", "User 203")
    assert refused["outcome"] == "refused_unasked"
    assert leg(records, office.did("203"))["direction"] == "inbound"


async def test_who_forwards_by_302_or_when_busy_pays(
    world: World, office: FreePbxLine, scenario: Scenario
) -> None:
    world.pbx_ami.command("database del CF 203")
    world.pbx_ami.command("database put CFB 202 92125550708")
    async with office.trunk() as carrier, office.phone("201") as caller:
        for extension, behaviour in (
            ("203", forward_to(caller.uri("92125550705"))),
            ("202", reject_with(486)),
        ):
            async with office.phone(extension, behaviour):
                call = await caller.call(extension)
                await call.talking()
                await call.hang_up()
        assert carrier.numbers == ["2125550705", "2125550708"]

    records = await scenario.history(legs=2)
    assert told(leg(records, "2125550705"))[:2] == ("outbound", "User 203")
    assert told(leg(records, "2125550708"))[:2] == ("outbound", "User 202")


async def test_who_is_followed_pays_and_a_groups_outside_member_is_nobody(
    office: FreePbxLine, scenario: Scenario
) -> None:
    async with office.trunk() as carrier, office.phone("201") as caller:
        for number in (FOLLOW_ME, GROUP):
            call = await caller.call(number)
            await call.talking()
            await call.hang_up()
        assert carrier.numbers == [FOLLOWED_TO[1:], IN_THE_GROUP[1:]]

    records = await scenario.history(legs=2)
    assert told(leg(records, FOLLOWED_TO))[:2] == ("outbound", "User 204")
    assert told(leg(records, IN_THE_GROUP))[:2] == ("outbound", "")


async def test_who_transfers_by_feature_code_pays(office: FreePbxLine, scenario: Scenario) -> None:
    async with (
        office.trunk() as carrier,
        office.phone("201") as caller,
        office.phone("202", answer_after()) as colleague,
    ):
        call = await caller.call("202")
        await call.talking()
        taken = await colleague.next_call()
        await taken.talking()
        await taken.dial("##")
        await asyncio.sleep(1.0)
        await taken.dial("9011442079460709#")
        await taken.ended()
        await asked(call, carrier)
        await call.dial(HARPER[0])
        arrived = await carrier.next_call()
        await call.hang_up()
        await arrived.ended()

    records = await scenario.history(legs=1)
    assert told(leg(records, "011442079460709")) == ("outbound", "User 202", HARPER[1])


async def test_a_consultation_is_of_who_consults(office: FreePbxLine, scenario: Scenario) -> None:
    async with (
        office.trunk() as carrier,
        office.phone("201") as caller,
        office.phone("202", answer_after()) as colleague,
    ):
        call = await caller.call("202")
        await call.talking()
        taken = await colleague.next_call()
        await taken.talking()
        await taken.dial("*2")
        await asyncio.sleep(1.0)
        await taken.dial("92125550710#")
        arrived = await carrier.next_call()
        await arrived.talking()
        await taken.hang_up()
        # The switch puts the two together now; who hangs up in that moment leaves it at a loss.
        await asyncio.sleep(1.0)
        await call.hang_up()
        await arrived.ended()

    records = await scenario.history(legs=1)
    assert told(leg(records, "2125550710"))[:2] == ("outbound", "User 202")
