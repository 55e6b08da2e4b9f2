"""Every emergency number in every form, with the gate up, dead and hung, and from nobody's phone.

``make test`` tries a sample; ``scripts/storm`` all of it, and prints how many connected.
"""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import product

import pytest

from tests.switches.phones import Carrier, Phone, answer_after, escape

from .harness.gate import GateProcess
from .harness.line import UNLISTED
from .harness.storm import WHOLE, tell
from .harness.world import World
from .test_hostile_numbers import LEGAL

pytestmark = pytest.mark.asterisk

NUMBERS = ("911", "933", "988", "112")
PREFIXES = ("", "9", "9 ", "1", "91", "+", "+1", "*67", "*82", "9*67", "*31#", "#31#")
FORMS = (
    "{}",
    "{}#",
    "sip:{}",
    "sip:{}@example.com",
    "tel:{}",
    "{};phone-context=+1",
    "{};x=1",
    "{}!",
    "{},30,G(out^1^1)",
    "{}&PJSIP/9011442079460000",
    "{}@x&PJSIP/9011442079460000",
    "{} ",
    "{},",
)
SEPARATED = ("{0}-{1}-{2}", "{0} {1} {2}", "{0}.{1}.{2}")
CALLERS = ("101", "102", "103", "104")


def matrix() -> list[tuple[str, str]]:
    """What is dialed, and the number that it is."""
    cells = [
        (form.format(prefix + number), number)
        for number, prefix, form in product(NUMBERS, PREFIXES, FORMS)
    ]
    cells += [(form.format(*number), number) for number, form in product(NUMBERS, SEPARATED)]
    return cells if WHOLE else cells[::23]


@pytest.mark.timeout(1500 if WHOLE else 120)
@pytest.mark.parametrize("gate", ["up", "dead", "hung", "up, nobody's phone"])
async def test_every_emergency_call_connects(
    world: World, own_gate: GateProcess, gate: str
) -> None:
    if gate == "hung":
        own_gate.signal(signal.SIGSTOP)
    elif gate == "dead":
        own_gate.kill()
    line = world.lines["harbor-storm"]
    callers = (UNLISTED,) if "nobody" in gate else CALLERS
    cells = matrix()
    failed: list[str] = []
    async with AsyncExitStack() as stack:
        carrier = await stack.enter_async_context(line.trunk(answer_after()))
        phones = [await stack.enter_async_context(line.phone(one)) for one in callers]
        left = iter(cells)

        async def dial(phone: Phone) -> None:
            for dialed, number in left:
                if wrong := await _wrong(phone, carrier, dialed, number):
                    failed.append(f"{dialed!r}: {wrong}")

        await asyncio.gather(*(dial(phone) for phone in phones))
    tell(f"emergency, gate {gate}: {len(cells) - len(failed)} of {len(cells)} connected")
    assert not failed, "\n".join(failed)


async def _wrong(phone: Phone, carrier: Carrier, dialed: str, number: str) -> str:
    since = len(carrier.calls)
    call = await phone.call(escape(dialed.encode(), LEGAL))
    try:
        await call.until(lambda: call.is_answered or call.is_over, "an answer", also_ended=True)
    except AssertionError as problem:
        return str(problem)
    finally:
        await call.hang_up()
        phone.placed.clear()
    reached = [
        one.decode() for one in carrier.dialed_by(phone.name.rpartition("-")[2], since=since)
    ]
    return "" if reached == [number] else f"reached {reached} ({call.status})"


@pytest.fixture
def own_gate(world: World) -> Iterator[GateProcess]:
    gate = world.gates["own"].start()
    yield gate
    gate.kill()
