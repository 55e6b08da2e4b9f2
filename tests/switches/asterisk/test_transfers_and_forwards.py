"""Calls that are more than one plain number dialed once: who pays each leg, and for how long.

The rules are those of the reference, section 5a. After each flow history is compared with the
switch's own record: every leg once, and seconds as long as the outside leg lasted.
"""

import asyncio
import time
from typing import Any

import pytest

from tests.switches.phones import Call, Carrier, Transfer, answer_after, forward_to, reject_with

from .harness.history import begin, history_against_cdr
from .harness.line import FORWARDED, FORWARDED_TO, Line
from .harness.world import World

pytestmark = pytest.mark.asterisk

Record = dict[str, Any]
OFFICE, HARPER = ("1234", "General office"), ("0042", "Harper v. Castellan")
LONGER = 3.0
"""Seconds of talk after the flow, so that what is not counted shows."""


class Scenario:
    """The history of what happens from now on."""

    def __init__(self, world: World, line: Line) -> None:
        self._world, self._line = world, line
        self._since = begin(world)

    async def history(self, legs: int) -> list[Record]:
        return await asyncio.to_thread(
            history_against_cdr, self._world, self._line, self._since, legs=legs
        )


@pytest.fixture
def scenario(world: World, line: Line) -> Scenario:
    return Scenario(world, line)


def leg(records: list[Record], number: str) -> Record:
    """The one leg to this number."""
    (found,) = (record for record in records if record["dialed"].endswith(number))
    return found


def told(record: Record) -> tuple[str, str, str]:
    """Which way, who paid, and the code's name."""
    return record["direction"], record["user_name"], record["account_code_name"]


async def with_code(call: Call, code: str = OFFICE[0]) -> Call:
    """Type a code as soon as it can be heard, and wait until both sides talk."""
    await call.early_media()
    await call.dial(code)
    await call.talking()
    return call


async def asked(call: Call, carrier: Carrier) -> None:
    """Wait until a prompt is heard, a voice where there was silence; nobody is called before."""
    since = time.monotonic()
    await call.until(lambda: carrier.calls or call.audio.recording.level(since) > 300, "a prompt")
    assert not carrier.calls, f"{carrier.numbers} were called without a code"


async def transferred(transfer: Transfer, *calls: Call) -> None:
    """Wait for success, and hang up as a phone does."""
    assert await transfer.reported() == 200
    for call in calls:
        await call.hang_up()


# --- transfers


async def test_a_call_that_the_secretary_places_is_billed_to_its_code_to_the_end(
    line: Line, scenario: Scenario
) -> None:
    async with (
        line.trunk() as carrier,
        line.phone("101") as secretary,
        line.phone("102", answer_after()) as partner,
    ):
        call = await with_code(await secretary.call("9011442079460201"))
        arrived = await carrier.next_call()
        await transferred(await call.refer(secretary.uri("102")), call)
        await (await partner.next_call()).talking()
        await asyncio.sleep(LONGER)
        await arrived.hang_up()

    records = await scenario.history(legs=2)
    assert told(leg(records, "011442079460201")) == ("outbound", "User 101", OFFICE[1])
    assert leg(records, "011442079460201")["seconds"] >= LONGER - 1
    assert told(leg(records, "102"))[:2] == ("internal", "User 101")


async def test_who_transfers_a_colleague_abroad_pays_and_the_colleague_is_asked(
    line: Line, scenario: Scenario
) -> None:
    async with (
        line.trunk() as carrier,
        line.phone("101", answer_after()) as payer,
        line.phone("102") as colleague,
    ):
        call = await colleague.call("101")
        await call.talking()
        taken = await payer.next_call()
        await taken.refer(payer.uri("9011442079460202"))
        await asked(call, carrier)
        await call.dial(OFFICE[0])
        arrived = await carrier.next_call()
        await asyncio.sleep(LONGER)
        await arrived.hang_up()

    records = await scenario.history(legs=2)
    assert told(leg(records, "011442079460202")) == ("outbound", "User 101", OFFICE[1])
    assert told(leg(records, "101"))[:2] == ("internal", "User 102")


async def test_a_phone_without_codes_is_no_key_for_a_colleague(
    line: Line, scenario: Scenario
) -> None:
    async with (
        line.trunk() as carrier,
        line.phone("101") as payer,
        line.phone("121", answer_after()) as free,
    ):
        call = await payer.call("121")
        await call.talking()
        taken = await free.next_call()
        await call.refer(payer.uri("9011442079460203"))
        await asked(taken, carrier)
        await taken.hang_up()
        assert not carrier.calls

    records = await scenario.history(legs=2)
    assert told(leg(records, "011442079460203"))[:2] == ("outbound", "User 101")
    assert leg(records, "011442079460203")["outcome"] == "abandoned"


async def test_an_outsider_is_never_asked_and_not_sent_abroad(
    line: Line, scenario: Scenario
) -> None:
    async with line.trunk() as carrier, line.phone("101", answer_after()) as payer:
        call = await carrier.call(line.did("101"))
        await call.talking()
        await (await payer.next_call()).refer(payer.uri("9011442079460204"))
        await call.ended()
        assert not carrier.calls

    records = await scenario.history(legs=2)
    assert told(leg(records, "011442079460204"))[:2] == ("outbound", "User 101")
    assert leg(records, "011442079460204")["answered_at"] is None


async def test_an_attended_transfer_leaves_the_outside_leg_with_who_placed_it(
    line: Line, scenario: Scenario
) -> None:
    async with (
        line.trunk() as carrier,
        line.phone("101") as phone,
        line.phone("102", answer_after()),
    ):
        first = await with_code(await phone.call("9011442079460205"))
        arrived = await carrier.next_call()
        await first.hold()
        second = await phone.call("102")
        await second.talking()
        await transferred(await first.refer_to_call(second), first, second)
        await asyncio.sleep(LONGER)
        await arrived.hang_up()

    records = await scenario.history(legs=2)
    assert told(leg(records, "011442079460205")) == ("outbound", "User 101", OFFICE[1])
    assert leg(records, "011442079460205")["seconds"] >= LONGER - 1
    assert told(leg(records, "102"))[:2] == ("internal", "User 101")


async def test_the_star_code_tags_the_conversation_after_an_attended_transfer(
    line: Line, scenario: Scenario
) -> None:
    async with (
        line.trunk() as carrier,
        line.phone("101") as phone,
        line.phone("102", answer_after()) as other,
    ):
        first = await phone.call("92125550206")
        await first.talking()
        arrived = await carrier.next_call()
        second = await phone.call("102")
        await second.talking()
        await transferred(await first.refer_to_call(second), first, second)
        taken = await other.next_call()
        await taken.dial("*50" + HARPER[0])
        await asyncio.sleep(LONGER)
        assert not taken.is_over
        assert arrived.audio.heard() == ""
        await arrived.hang_up()

    records = await scenario.history(legs=2)
    assert told(leg(records, "2125550206")) == ("outbound", "User 101", HARPER[1])
    assert leg(records, "2125550206")["entered_by"] == "star_code"


# --- forwards


async def test_a_colleagues_302_abroad_is_not_a_way_around_the_gate(
    line: Line, scenario: Scenario
) -> None:
    async with line.trunk() as carrier, line.phone("101") as caller:
        async with line.phone("103", forward_to(caller.uri("9011442079460207"))):
            call = await caller.call("103")
            await call.until(lambda: call.is_over or call.audio.connected, "an end or a prompt")
            await call.hang_up()
        assert not carrier.calls

    records = await scenario.history(legs=2)
    assert told(leg(records, "011442079460207"))[:2] == ("outbound", "User 103")
    assert told(leg(records, "103"))[:2] == ("internal", "User 101")


async def test_a_302_does_not_send_an_outsider_abroad(line: Line, scenario: Scenario) -> None:
    async with line.trunk() as carrier:
        phone = line.phone("103")
        phone.behaviour = forward_to(phone.uri("9011442079460212"))
        async with phone:
            call = await carrier.call(line.did("103"))
            await call.ended()
        assert not carrier.calls

    records = await scenario.history(legs=2)
    assert told(leg(records, "011442079460212"))[:2] == ("outbound", "User 103")


async def test_a_colleagues_302_to_a_number_that_is_free_connects_and_they_pay(
    line: Line, scenario: Scenario
) -> None:
    async with line.trunk() as carrier, line.phone("101") as caller:
        async with line.phone("103", forward_to(caller.uri("92125550208"))):
            call = await caller.call("103")
            await call.talking()
            await asyncio.sleep(LONGER)
            await call.hang_up()
        assert carrier.numbers == ["2125550208"]

    records = await scenario.history(legs=2)
    assert told(leg(records, "2125550208"))[:2] == ("outbound", "User 103")
    assert leg(records, "2125550208")["seconds"] >= LONGER - 1


async def test_a_second_question_on_the_same_channel_is_a_second_leg(
    line: Line, scenario: Scenario
) -> None:
    async with line.trunk() as carrier, line.phone("101") as phone:
        call = await with_code(await phone.call(FORWARDED))
        arrived = await carrier.next_call()
        await asyncio.sleep(LONGER)
        await arrived.hang_up()
        await call.ended()

    records = await scenario.history(legs=2)
    assert told(leg(records, FORWARDED_TO)) == ("outbound", "User 101", OFFICE[1])
    (first,) = (record for record in records if record["dialed"] == FORWARDED)
    assert not first["seconds"]


# --- one leg that stays one


async def test_hold_and_resume_make_no_new_leg(line: Line, scenario: Scenario) -> None:
    async with line.trunk() as carrier, line.phone("101") as phone:
        call = await with_code(await phone.call("9011442079460209"))
        await call.hold()
        await asyncio.sleep(LONGER)
        await call.resume()
        await call.hang_up()
        await (await carrier.next_call()).ended()

    records = await scenario.history(legs=1)
    assert told(records[0]) == ("outbound", "User 101", OFFICE[1])
    assert records[0]["seconds"] >= LONGER - 1


async def test_a_trunk_that_is_full_costs_no_second_question(
    line: Line, scenario: Scenario
) -> None:
    async with (
        line.trunk(reject_with(503)) as full,
        line.trunk(second=True) as carrier,
        line.phone("101") as phone,
    ):
        call = await with_code(await phone.call("9011442079460210"))
        await asyncio.sleep(LONGER)
        await call.hang_up()
        await (await carrier.next_call()).ended()

    assert full.numbers == carrier.numbers == ["011442079460210"]
    records = await scenario.history(legs=1)
    assert told(records[0]) == ("outbound", "User 101", OFFICE[1])


async def test_the_star_code_tags_a_call_and_nobody_else_hears_it(
    line: Line, scenario: Scenario
) -> None:
    async with line.trunk() as carrier, line.phone("101") as phone:
        call = await phone.call("92125550211")
        await call.talking()
        arrived = await carrier.next_call()
        await call.dial("*50" + HARPER[0], tone_ms=40, gap_ms=40)
        await asyncio.sleep(LONGER)
        assert arrived.audio.heard() == ""
        await call.hang_up()
        await arrived.ended()

    records = await scenario.history(legs=1)
    assert told(records[0]) == ("outbound", "User 101", HARPER[1])


# --- calls that come in


async def test_an_inbound_call_that_is_answered_is_in_history(
    line: Line, scenario: Scenario
) -> None:
    async with line.trunk() as carrier, line.phone("104", answer_after()) as phone:
        call = await carrier.call(line.did("104"))
        await call.talking()
        await asyncio.sleep(LONGER)
        await (await phone.next_call()).hang_up()
        await call.ended()

    (record,) = await scenario.history(legs=1)
    assert told(record)[:2] == ("inbound", "User 104")
    assert record["disposition"] == "ANSWERED"
    assert record["seconds"] >= LONGER - 1


async def test_an_inbound_call_that_nobody_takes_is_in_history(
    line: Line, scenario: Scenario
) -> None:
    async with line.trunk() as carrier, line.phone("104") as phone:
        call = await carrier.call(line.did("104"))
        ringing = await phone.next_call()
        await call.ringing()
        await call.cancel()
        # A phone that is put away while it rings says that it is busy.
        await ringing.ended()

    (record,) = await scenario.history(legs=1)
    assert told(record)[:2] == ("inbound", "User 104")
    assert record["answered_at"] is None
    assert record["disposition"] in {"NO ANSWER", "CANCEL"}
