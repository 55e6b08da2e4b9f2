"""Drive one call's flow over any switch: the only loop that turns actions into a phone call.

A switch adapter implements :class:`SwitchPort`; :class:`callmark.gate.gate.Gate` calls the
functions here. The record is durable before the call goes on.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal, Protocol

from callmark.gate.records import AttemptRecord, TagRecord
from callmark.keys.installed import keyring
from callmark.policy.flow import (
    Attempted,
    CallFlow,
    Collect,
    Connect,
    Digits,
    End,
    Outcome,
    Play,
    Tag,
)
from callmark.policy.prompts import Prompt
from callmark.policy.tagging import MidCallTagging, Resume, TaggingAction


class CallerHungUp(Exception):
    """Raised by a port when the caller is gone; the driver records it."""


class SwitchPort(Protocol):
    """What a switch must be able to do for the gate. All raise :class:`CallerHungUp`."""

    async def play(self, prompt: Prompt, code_length: int, *, wait: bool) -> None:
        """Play a prompt in early media; ``wait`` False returns while it still sounds."""

    async def collect(self, request: Collect, code_length: int) -> str:
        """Play ``request.prompt`` (digits interrupt it) and return the digits entered, or ''."""

    async def connect(self, tag: TagRecord | None) -> None:
        """Let the call go on, with the code's name or id for the switch's own CDR, if tagged."""

    async def end(self) -> None:
        """Hang up the caller."""


class WrongEntryCounter(Protocol):
    """The lockout over calls, for one user."""

    def left(self) -> int | None:
        """Wrong entries left before the lockout, now."""

    def count(self, at: float) -> None:
        """Count one wrong entry, made at this moment (epoch seconds)."""


def now_iso() -> str:
    """The time in UTC, as records carry it."""
    return datetime.now(UTC).isoformat()


EnteredBy = Literal["prompt", "star_code"]


class Entries:
    """The attempts and the tag that one flow has brought so far, for the record."""

    def __init__(self, counter: WrongEntryCounter, entered_by: EnteredBy) -> None:
        self._counter = counter
        self._entered_by = entered_by
        self.attempts: list[AttemptRecord] = []
        self.tag: TagRecord | None = None

    def add_attempt(self, action: Attempted) -> None:
        """Note an entry's result and count a guess towards the lockout."""
        # One moment for the count and the record: they are told to be the same entry by it.
        at = datetime.now(UTC)
        guess = action.counts_as_guess
        self.attempts.append(
            AttemptRecord(action.result.value, at.isoformat(), self._entered_by, guess)
        )
        if guess:
            self._counter.count(at.timestamp())

    def set_tag(self, action: Tag) -> None:
        """Note the accepted code."""
        known = action.known
        self.tag = TagRecord(
            code=keyring().encrypt(action.code),
            code_id=known.id if known else None,
            code_name=known.name if known else "",
            entered_by=self._entered_by,
        )
        if known:
            self.attempts[-1] = replace(self.attempts[-1], account_code_name=known.name)

    def wrong_entries_left(self) -> int | None:
        """What the lockout over calls still allows, now."""
        return self._counter.left()


async def drive_call(
    flow: CallFlow,
    port: SwitchPort,
    entries: Entries,
    code_length: int,
    write_record: Callable[[Outcome], Awaitable[None]],
) -> Outcome:
    """Run one outbound call to connect or end. ``write_record`` must not return before the record
    is durable; what it raises ends the drive, and the switch's fail policy takes over.
    """
    actions = flow.start()
    try:
        while True:
            digits = None
            for action in actions:
                match action:
                    case Connect(outcome):
                        await write_record(outcome)
                        await port.connect(entries.tag)
                        return outcome
                    case End(outcome):
                        await write_record(outcome)
                        await port.end()
                        return outcome
                    case Attempted():
                        entries.add_attempt(action)
                    case Tag():
                        entries.set_tag(action)
                    case Play(prompt, wait):
                        await port.play(prompt, code_length, wait=wait)
                    case Collect():
                        digits = await port.collect(action, code_length)
            if digits is None:
                raise RuntimeError("the flow neither finished nor asked for digits")
            actions = flow.receive(Digits(digits, entries.wrong_entries_left()))
    except CallerHungUp:
        return await _record_hang_up(flow, write_record)


async def _record_hang_up(
    flow: CallFlow, write_record: Callable[[Outcome], Awaitable[None]]
) -> Outcome:
    before = flow.outcome
    if before in {Outcome.NOT_GATED, Outcome.CONNECTED}:
        # Hung up in the instant of connecting: the record is written and says what was decided.
        return before
    outcome = flow.hang_up()
    await write_record(outcome)
    return outcome


async def drive_tagging(
    tagging: MidCallTagging, port: SwitchPort, entries: Entries, code_length: int
) -> None:
    """Run one press of the star code until the user is back in the conversation."""
    actions = tagging.start()
    try:
        while not tagging.finished:
            digits = await _carry_out_tagging(actions, port, entries, code_length)
            actions = tagging.receive(Digits(digits, entries.wrong_entries_left()))
        await _carry_out_tagging(actions, port, entries, code_length)
    except CallerHungUp:
        return


async def _carry_out_tagging(
    actions: tuple[TaggingAction, ...], port: SwitchPort, entries: Entries, code_length: int
) -> str:
    digits = ""
    for action in actions:
        match action:
            case Attempted():
                entries.add_attempt(action)
            case Tag():
                entries.set_tag(action)
            case Play(prompt, wait):
                await port.play(prompt, code_length, wait=wait)
            case Collect():
                digits = await port.collect(action, code_length)
            case Resume():
                break
    return digits
