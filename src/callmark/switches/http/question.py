"""A question between two requests, of a call or of a star code: taken up, carried on, put aside.

What is kept is the flow's state, never the digits entered. Every step is answered once and its
answer kept: a request that is repeated gets the same and counts nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.calls.queries import forgiven_until, lockout_rule, recent_guesses
from callmark.calls.records import Attempt, CodeTag, Record
from callmark.calls.store import store
from callmark.gate.call import Action, Run, Suspended, run_now
from callmark.gate.entries import Entries
from callmark.gate.lockouts import Lockouts, UserCounter
from callmark.policy.code_entry import Digits, SuspendedEntry
from callmark.policy.outbound import OutboundFlow, Outcome
from callmark.policy.settings import CodeSwitches, EffectiveSettings
from callmark.policy.tagging import TaggingFlow
from callmark.switches.http.models import HttpCall, HttpTagging
from callmark.switches.http.port import HttpPort, Step

SWITCH = "api"


class CallControlRefused(Refused):
    """A request that comes at the wrong moment; ``status`` as HTTP knows it."""

    def __init__(self, message: str, field: str | None, *, code: str, status: int = 409) -> None:
        super().__init__(message, field, code=code)
        self.status = status


@dataclass(slots=True)
class Question:
    """One step of a question: the flow taken up, its actions turned into an answer.

    ``write`` stores the record: of an outcome, or None for a star code. ``number`` is what the
    switch is to dial.
    """

    row: HttpCall | HttpTagging
    flow: OutboundFlow | TaggingFlow
    entries: Entries
    settings: EffectiveSettings
    write: Callable[[Outcome | None], None]
    emergency: bool = False
    number: str = ""

    def begin(self) -> HttpPort:
        """The first step."""
        return self._carry_on(None)

    def receive(self, digits: str) -> HttpPort:
        """An entry was made; '' is silence."""
        event = Digits(digits.split("#", 1)[0], self.entries.wrong_entries_left())
        return self._carry_on(self.flow.receive(event))

    def hang_up(self) -> HttpPort:
        """The person hung up: what was entered so far is on record."""
        port = self._port()
        run_now(self._run(port).hung_up())
        self._keep()
        port.action = "resume" if isinstance(self.flow, TaggingFlow) else "end"
        return port

    def answer(self, name: str, answer: Step) -> Step:
        """Keep what a step was answered."""
        self.row.answers |= {name: answer, "latest": name}
        return answer

    def _carry_on(self, actions: tuple[Action, ...] | None) -> HttpPort:
        port = self._port()
        with suppress(Suspended):
            run_now(self._run(port).to_the_end(actions))
        self._keep()
        return port

    def _port(self) -> HttpPort:
        return HttpPort(lambda: 1 + len(self.entries.attempts))

    def _run(self, port: HttpPort) -> Run:
        async def write(outcome: Outcome | None) -> None:
            self.write(outcome)

        length = self.settings.code_length
        return Run(
            self.flow, port, self.entries, length, write, self.number, emergency=self.emergency
        )

    def _keep(self) -> None:
        self.row.finished = self.flow.finished
        if self.row.finished:
            self.row.state = {}
            return
        suspended = self.flow.suspend()
        self.row.state = (self.row.state or {}) | {
            "settings": asdict(self.settings),
            "wrong_entries": suspended.wrong_entries,
            "why": list(suspended.why),
            "attempts": [one.model_dump(mode="json") for one in self.entries.attempts],
        }


def one_at_a_time(user: User) -> None:
    """A user's entries are counted one after the other, or two calls could share the last try."""
    mine = User.objects.of(user.account_id).select_for_update().filter(pk=user.pk)
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


def kept_answer(row: HttpCall | HttpTagging, step: str) -> Step:
    """What this step was answered, word for word."""
    answer: Step = row.answers[step]
    return answer


def latest_answer(row: HttpCall | HttpTagging) -> Step:
    """What is to be done now."""
    return kept_answer(row, row.answers["latest"])


def check_order(answers: Mapping[str, Step], sequence: int) -> None:
    """Entries come one after the other."""
    expected = 1 + sum(name.isdigit() for name in answers)
    if sequence != expected:
        raise CallControlRefused(
            f"Number the entries from 1: the next one is {expected}.",
            "sequence",
            code="out_of_sequence",
        )


def code_step(tag: CodeTag | None) -> Step | None:
    """The code that was accepted, without its digits."""
    return {"id": tag.code_id, "name": tag.code_name} if tag else None


def settings_from(kept: Mapping[str, Any]) -> EffectiveSettings:
    """The settings as they were at the start, to go on with."""
    values = dict(kept)
    switches = CodeSwitches(**values.pop("switches"))
    return EffectiveSettings(**values, switches=switches)


def suspended_from(state: Mapping[str, Any]) -> SuspendedEntry:
    """How far the entry had come."""
    return SuspendedEntry(state["wrong_entries"], tuple(state.get("why", ())))


def attempts_from(kept: Iterable[Mapping[str, Any]]) -> list[Attempt]:
    """The entries made so far; they hold no digits."""
    return [Attempt.model_validate(attempt) for attempt in kept]
