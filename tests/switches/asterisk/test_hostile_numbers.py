"""No string gets around the gate: asserted at the carrier, where it shows what was really dialed.

``make test`` tries the known attacks and a sample of others; ``scripts/storm`` 10,000.
"""

import asyncio
import random
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from tests.switches.phones import Call, Carrier, Phone, answer_after, escape, unescape

from .harness.line import Line
from .harness.storm import SEED, WHOLE, amount, tell
from .harness.world import World
from .hostile_numbers import LOCAL, LOCAL_CLEAN, Hostile, attacks, fuzzed, is_clean, is_harmless

pytestmark = pytest.mark.asterisk

CALLERS = ("101", "102", "103", "104")
CODE = "1234"
COUNT = amount("STRINGS", 10_000, 400) // 2

LEGAL = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()&=+$,;?/"
)
LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
EMERGENCY = {"911", "112"}
WRITTEN = (LEGAL, LETTERS, frozenset[int]())
"""Which characters of a user part stand for themselves: as few escapes as may be, or more."""


@dataclass
class Tried:
    """One call: what arrived at the carriers, and every channel that the switch made for it."""

    text: bytes
    status: int
    numbers: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    error: str = ""
    """What the call waited for in vain."""

    def fault(self, code_was_typed: bool) -> str:
        if self.error:
            return self.error
        if len(self.channels) > 1:
            return f"{len(self.channels)} channels: {self.channels}"
        unclean = [number for number in self.numbers if not is_clean(number)]
        if unclean:
            return f"dialed as it came: {unclean}"
        through = [number for number in self.numbers if not is_harmless(number)]
        if through and not code_was_typed:
            return f"reached without a code: {through}"
        return ""


class Attempts:
    """Phones that dial strings side by side, one at a time each."""

    def __init__(self, world: World, line: Line) -> None:
        self._world = world
        self._line = line
        self._stack = AsyncExitStack()
        self._carriers: list[Carrier] = []
        self._phones: dict[str, Phone] = {}

    async def __aenter__(self) -> "Attempts":
        enter = self._stack.enter_async_context
        for second in (False, True):
            carrier = self._line.trunk(answer_after(), second=second)
            self._carriers.append(await enter(carrier))
        for caller in CALLERS:
            self._phones[caller] = await enter(self._line.phone(caller))
        await enter(self._line.phone("107"))
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def all(
        self, texts: Iterable[tuple[bytes, frozenset[int]]], code: str = ""
    ) -> list[Tried]:
        """Dial every string; results in the order they came in."""
        left = list(enumerate(texts))[::-1]
        found: list[tuple[int, Tried]] = []

        async def work(caller: str) -> None:
            while left:
                position, (text, keep) = left.pop()
                found.append((position, await self._dial(caller, text, keep, code)))

        await asyncio.gather(*(work(caller) for caller in CALLERS))
        return [tried for _, tried in sorted(found, key=lambda pair: pair[0])]

    async def _dial(self, caller: str, text: bytes, keep: frozenset[int], code: str) -> Tried:
        try:
            return await self._tried(caller, text, keep, code)
        except AssertionError as error:
            return Tried(text, 0, error=str(error))

    async def _tried(self, caller: str, text: bytes, keep: frozenset[int], code: str) -> Tried:
        start = len(self._world.pbx_ami.events)
        before = [len(carrier.calls) for carrier in self._carriers]
        call = await self._phones[caller].call(escape(text, keep))
        await _something_happens(call)
        if code and call.audio.connected and not call.is_answered:
            await call.dial(code, tone_ms=40, gap_ms=40)
            await call.until(
                lambda: call.is_over or _was_dialed(call), "an end", 90, also_ended=True
            )
        await call.hang_up()
        tried = Tried(text, call.status)
        tried.channels = await asyncio.to_thread(self._channels, caller, call.status, start)
        for carrier, count in zip(self._carriers, before, strict=True):
            tried.numbers += map(_readable, carrier.dialed_by(caller, since=count))
        return tried

    def _channels(self, caller: str, status: int, start: int) -> list[str]:
        """The channels that the switch made for this caller's call, other than the caller's."""
        ami, mine = self._world.pbx_ami, f"PJSIP/{self._line.account.phone(caller)}-"
        try:
            own = ami.wait_for(
                lambda e: (
                    e.get("Event") == "Newchannel"
                    and e["Channel"].startswith(mine)
                    and e.get("Exten") != ""
                ),
                what="the call at the switch",
                timeout=0.3 if status in NOT_A_CALL else 20,
                start=start,
            )
        except AssertionError:
            assert status in NOT_A_CALL
            return []
        ami.wait_for(
            lambda e: e.get("Event") == "Hangup" and e.get("Uniqueid") == own["Uniqueid"],
            what="the switch to hang up",
            start=start,
        )
        return [
            event["Channel"]
            for event in ami.events[start:]
            if event.get("Event") == "Newchannel"
            and event.get("Linkedid") == own["Uniqueid"]
            and event.get("Uniqueid") != own["Uniqueid"]
        ]


NOT_A_CALL = {400, 404, 408, 414, 416, 484}
"""What the switch answers to what it does not even take for a call."""


async def _something_happens(call: Call) -> None:
    """Somebody is called, the caller hears something, or the call ends."""
    await call.until(
        lambda: call.audio.connected or call.is_over or _was_dialed(call),
        "the switch to do something",
        timeout=40,
        also_ended=True,
    )


def _was_dialed(call: Call) -> bool:
    return call.is_answered or 180 in call.statuses


def _readable(user: bytes) -> str:
    return unescape(user).decode("utf-8", "backslashreplace")


def _report(faults: list[str], tried: int) -> str:
    return f"{len(faults)} of {tried} strings (seed {SEED}):\n" + "\n".join(faults)


@pytest.mark.parametrize("gate", ["alive", "dead"])
async def test_known_attacks_reach_nothing_and_their_harmless_relatives_only_themselves(
    world: World, lines: dict[str, Line], gate: str
) -> None:
    line = lines[gate]
    cases = attacks(line.trunks[0], line.account.slug)
    async with Attempts(world, line) as attempts:
        results = await attempts.all([(case.data, LEGAL) for case in cases])

    faults = [
        f"{case.data!r}: {wrong}"
        for case, tried in zip(cases, results, strict=True)
        if (wrong := _wrong(case, tried, gate))
    ]
    assert not faults, _report(faults, len(cases))


def _wrong(case: Hostile, tried: Tried, gate: str) -> str:
    if fault := tried.fault(code_was_typed=False):
        return fault
    if not tried.numbers:
        # Without the gate only emergency calls must get through, however they are written.
        needed = case.dials if gate == "alive" else case.dials & EMERGENCY
        return f"nothing dialed ({tried.status})" if needed and not case.maybe else ""
    if tried.numbers[0] not in case.dials:
        return f"dialed {tried.numbers}, not {sorted(case.dials) or 'nothing'}"
    return ""


async def test_with_the_right_code_only_the_number_that_was_judged_is_dialed(
    world: World, line: Line
) -> None:
    cases = attacks(line.trunks[0], line.account.slug)[:: 1 if WHOLE else 6]
    async with Attempts(world, line) as attempts:
        results = await attempts.all([(case.data, LEGAL) for case in cases], code=CODE)

    faults = [f"{one.text!r}: {wrong}" for one in results if (wrong := one.fault(True))]
    assert not faults, _report(faults, len(cases))
    assert any(not is_harmless(number) for one in results for number in one.numbers)


@pytest.mark.timeout(3600 if WHOLE else 300)
@pytest.mark.parametrize("gate", ["alive", "dead"])
async def test_nothing_that_chance_writes_gets_around_the_gate(
    world: World, lines: dict[str, Line], gate: str
) -> None:
    line = lines[gate]
    chance = random.Random(f"{SEED} {gate}")
    strings = [
        (fuzzed(chance, line.trunks[0], line.account.slug), chance.choice(WRITTEN))
        for _ in range(COUNT)
    ]
    # Ordinary calls among them, or a switch that refuses everything would pass.
    strings[::20] = [(LOCAL.encode(), LEGAL)] * len(strings[::20])
    async with Attempts(world, line) as attempts:
        results: list[Tried] = []
        for start in range(0, COUNT, 500):
            results += await attempts.all(strings[start : start + 500])
            world.pbx_ami.forget()

    faults = [f"{one.text!r}: {wrong}" for one in results if (wrong := one.fault(False))]
    faults += [f"{LOCAL}: {one.numbers}" for one in results[::20] if one.numbers != [LOCAL_CLEAN]]
    out = sum(bool(one.numbers) for one in results)
    tell(f"strings, gate {gate}: {len(results)} tried, {out} dialed, {len(faults)} around the gate")
    assert not faults, _report(faults, len(results))


@pytest.fixture
def lines(line: Line, line_without_gate: Line) -> dict[str, Line]:
    return {"alive": line, "dead": line_without_gate}
