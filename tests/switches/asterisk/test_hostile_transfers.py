"""The strings of ``hostile_numbers`` once more, as the target of a transfer and of a 302."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.switches.phones import Call, Carrier, Phone, Transfer, answer_after, escape, forward_to

from .harness.line import Line
from .harness.storm import WHOLE
from .harness.world import World
from .hostile_numbers import Hostile, attacks, is_clean, is_harmless
from .test_hostile_numbers import LEGAL

pytestmark = pytest.mark.asterisk


def cases_of(line: Line) -> Sequence[Hostile]:
    """Those that lead abroad or nowhere. With the limits of a SIP URI in a header."""
    cases = attacks(line.trunks[0], line.account.slug)
    return [case for case in cases if not case.dials][:: 1 if WHOLE else 9]


def fault(carrier: Carrier, since: int) -> str:
    """What is wrong with the calls that came since then."""
    numbers = carrier.numbers[since:]
    wrong = [number for number in numbers if not is_clean(number) or not is_harmless(number)]
    if wrong:
        return f"dialed {wrong}"
    return f"dialed {numbers}" if len(numbers) > 1 else ""


async def until_idle(world: World) -> None:
    """Wait until the switch has no call left."""

    def idle() -> bool | None:
        return "0 active channels" in world.pbx_ami.command("core show channels count") or None

    await asyncio.to_thread(world.wait_until, idle, "the switch to be idle", 60)


@pytest.mark.timeout(1800 if WHOLE else 300)
async def test_a_transfer_to_an_odd_string_reaches_nothing_without_a_code(
    world: World, line: Line
) -> None:
    faults = []
    async with (
        line.trunk() as carrier,
        line.phone("101", answer_after()) as payer,
        line.phone("102") as colleague,
    ):
        for number, case in enumerate(cases_of(line), 1):
            since = len(carrier.calls)
            call = await colleague.call("101")
            await call.talking()
            taken = await payer.next_call(number)
            transfer = await taken.refer(payer.uri(escape(case.data, LEGAL)))
            await settled(call, transfer, carrier, since)
            await call.hang_up()
            await taken.hang_up()
            await until_idle(world)
            if wrong := fault(carrier, since):
                faults.append(f"{case.data!r}: {wrong}")
    assert not faults, "\n".join(faults)


async def settled(call: Call, transfer: Transfer, carrier: Carrier, since: int) -> None:
    """Wait until the transfer was refused, or its string led to a prompt, a call or the end."""

    def is_settled() -> bool:
        refused = any(status >= 300 for status in (transfer.accepted, *transfer.reports))
        heard = call.audio.recording.level(call.answered_at or 0) > 300
        return refused or heard or call.is_over or len(carrier.calls) > since

    await call.until(is_settled, "a prompt, a call or the end", also_ended=True)


@pytest.mark.timeout(1800 if WHOLE else 300)
async def test_a_302_to_an_odd_string_reaches_nothing_without_a_code(
    world: World, line: Line
) -> None:
    faults = []
    async with (
        line.trunk() as carrier,
        line.phone("101") as caller,
        line.phone("103") as colleague,
    ):
        for case in cases_of(line):
            since = len(carrier.calls)
            target = escape(case.data, LEGAL)
            colleague.behaviour = forward_to(b"<%s>" % colleague.uri(target))
            await one_call(caller)
            await until_idle(world)
            if wrong := fault(carrier, since):
                faults.append(f"{case.data!r}: {wrong}")
    assert not faults, "\n".join(faults)


async def one_call(caller: Phone) -> None:
    """Call the colleague and hang up as soon as anything is heard."""
    call = await caller.call("103")
    await call.until(
        lambda: call.is_over or call.is_answered or call.audio.connected,
        "the switch to do something",
        also_ended=True,
    )
    await call.hang_up()
