"""Callmark in a FreePBX, its hooks in a dialplan of that shape: calls out, inside and in.

The gate is asked once, whatever trunk takes the call.
"""

import asyncio
from functools import partial

import pytest

from tests.switches.asterisk.harness.ami import Event
from tests.switches.asterisk.harness.freepbx import (
    GROUP,
    IN_THE_GROUP,
    INSIDE_GROUP,
    MENU,
    PIN,
    FreePbxLine,
)
from tests.switches.asterisk.harness.world import World
from tests.switches.asterisk.test_transfers_and_forwards import (
    HARPER,
    OFFICE,
    Scenario,
    asked,
    told,
    with_code,
)
from tests.switches.phones import answer_after, reject_with

from .conftest import connected, reload, until_the_next_second

pytestmark = pytest.mark.asterisk


def _is_event(name: str, event: Event) -> bool:
    return event.get("UserEvent") == name


async def test_a_call_abroad_is_asked_once_although_the_first_trunk_is_full(
    office: FreePbxLine, scenario: Scenario
) -> None:
    async with (
        office.trunk(reject_with(503)) as full,
        office.trunk(second=True) as carrier,
        office.phone("201") as phone,
    ):
        call = await with_code(await phone.call("9011442079460701"))
        arrived = await carrier.next_call()
        await call.hang_up()
        await arrived.ended()

    assert full.numbers == carrier.numbers == ["011442079460701"]
    (record,) = await scenario.history(legs=1)
    assert told(record) == ("outbound", "User 201", OFFICE[1])


@pytest.mark.parametrize(
    ("dialed", "arrives_as"),
    [
        ("9-212-555-0702", "2125550702"),
        ("92125550702;phone-context=x", "2125550702"),
        ("9(212)5550702", "2125550702"),
        ("91800FLOWERS", "18003569377"),
        ("92125550703%2c30%2cG(a%5eb%5e1)", "2125550703"),
    ],
)
async def test_another_spelling_leaves_as_the_number_that_was_judged(
    office: FreePbxLine, scenario: Scenario, dialed: str, arrives_as: str
) -> None:
    await connected(office, (dialed, arrives_as))
    (record,) = await scenario.history(legs=1)
    assert record["user_name"] == "User 201"


@pytest.mark.parametrize("dialed", ["92125550703%26PJSIP%2f202", "92125550703%22%5c"])
async def test_what_is_not_a_number_calls_nobody(
    office: FreePbxLine, scenario: Scenario, dialed: str
) -> None:
    async with office.trunk() as carrier, office.phone("201") as phone:
        call = await phone.call(dialed)
        await call.ended()
        assert not carrier.calls
    (record,) = await scenario.history(legs=1)
    assert record["outcome"] == "refused_number"


async def test_what_freepbx_answers_itself_is_left_alone(
    world: World, office: FreePbxLine, scenario: Scenario
) -> None:
    start = len(world.pbx_ami.events)
    async with office.phone("201") as phone:
        for number, event in ((MENU, "Menu"), ("3333", "BadNumber")):
            call = await phone.call(number)
            await call.ended()
            is_it = partial(_is_event, event)
            await asyncio.to_thread(world.pbx_ami.wait_for, is_it, what=event, start=start)
    records = await scenario.history(legs=1)
    assert [record["dialed"] for record in records] == ["3333"]


async def test_a_pin_set_asks_after_the_code(office: FreePbxLine, scenario: Scenario) -> None:
    async with office.trunk() as carrier, office.phone("201") as phone:
        call = await phone.call("9011331555070100")
        await call.early_media()
        await call.dial(OFFICE[0])
        await asyncio.sleep(2.3)  # what is typed sooner belongs to the code
        assert not carrier.calls
        await call.dial(PIN)
        await call.talking()
        await call.hang_up()
        await (await carrier.next_call()).ended()
    (record,) = await scenario.history(legs=1)
    assert told(record) == ("outbound", "User 201", OFFICE[1])


async def test_calls_to_colleagues_ask_where_the_settings_say_so(
    world: World, changed: FreePbxLine, scenario: Scenario
) -> None:
    changed.write(inside=True)
    reload(world)
    async with (
        changed.trunk() as carrier,
        changed.phone("205") as strict,
        changed.phone("201") as usual,
        changed.phone("202", answer_after()) as colleague,
    ):
        call = await strict.call("202")
        await asked(call, carrier)
        assert not colleague.calls
        await call.dial(OFFICE[0])
        await call.talking()
        await call.hang_up()
        free = await usual.call("202")
        await free.talking()
        await free.hang_up()
        outside = await with_code(await usual.call("9011442079460714"))
        await outside.hang_up()
        await (await carrier.next_call()).ended()

    records = await scenario.history(legs=3)
    assert [told(record) for record in records] == [
        ("internal", "User 205", OFFICE[1]),
        ("internal", "User 201", ""),
        ("outbound", "User 201", OFFICE[1]),
    ]


async def test_a_call_that_comes_in_is_recorded_and_tagged_by_star_code(
    office: FreePbxLine, scenario: Scenario
) -> None:
    await asyncio.sleep(until_the_next_second())
    async with office.trunk() as carrier, office.phone("202", answer_after()) as phone:
        call = await carrier.call(office.did("202"))
        await call.talking()
        taken = await phone.next_call()
        await taken.dial("*50" + HARPER[0])
        await asyncio.sleep(1.5)
        assert call.audio.heard() == ""
        await taken.hang_up()
        await call.ended()

    (record,) = await scenario.history(legs=1)
    assert told(record) == ("inbound", "User 202", HARPER[1])
    assert record["disposition"] == "ANSWERED"
    assert record["dialed"] == office.did("202")


async def test_a_call_from_outside_to_a_group_is_one_record_with_who_took_it(
    office: FreePbxLine, scenario: Scenario
) -> None:
    await asyncio.sleep(until_the_next_second())
    async with office.trunk() as carrier, office.phone("202", answer_after()) as phone:
        call = await carrier.call(office.did(INSIDE_GROUP))
        await call.talking()
        await (await phone.next_call()).hang_up()
        await call.ended()

    (record,) = await scenario.history(legs=1)
    assert told(record)[:2] == ("inbound", "User 202")
    assert record["dialed"] == office.did(INSIDE_GROUP)


async def test_a_groups_outside_member_takes_a_call_from_outside(
    office: FreePbxLine, scenario: Scenario
) -> None:
    await asyncio.sleep(until_the_next_second())
    async with office.trunk() as carrier:
        call = await carrier.call(office.did(GROUP))
        await call.talking()
        arrived = await carrier.next_call()
        await call.hang_up()
        await arrived.ended()

    records = await scenario.history(legs=2)
    assert {told(record)[:2] for record in records} == {("inbound", ""), ("outbound", "")}
    assert carrier.numbers == [IN_THE_GROUP[1:]]
