"""The one interpreter of a flow's actions, for every switch: a leg, or a star code during a call.

A switch adapter implements :class:`callmark.switches.port.SwitchPort`. One that stays with the call
(Asterisk) waits in ``collect``; one that is asked anew for each entry (HTTP, the simulator) raises
:class:`Suspended` there, keeps the flow, and comes back with the actions that the entry led to.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from callmark.calls.records import now
from callmark.gate import timings
from callmark.gate.counters import counters
from callmark.gate.entries import Entries
from callmark.policy.code_entry import Attempted, Collect, Digits, Event, HungUp, Play, Tag
from callmark.policy.offered import TagOffered
from callmark.policy.outbound import Connect, End, LegAction, Outcome
from callmark.policy.prompts import Wording
from callmark.policy.tagging import Resume, TaggingAction
from callmark.switches.port import CallerHungUp, Entry, Going, SwitchPort

log = logging.getLogger("callmark.gate")

Result = TypeVar("Result")
Action = LegAction | TaggingAction


class Suspended(Exception):
    """Raised by a port that cannot wait for an entry: the flow is kept until one comes."""


class Flow(Protocol):
    """What the interpreter needs of a flow; those of ``policy`` have it."""

    @property
    def finished(self) -> bool:
        """Whether the last action has been given out."""

    def start(self) -> tuple[Action, ...]:
        """The first actions."""

    def receive(self, event: Event) -> tuple[Action, ...]:
        """The actions that follow from an event."""


@dataclass(slots=True)
class Run:
    """One flow over one port. ``write`` makes the record durable before it returns, or raises.

    ``write`` is given the leg's outcome, or None at the end of a star code. ``number`` is what the
    switch is to dial, ``line`` the outside-line prefix that was taken off it. An ``emergency`` goes
    on before it is written down, and whether or not it can be: 47 U.S.C. 623 and reference
    section 5.
    """

    flow: Flow
    port: SwitchPort
    entries: Entries
    wording: Wording
    write: Callable[[Outcome | None], Awaitable[None]]
    number: str = ""
    emergency: bool = False
    line: str = ""
    written: bool = False
    began: float = field(default_factory=time.perf_counter)
    asked_seconds: float = 0.0
    """What the caller spent listening and typing: not ours."""

    async def to_the_end(self, actions: tuple[Action, ...] | None = None) -> None:
        """Carry out the flow's actions (its first, or ``actions``) until there are no more.

        What ``write`` raises ends the run, and the switch's fail policy takes over.
        """
        try:
            actions = self.flow.start() if actions is None else actions
            while (entry := await self._carry_out(actions)) is not None:
                left = self.entries.wrong_entries_left()
                counters.doubtful_entries += entry.may_have_lost_digits
                at = now().timestamp()
                lost, ended = entry.may_have_lost_digits, entry.terminated
                digits = Digits(entry.digits, left, lost, at, terminated=ended)
                actions = self.flow.receive(digits)
        except CallerHungUp:
            await self.hung_up()

    async def hung_up(self) -> None:
        """The person is gone: write down how far it came, unless that is done."""
        if not self.written:
            await self._carry_out(self.flow.receive(HungUp()), gone=True)

    async def _carry_out(self, actions: tuple[Action, ...], *, gone: bool = False) -> Entry | None:
        entry = None
        for action in actions:
            match action:
                case Attempted():
                    self.entries.add_attempt(action)
                case Tag():
                    self.entries.set_tag(action)
                case TagOffered(offered):
                    self.entries.set_offered(offered)
                case Play(prompt, wait):
                    with self._the_callers_time():
                        await self.port.play(prompt, self.wording, wait=wait)
                case Collect():
                    with self._the_callers_time():
                        entry = await self.port.collect(action, self.wording)
                case Connect(outcome) if self.emergency:
                    await self._emergency(action)
                case Connect(outcome) | End(outcome):
                    await self._write(outcome)
                    if not gone:
                        await self._let_go(action)
                case Resume():
                    await self._write(None)
                    if not gone:
                        await self.port.resume()
        return entry

    async def _write(self, outcome: Outcome | None) -> None:
        await self.write(outcome)
        self.written = True
        if outcome is not None:
            took = time.perf_counter() - self.began
            timings.decisions.add(max(0.0, took - self.asked_seconds))
            if self.asked_seconds:
                timings.prompts.add(self.asked_seconds)

    @contextmanager
    def _the_callers_time(self) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.asked_seconds += time.perf_counter() - started

    async def _emergency(self, action: Connect) -> None:
        with suppress(CallerHungUp):
            await self._let_go(action)
        try:
            await self._write(action.outcome)
        except Exception as problem:
            kind = type(problem).__name__
            log.error("an emergency call went on although it cannot be recorded: %s", kind)

    async def _let_go(self, action: Connect | End) -> None:
        if isinstance(action, End):
            await self.port.end()
            return
        tag, asked = self.entries.tag, action.outcome is Outcome.CONNECTED
        code = (tag.code_name or tag.code_id or "") if tag else ""
        by_entry = asked and bool(self.entries.attempts)
        await self.port.connect(Going(self.number, code, by_entry, self.line))


def run_now(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run something asynchronous that never waits: over a port that answers at once.

    Raises ``RuntimeError`` if it does wait.
    """
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    coroutine.close()
    raise RuntimeError("a port waited that cannot wait")
