"""A real gate with one firm in memory, behind the real server: no database, no switch."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from callmark.calls.records import CallCameIn, LegDecided, LegEnded, LegTagged, Record
from callmark.gate.gate import Gate
from callmark.gate.lockouts import Lockouts
from callmark.gate.share import Share
from callmark.gate.snapshot import AccountPolicy, Endpoint, Snapshot, UserPolicy
from callmark.policy.code_use import KnownCode
from callmark.policy.guessing import LockoutRule
from callmark.policy.numbering import NumberingPlan
from callmark.policy.prompts import PromptLanguage
from callmark.policy.rules import CodeRules
from callmark.policy.settings import AccountSettings, UserSettings
from callmark.switches.freeswitch.legs import Legs
from callmark.switches.freeswitch.server import Limits, SocketServer
from callmark.switches.freeswitch.watcher import EventSocketAddress, Watcher
from callmark.switches.siblings import Siblings
from tests.switches.freeswitch.scripted import EventSocketOfTheSwitch

BEN, CARLA = "u1", "u2"
CODE, CODE_NAME = "4711", "Größe \"&' $5;x\\y, {z}"


def snapshot(language: PromptLanguage | None = None) -> Snapshot:
    """Ben has 101 and Carla 102 of acme.test; calls abroad need a code of four digits."""
    plan = NumberingPlan("US")
    users = {
        one: UserPolicy(one, name, UserSettings(enabled=True), plan)
        for one, name in ((BEN, "Ben"), (CARLA, "Carla"))
    }
    settings = AccountSettings(4, 3, True, CodeRules(international=True, validate=True))
    codes = {CODE: KnownCode("c1", CODE_NAME)}
    account = AccountPolicy("a1", "acme", settings, users, codes, plan, language=language)
    phones = {
        ("main", "101@acme.test"): Endpoint("a1", BEN, "101"),
        ("main", "102@acme.test"): Endpoint("a1", CARLA, "102"),
    }
    return Snapshot({"a1": account}, phones)


@dataclass
class Served:
    """The gate, its table of legs, and what it has written down."""

    gate: Gate
    legs: Legs = field(default_factory=Legs)
    records: list[Record] = field(default_factory=list)
    server: SocketServer | None = None

    @property
    def port(self) -> int:
        assert self.server is not None
        return self.server.port

    @property
    def decided(self) -> list[LegDecided]:
        return [one for one in self.records if isinstance(one, LegDecided)]

    @property
    def ended(self) -> list[LegEnded]:
        return [one for one in self.records if isinstance(one, LegEnded)]

    @property
    def tagged(self) -> list[LegTagged]:
        return [one for one in self.records if isinstance(one, LegTagged)]

    @property
    def came_in(self) -> list[CallCameIn]:
        return [one for one in self.records if isinstance(one, CallCameIn)]


@asynccontextmanager
async def serving(
    limits: Limits | None = None,
    language: PromptLanguage | None = None,
    siblings: Siblings | None = None,
) -> AsyncIterator[Served]:
    """Behind the server for calls."""
    records: list[Record] = []

    async def append(record: Record) -> None:
        records.append(record)

    now = partial(snapshot, language)
    gate = Gate(now, Lockouts(LockoutRule()), append, lambda code: f"sealed {len(code)}")
    served = Served(gate, records=records)
    served.server = SocketServer(gate, served.legs, port=0, limits=limits, siblings=siblings)
    await served.server.start()
    try:
        yield served
    finally:
        await served.server.close(0)


@asynccontextmanager
async def following(
    share: Share | None = None,
) -> AsyncIterator[tuple[Served, EventSocketOfTheSwitch]]:
    """Behind both, with a switch that tells of all its channels."""
    switch = EventSocketOfTheSwitch()
    address = EventSocketAddress("127.0.0.1", await switch.start(), switch.password)
    async with serving() as served:
        watcher = Watcher(
            served.gate, served.legs, "main", address, first_retry_seconds=0.01, share=share
        )
        watcher.start()
        await watcher.listening.wait()
        try:
            yield served, switch
        finally:
            await watcher.close(2)
            switch.close()


async def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait for something that the gate does in its own time."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


class Time(asyncio.SelectorEventLoop):
    """The loop's own time, of which more can pass: whatever waits in it with a limit gives up."""

    passed = 0.0

    def time(self) -> float:
        return super().time() + self.passed


def let_time_pass(seconds: float) -> None:
    """At once, for everything in this loop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Time)
    loop.passed += seconds


def run(test: Callable[[], Awaitable[None]], seconds: float = 60) -> None:
    async def limited() -> None:
        async with asyncio.timeout(seconds):
            await test()

    with asyncio.Runner(loop_factory=Time) as runner:
        runner.run(limited())
