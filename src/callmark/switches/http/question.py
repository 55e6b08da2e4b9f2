"""A question between two requests, of a call or of a star code: taken up, carried on, put aside.

What is kept is the flow's state, never the digits entered. Every step is answered once and its
answer kept: a request that is repeated gets the same and counts nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Generic, TypeVar

from django.db import IntegrityError, transaction
from pydantic import BaseModel, field_validator

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.calls.queries import forgiven_until, lockout_rule, recent_guesses
from callmark.calls.records import Attempt, Record, now
from callmark.calls.store import store
from callmark.gate.call import Action, Run, Suspended, run_now
from callmark.gate.entries import Entries
from callmark.gate.lockouts import Lockouts, UserCounter
from callmark.policy.code_entry import Digits, SuspendedEntry
from callmark.policy.outbound import OutboundFlow, Outcome
from callmark.policy.settings import EffectiveSettings
from callmark.policy.tagging import TaggingFlow
from callmark.switches.http.models import HttpCall, HttpTagging
from callmark.switches.http.port import HttpPort, Step

SWITCH = "api"
Row = HttpCall | HttpTagging
OneRow = TypeVar("OneRow", bound=Row)
Flow = TypeVar("Flow", bound=OutboundFlow | TaggingFlow)


class CallControlRefused(Refused):
    """A request that comes at the wrong moment; ``status`` as HTTP knows it."""

    def __init__(self, message: str, field: str | None, *, code: str, status: int = 409) -> None:
        super().__init__(message, field, code=code)
        self.status = status


class State(BaseModel):
    """What is kept of a question that waits for an entry: ``state`` of its row."""

    settings: EffectiveSettings
    wrong_entries: int
    why: tuple[str, ...] = ()
    # They hold no digits.
    attempts: list[Attempt]

    @field_validator("settings", mode="before")
    @classmethod
    def _as_0_1_kept_it(cls, kept: object) -> object:
        """A question that waits while Callmark is updated has the rules under their former name."""
        if isinstance(kept, dict) and "switches" in kept:
            return {"rules" if name == "switches" else name: one for name, one in kept.items()}
        return kept

    @property
    def suspended(self) -> SuspendedEntry:
        """How far the entry had come."""
        return SuspendedEntry(self.wrong_entries, self.why)


class Question(ABC, Generic[OneRow, Flow]):
    """One step of a question: the flow taken up, its actions turned into an answer that is kept."""

    def __init__(
        self, row: OneRow, flow: Flow, entries: Entries, settings: EffectiveSettings
    ) -> None:
        self.row, self.flow, self.entries, self._settings = row, flow, entries, settings
        # What the switch is to dial.
        self.number = ""
        self.emergency = False

    @abstractmethod
    def write(self, outcome: Outcome | None) -> None:
        """Store the record: of an outcome, or None for a star code."""

    @abstractmethod
    def told(self, port: HttpPort) -> Step:
        """What an answer tells besides what all do."""

    def begin(self) -> Step:
        """The first step."""
        return self._carry_on("start", None)

    def receive(self, sequence: int, digits: str) -> Step:
        """An entry was made; '' is silence."""
        left, at = self.entries.wrong_entries_left(), now().timestamp()
        entry, terminator, _ = digits.partition("#")
        event = Digits(entry, left, at=at, terminated=bool(terminator))
        return self._carry_on(str(sequence), self.flow.receive(event))

    def hang_up(self) -> Step:
        """The person hung up: what was entered so far is on record."""
        port = self._port()
        run_now(self._run(port).hung_up())
        port.action = "resume" if isinstance(self.flow, TaggingFlow) else "end"
        return self._answer("hang_up", port)

    def state(self) -> State:
        """How far it has come."""
        suspended = self.flow.suspend()
        return State(
            settings=self._settings,
            wrong_entries=suspended.wrong_entries,
            why=suspended.why,
            attempts=self.entries.attempts,
        )

    def _carry_on(self, step: str, actions: tuple[Action, ...] | None) -> Step:
        port = self._port()
        with suppress(Suspended):
            run_now(self._run(port).to_the_end(actions))
        return self._answer(step, port)

    def _port(self) -> HttpPort:
        return HttpPort(self._next_sequence)

    def _next_sequence(self) -> int:
        """The number of the next entry; one that was dialed with the number was not asked for."""
        return 1 + sum(one.entered_by != "dialed" for one in self.entries.attempts)

    def _run(self, port: HttpPort) -> Run:
        async def write(outcome: Outcome | None) -> None:
            self.write(outcome)

        wording = self._settings.wording
        return Run(
            self.flow, port, self.entries, wording, write, self.number, emergency=self.emergency
        )

    def _answer(self, step: str, port: HttpPort) -> Step:
        """Keep how far it came, and what the step is answered."""
        row, tag = self.row, self.entries.tag
        row.finished = self.flow.finished
        row.state = {} if row.finished else self.state().model_dump(mode="json")
        # Without the digits.
        code = {"id": tag.code_id, "name": tag.code_name} if tag else None
        return keep_answer(row, step, port, self.told(port) | {"account_code": code})


def one_at_a_time(user: User) -> None:
    """A user's entries are counted one after the other, or two calls could share the last try."""
    mine = User.objects.of(user.account_id).select_for_update(no_key=True).filter(pk=user.pk)
    if not mine.exists():
        raise CallControlRefused(
            "There is nothing here that you may see: check the ids.",
            None,
            code="not_found",
            status=404,
        )


def counter_of(user: User) -> UserCounter:
    """The lockout over calls, those still at a prompt included."""
    calls = HttpCall.objects.of(user).filter(finished=False)
    taggings = HttpTagging.objects.of(user).filter(finished=False)
    guesses = [
        datetime.fromisoformat(attempt["at"]).timestamp()
        for rows in (calls, taggings)
        for state in rows.values_list("state", flat=True)
        for attempt in state["attempts"]
        if attempt["counts_as_guess"]
    ]
    user_id = str(user.pk)
    on_record = recent_guesses([user]).get(user_id, [])
    lockouts = Lockouts(lockout_rule(), {user_id: [*on_record, *guesses]})
    return lockouts.counter(user_id, forgiven_until([user]).get(user_id, 0.0))


def store_now(record: Record) -> None:
    """Write to the call's record, as the gate's spool does; its own savepoint."""
    with transaction.atomic():
        store([record])


def insert(row: Row, id_in_use: Callable[[], CallControlRefused]) -> None:
    """Store a new row, unless its id was used for another one."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise id_in_use() from None


def keep_answer(row: Row, step: str, port: HttpPort, told: Step) -> Step:
    """Answer a step with what the port was asked to do, and what else is told."""
    does: Step = {"action": port.action, "prompts": port.prompts, "collect": port.to_collect}
    row.answers |= {step: {"id": str(row.pk)} | does | told, "latest": step}
    return row.answer()
