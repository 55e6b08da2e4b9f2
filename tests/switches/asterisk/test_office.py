"""What an office's switch does beside plain calls: keys for transfers, groups, parking, pick-up.

Who pays for each leg, who is asked, and whose code stays. After each flow history is compared with
the switch's own record.
"""

import asyncio

import pytest

from tests.switches.phones import answer_after, reject_with, ring

from .harness.line import Line
from .harness.office import (
    DISA_DID,
    GROUP_ABROAD,
    GROUP_DID,
    GROUP_WITH_OUTSIDE,
    PARK,
    PARKED,
    PICK_UP,
    QUEUE_DID,
    TRANSFER_KEY,
)
from .harness.world import World
from .test_transfers_and_forwards import (
    HARPER,
    LONGER,
    OFFICE,
    Scenario,
    asked,
    leg,
    told,
    transferred,
    with_code,
)

pytestmark = pytest.mark.asterisk


@pytest.fixture
def scenario(world: World, line: Line) -> Scenario:
    return Scenario(world, line)


# --- the transfer key


async def test_who_consults_somebody_abroad_by_the_transfer_key_is_asked_and_pays(
    line: Line, scenario: Scenario
) -> None:
    async with (
        line.trunk() as carrier,
        line.phone("101") as phone,
        line.phone("102", answer_after()),
    ):
        call = await phone.call("102")
        await call.talking()
        await call.dial(TRANSFER_KEY)
        await asyncio.sleep(1.0)
        await call.dial("9011442079460301#")
        await asyncio.sleep(1.0)
        await asked(call, carrier)
        await call.dial(OFFICE[0])
        arrived = await carrier.next_call()
        await asyncio.sleep(1.0)
        await call.hang_up()
        await asyncio.sleep(LONGER)
        await arrived.hang_up()

    records = await scenario.history(legs=2)
    assert told(leg(records, "011442079460301")) == ("outbound", "User 101", OFFICE[1])
    assert leg(records, "011442079460301")["seconds"] >= LONGER - 1
    assert told(leg(records, "102"))[:2] == ("internal", "User 101")


# --- nobody stands behind the channel


async def test_a_number_dialed_for_nobody_is_refused_abroad_as_caller_unknown(
    world: World, line: Line, scenario: Scenario
) -> None:
    async with line.trunk() as carrier:
        await asyncio.to_thread(click_to_dial, world, line, "9011442079460302")
        assert not carrier.calls

    (record,) = await scenario.history(legs=1)
    assert told(record)[:2] == ("outbound", "")
    assert (record["payer"], record["outcome"]) == ("unknown", "refused_unasked")


async def test_a_local_number_dialed_for_nobody_goes_out_as_caller_unknown(
    world: World, line: Line, scenario: Scenario
) -> None:
    async with line.trunk() as carrier:
        asked_for = asyncio.to_thread(click_to_dial, world, line, "92125550303")
        arrived, _ = await asyncio.gather(carrier.next_call(), asked_for)
        await asyncio.sleep(LONGER)
        await arrived.hang_up()

    (record,) = await scenario.history(legs=1)
    assert (record["direction"], record["payer"]) == ("outbound", "unknown")
    assert record["outcome"] in {"not_gated", "let_through_unasked"}


async def test_a_way_in_from_outside_leads_nobody_abroad(line: Line, scenario: Scenario) -> None:
    async with line.trunk() as carrier:
        call = await carrier.call("9" + DISA_DID)
        await call.answered()
        await asyncio.sleep(1.0)
        await call.dial("9011442079460304#")
        await call.ended(30)
        assert not carrier.calls

    records = await scenario.history(legs=2)
    record = leg(records, "011442079460304")
    assert (record["payer"], record["outcome"]) == ("unknown", "refused_unasked")


async def test_a_member_of_a_ring_group_outside_is_nobodys_call_and_a_code_abroad_is_no_way_round(
    line: Line, scenario: Scenario
) -> None:
    async with (
        line.trunk() as carrier,
        line.phone("101") as caller,
        line.phone("104", ring) as member,
    ):
        call = await caller.call(GROUP_ABROAD)
        # Not that the caller hears it ring: who refuses the other member may speak before.
        await member.next_call()
        await asyncio.sleep(2)
        assert not carrier.calls
        await call.hang_up()
        call = await caller.call(GROUP_WITH_OUTSIDE)
        arrived = await carrier.next_call()
        await call.talking()
        await asyncio.sleep(LONGER)
        await arrived.hang_up()

    records = await scenario.history(legs=4)
    assert leg(records, "0602")["payer"] == leg(records, "0601")["payer"] == "unknown"
    assert leg(records, "0602")["outcome"] == "refused_unasked"
    assert leg(records, "0601")["seconds"] >= LONGER - 1
    (first,) = (record for record in records if record["dialed"] == GROUP_ABROAD)
    assert told(first)[:2] == ("internal", "User 101")


# --- parking and pick-up


async def test_a_parked_call_that_a_colleague_takes_keeps_payer_and_code_to_its_end(
    line: Line, scenario: Scenario
) -> None:
    async with (
        line.trunk() as carrier,
        line.phone("101") as phone,
        line.phone("102") as colleague,
    ):
        call = await with_code(await phone.call("9011442079460305"))
        arrived = await carrier.next_call()
        await transferred(await call.refer(phone.uri(PARK)), call)
        taken = await colleague.call(PARKED)
        await taken.talking()
        await asyncio.sleep(LONGER)
        await arrived.hang_up()
        await taken.ended()

    (record,) = await scenario.history(legs=1)
    assert told(record) == ("outbound", "User 101", OFFICE[1])
    assert record["seconds"] >= LONGER


async def test_a_call_that_comes_in_and_is_picked_up_is_one_call_of_who_took_it(
    line: Line, scenario: Scenario
) -> None:
    async with (
        line.trunk() as carrier,
        line.phone("104", ring) as phone,
        line.phone("105") as colleague,
    ):
        call = await carrier.call("9" + line.did("104"))
        await phone.next_call()
        taken = await colleague.call(PICK_UP + "104")
        await taken.answered()
        await call.talking()
        await asyncio.sleep(LONGER)
        await taken.hang_up()
        await call.ended()

    (record,) = await scenario.history(legs=1)
    assert told(record)[:2] == ("inbound", "User 105")
    assert record["seconds"] >= LONGER - 1


# --- groups and queues


@pytest.mark.parametrize("did", ["9" + GROUP_DID, GROUP_DID, "9" + QUEUE_DID])
async def test_a_group_that_rings_makes_one_record_of_who_answers(
    line: Line, scenario: Scenario, did: str
) -> None:
    async with (
        line.trunk() as carrier,
        line.phone("104", ring),
        line.phone("105", answer_after(0.5)) as taker,
    ):
        call = await carrier.call(did)
        await (await taker.next_call()).talking()
        await asyncio.sleep(LONGER)
        await call.hang_up()

    (record,) = await scenario.history(legs=1)
    for _ in range(50):  # the trunk's report may come before the phone's
        if record["user_name"] == "User 105":
            break
        await asyncio.sleep(0.1)
        (record,) = await scenario.history(legs=1)
    assert told(record)[:2] == ("inbound", "User 105")
    assert record["disposition"] == "ANSWERED"


@pytest.mark.parametrize("did", ["9" + GROUP_DID, GROUP_DID])
async def test_a_group_that_nobody_answers_makes_one_record(
    line: Line, scenario: Scenario, did: str
) -> None:
    async with (
        line.trunk() as carrier,
        line.phone("104", reject_with(486)),
        line.phone("105", ring) as other,
    ):
        call = await carrier.call(did)
        ringing = await other.next_call()
        await asyncio.sleep(0.5)
        await call.cancel()
        await ringing.ended()

    (record,) = await scenario.history(legs=1)
    assert record["direction"] == "inbound"
    assert record["answered_at"] is None
    assert record["disposition"] in {"NO ANSWER", "BUSY"}


async def test_two_codes_are_typed_in_one_conversation_and_the_last_counts(
    line: Line, scenario: Scenario
) -> None:
    async with line.trunk() as carrier, line.phone("101") as phone:
        call = await with_code(await phone.call("9011442079460306"))
        await asyncio.sleep(2.5)
        await call.dial("*50" + HARPER[0])
        await asyncio.sleep(1.5)
        await call.hang_up()
        await (await carrier.next_call()).ended()

    (record,) = await scenario.history(legs=1)
    assert told(record) == ("outbound", "User 101", HARPER[1])


def click_to_dial(world: World, line: Line, number: str) -> None:
    """What a server asks of the switch: call a number, on behalf of nobody."""
    start = len(world.pbx_ami.events)
    world.pbx_ami.action(
        "Originate",
        Channel=f"Local/{number}@from-{line.account.slug}",
        Application="Wait",
        Data="20",
        Async="true",
        Timeout="15000",
    )
    world.pbx_ami.wait_for(
        lambda e: (
            e.get("Event") == "Newexten"
            and e.get("Channel", "").startswith(f"Local/{number}@")
            and e.get("Application") in {"Hangup", "Dial"}
        ),
        what="the switch to decide",
        start=start,
    )
