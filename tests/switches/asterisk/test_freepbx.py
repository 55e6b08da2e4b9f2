"""Callmark in a FreePBX: its hooks in a dialplan of that shape, on a real Asterisk.

The gate is asked once for what people dial, who forwards pays, and without Callmark's files every
call goes as it did before.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

import pytest

from tests.switches.phones import answer_after, forward_to, reject_with

from .harness.ami import Event
from .harness.freepbx import (
    FOLLOW_ME,
    FOLLOWED_TO,
    GROUP,
    IN_THE_GROUP,
    INSIDE_GROUP,
    MENU,
    PIN,
    FreePbxLine,
)
from .harness.world import World
from .test_transfers_and_forwards import (
    HARPER,
    OFFICE,
    Record,
    Scenario,
    asked,
    leg,
    told,
    with_code,
)

pytestmark = pytest.mark.asterisk


@pytest.fixture
def office(world: World) -> FreePbxLine:
    return world.office


@pytest.fixture
def scenario(world: World, office: FreePbxLine) -> Scenario:
    return Scenario(world, office)


def reload(world: World) -> None:
    """What the operator is told to do."""
    for command in ("dialplan reload", "module reload features", "module reload res_pjsip.so"):
        world.pbx_ami.command(command)
    world.wait_until(lambda: _is_loaded(world) or None, "the dialplan")


def _is_loaded(world: World) -> bool:
    there = (world.office.folder / "extensions_callmark.conf").exists()
    return there == ("callmark-office.emergency" in world.pbx_ami.command("dialplan show"))


@pytest.fixture
def changed(world: World, office: FreePbxLine) -> Iterator[FreePbxLine]:
    """For a test that changes Callmark's files; they are written anew afterwards."""
    yield office
    office.write()
    reload(world)


def until_the_next_second() -> float:
    """Seconds. The switch tells when a call came in by whole ones: not before the scenario."""
    return 1.01 - time.time() % 1


def _is_event(name: str, event: Event) -> bool:
    return event.get("UserEvent") == name


async def connected(
    office: FreePbxLine, *numbers: tuple[str, str], refused: Sequence[str] = ()
) -> None:
    """Calls of 201 that nobody is asked about: what is dialed, and what arrives outside."""
    async with office.trunk() as carrier, office.phone("201") as phone:
        for position, (dialed, arrives_as) in enumerate(numbers, 1):
            call = await phone.call(dialed)
            await call.talking()
            assert carrier.numbers[-1] == arrives_as
            await call.hang_up()
            await (await carrier.next_call(position)).ended()
        for dialed in refused:
            await (await phone.call(dialed)).ended()
        assert len(carrier.calls) == len(numbers)


# --- what people dial


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


# --- forwards


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


# --- transfers by the switch's own codes


async def test_who_transfers_by_feature_code_pays(office: FreePbxLine, scenario: Scenario) -> None:
    async with (
        office.trunk() as carrier,
        office.phone("201") as caller,
        office.phone("202", answer_after()) as colleague,
    ):
        call = await caller.call("202")
        await call.talking()
        taken = await colleague.next_call()
        await taken.dial("##")
        await asyncio.sleep(0.3)
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
        await taken.dial("*2")
        await asyncio.sleep(0.3)
        await taken.dial("92125550710#")
        arrived = await carrier.next_call()
        await arrived.talking()
        await taken.hang_up()
        await call.hang_up()
        await arrived.ended()

    records = await scenario.history(legs=1)
    assert told(leg(records, "2125550710"))[:2] == ("outbound", "User 202")


# --- emergency, and without Callmark


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


# --- calls between extensions, and calls that come in


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
