"""Calls of switches that ask over HTTP: the gate's flow and records, a step for each request.

What is kept between two requests is the flow's state, never the digits entered. Every step is
answered once and its answer kept: a request that is repeated gets the same and counts nothing.
"""

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from callmark.accounts.models import Account, User
from callmark.api.models import ControlledCall
from callmark.api.policies import policy_of
from callmark.api.problems import Problem
from callmark.calls.queries import lockout_rule, recent_wrong_entries
from callmark.calls.recording import store_entry
from callmark.gate.driver import Entries, now_iso
from callmark.gate.lockouts import Lockouts, UserCounter
from callmark.gate.records import (
    AttemptRecord,
    CallDecided,
    CallEnded,
    SpoolEntry,
    call_record_id,
    to_json,
)
from callmark.policy.dialing import CallType, Classification, classify
from callmark.policy.flow import (
    Action,
    Attempted,
    CallContext,
    CallFlow,
    Collect,
    Connect,
    Digits,
    End,
    HungUp,
    Outcome,
    Play,
    SuspendedFlow,
    Tag,
)
from callmark.policy.prompts import Prompt, prompt_file, prompt_text
from callmark.policy.settings import CodeSwitches, EffectiveSettings

log = logging.getLogger("callmark.api")

SWITCH = "api"
FORGOTTEN_AFTER = timedelta(minutes=10)
"""A call that nobody has asked about for so long at the prompt was abandoned."""

KEPT_FOR = timedelta(days=2)
_AT_ONCE = 20

Step = dict[str, Any]
"""What a step is answered: the fields of the API's NextAction, as JSON."""


@dataclass(frozen=True, slots=True)
class StartOfCall:
    """What a switch says when a user dials."""

    call_id: str
    user: User
    dialed: str
    caller: str = ""
    linked_id: str = ""

    def as_json(self) -> dict[str, str]:
        """To tell whether a repeated request is the same."""
        return {
            "user_id": str(self.user.pk),
            "dialed": self.dialed,
            "caller": self.caller,
            "linked_id": self.linked_id,
        }


@dataclass(frozen=True, slots=True)
class EndOfCall:
    """How a call went. ``seconds`` is talk time after answer."""

    ended_at: datetime
    answered_at: datetime | None
    seconds: int
    disposition: str


@transaction.atomic
def start_call(account: Account, start: StartOfCall) -> Step:
    """A user dialled: connect, or ask for a code. The same ``call_id`` again: the same answer."""
    _one_at_a_time(start.user)
    record_id = call_record_id(f"{SWITCH}:{account.pk}", start.call_id)
    known = ControlledCall.objects.filter(account=account, pk=record_id).first()
    if known is not None:
        return _same_start(known, start)
    close_forgotten_calls(account)
    policy = policy_of(account)
    user = policy.users[str(start.user.pk)]
    settings, classification = policy.effective(user), classify(start.dialed, user.plan)
    counter = _counter(start.user)
    context = CallContext(settings, classification, policy.codes, counter.left())
    row = ControlledCall(
        id=record_id,
        account=account,
        user=start.user,
        call_id=start.call_id,
        request=start.as_json(),
        state={"started_at": now_iso()},
    )
    session = _Session(row, context, CallFlow(context), Entries(counter, "prompt"))
    answer = session.step("start", session.flow.start())
    _insert(row)
    return answer


def _same_start(known: ControlledCall, start: StartOfCall) -> Step:
    if known.request != start.as_json():
        raise _call_id_in_use()
    return _answer(known, "start")


def _call_id_in_use() -> Problem:
    return Problem(
        409,
        "call_id_in_use",
        "This call_id was used for another call: give each call an id of its own.",
        field="call_id",
    )


def _insert(row: ControlledCall) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise _call_id_in_use() from None


@transaction.atomic
def enter_digits(call: ControlledCall, sequence: int, digits: str) -> Step:
    """The caller made entry number ``sequence`` (from 1); '' is silence."""
    call = _locked(call)
    if str(sequence) in call.answers:
        return _answer(call, str(sequence))
    expected = 1 + sum(name.isdigit() for name in call.answers)
    if call.finished:
        raise Problem(409, "call_finished", "No code is asked for any more on this call.")
    if sequence != expected:
        raise Problem(
            409,
            "out_of_sequence",
            f"Number the entries of a call from 1: the next one is {expected}.",
            field="sequence",
        )
    session = _Session.resumed(call)
    entry = digits.split("#", 1)[0]
    left = session.entries.wrong_entries_left()
    answer = session.step(str(sequence), session.flow.receive(Digits(entry, left)))
    call.save()
    return answer


@transaction.atomic
def hang_up(call: ControlledCall) -> Step:
    """The caller hung up at the prompt; after the call was decided it changes nothing."""
    call = _locked(call)
    if not call.finished:
        session = _Session.resumed(call)
        session.step("hang_up", session.flow.receive(HungUp()))
        call.save()
    return latest_answer(call)


@transaction.atomic
def end_call(call: ControlledCall, report: EndOfCall) -> Step:
    """The call is over: complete its record, once."""
    call = _locked(call)
    if not call.finished:
        hang_up(call)
        call.refresh_from_db()
    if not call.ended:
        ended = CallEnded(
            id=str(call.pk),
            ended_at=report.ended_at.isoformat(),
            answered_at=report.answered_at.isoformat() if report.answered_at else None,
            seconds=report.seconds,
            disposition=report.disposition,
        )
        _store(ended)
        nothing: Step = {"action": "none", "prompts": [], "collect": None}
        call.answers |= {"end": latest_answer(call) | nothing, "latest": "end"}
        call.ended = True
        call.save()
    return latest_answer(call)


def latest_answer(call: ControlledCall) -> Step:
    """What is to be done now."""
    return _answer(call, call.answers["latest"])


def close_forgotten_calls(account: Account) -> None:
    """Record calls that were left at the prompt as abandoned, and forget answers long given."""
    now = timezone.now()
    calls = ControlledCall.objects.filter(account=account)
    waiting = calls.filter(finished=False, touched_at__lt=now - FORGOTTEN_AFTER)
    for call in list(waiting.select_for_update(skip_locked=True)[:_AT_ONCE]):
        session = _Session.resumed(call)
        session.step("hang_up", session.flow.receive(HungUp()))
        call.save()
    old = calls.filter(finished=True, touched_at__lt=now - KEPT_FOR)
    calls.filter(pk__in=list(old.values_list("pk", flat=True)[:_AT_ONCE])).delete()


def _answer(call: ControlledCall, step: str) -> Step:
    answer: Step = call.answers[step]
    return answer


def _locked(call: ControlledCall) -> ControlledCall:
    _one_at_a_time(call.user)
    return ControlledCall.objects.select_for_update(of=("self",)).get(pk=call.pk)


def _one_at_a_time(user: User) -> None:
    """A user's entries are counted one after the other, or two calls could share the last try."""
    User.objects.select_for_update().get(pk=user.pk)


def _counter(user: User) -> UserCounter:
    """The lockout over calls, those still at a prompt included."""
    at_a_prompt = ControlledCall.objects.filter(user=user, finished=False)
    guesses = [
        datetime.fromisoformat(attempt["at"])
        for state in at_a_prompt.values_list("state", flat=True)
        for attempt in state["attempts"]
        if attempt["counts_as_guess"]
    ]
    known = recent_wrong_entries([user], {user.pk: guesses})
    return Lockouts(lockout_rule(), known).counter(str(user.pk))


@dataclass(slots=True)
class _Session:
    """One step of one call: the flow taken up, its actions turned into an answer."""

    call: ControlledCall
    context: CallContext
    flow: CallFlow
    entries: Entries
    _prompts: list[Step] = field(default_factory=list)
    _collect: Step | None = None

    @classmethod
    def resumed(cls, call: ControlledCall) -> "_Session":
        state = call.state
        settings = dict(state["settings"])
        switches = CodeSwitches(**settings.pop("switches"))
        context = CallContext(
            EffectiveSettings(**settings, switches=switches),
            _classification(state["classification"]),
            policy_of(call.account).codes,
        )
        suspended = SuspendedFlow(state["wrong_entries"], tuple(state["why"]))
        entries = Entries(_counter(call.user), "prompt")
        entries.attempts = [AttemptRecord(**attempt) for attempt in state["attempts"]]
        return cls(call, context, CallFlow.resume(context, suspended), entries)

    def step(self, name: str, actions: Iterable[Action]) -> Step:
        """Carry the actions out as far as we can, and tell the switch the rest."""
        decided = None
        for action in actions:
            match action:
                case Attempted():
                    self.entries.add_attempt(action)
                case Tag():
                    self.entries.set_tag(action)
                case Play(prompt, wait):
                    self._add_prompt(prompt, wait=wait, interruptible=False)
                case Collect():
                    self._ask(action)
                case Connect(outcome) | End(outcome):
                    decided = action
                    self._record(outcome)
        self._keep(decided is not None)
        answer = self._answer(decided)
        self.call.answers |= {name: answer, "latest": name}
        return answer

    def _ask(self, request: Collect) -> None:
        if request.prompt is not None:
            self._add_prompt(request.prompt, wait=False, interruptible=True)
        self._collect = {
            "sequence": 1 + len(self.entries.attempts),
            "max_digits": request.max_digits,
            "first_digit_seconds": request.first_digit_seconds,
            "between_digits_seconds": request.between_digits_seconds,
            "terminator": request.terminator,
        }

    def _add_prompt(self, prompt: Prompt, *, wait: bool, interruptible: bool) -> None:
        length = self.context.settings.code_length
        self._prompts.append(
            {
                "prompt": prompt.value,
                "text": prompt_text(prompt, length),
                "file": prompt_file(prompt, length),
                "wait": wait,
                "interruptible": interruptible,
            }
        )

    def _keep(self, finished: bool) -> None:
        self.call.finished = finished
        if finished:
            self.call.state = {}
            return
        suspended = self.flow.suspend()
        found = self.context.classification
        self.call.state |= {
            "settings": asdict(self.context.settings),
            "classification": {
                "dialed": found.dialed,
                "call_type": found.call_type.value,
                "types": sorted(found.types),
                "e164": found.e164,
                "why": list(found.why),
            },
            "wrong_entries": suspended.wrong_entries,
            "why": list(suspended.why),
            "attempts": [asdict(attempt) for attempt in self.entries.attempts],
        }

    def _answer(self, decided: Connect | End | None) -> Step:
        found, tag = self.context.classification, self.entries.tag
        action = {Connect: "connect", End: "end"}.get(type(decided), "collect")
        return {
            "id": str(self.call.pk),
            "call_id": self.call.call_id,
            "action": action,
            "prompts": self._prompts,
            "collect": self._collect,
            "outcome": decided.outcome.value if decided else None,
            "call_type": found.call_type.value,
            "e164": found.e164,
            "account_code": {"id": tag.code_id, "name": tag.code_name} if tag else None,
            "why": list(self.flow.why),
        }

    def _record(self, outcome: Outcome) -> None:
        call, found = self.call, self.context.classification
        internal = found.call_type is CallType.INTERNAL
        record = CallDecided(
            id=str(call.pk),
            switch=SWITCH,
            call_id=call.call_id,
            linked_id=call.request["linked_id"] or call.call_id,
            account_id=str(call.account_id),
            user_id=str(call.user_id),
            direction="internal" if internal else "outbound",
            caller=call.request["caller"],
            dialed=found.dialed,
            e164=found.e164,
            call_type=found.call_type.value,
            started_at=call.state["started_at"],
            outcome=outcome.value,
            attempts=tuple(self.entries.attempts),
            tag=self.entries.tag if outcome is Outcome.CONNECTED else None,
            why=tuple(self.flow.why),
        )
        try:
            _store(record)
        except DatabaseError:
            if found.call_type is not CallType.EMERGENCY:
                raise
            log.error("an emergency call goes on although it cannot be recorded")


def _store(entry: SpoolEntry) -> None:
    with transaction.atomic():
        store_entry(to_json(entry))


def _classification(kept: dict[str, Any]) -> Classification:
    return Classification(
        kept["dialed"],
        CallType(kept["call_type"]),
        frozenset(CallType(one) for one in kept["types"]),
        kept["e164"],
        tuple(kept["why"]),
    )


def call_of(account: Account, call_id: UUID) -> ControlledCall | None:
    """The account's call with this id."""
    calls = ControlledCall.objects.filter(account=account, pk=call_id)
    return calls.select_related("account", "user").first()


def talk_seconds(answered_at: datetime | None, ended_at: datetime) -> int:
    """Talk time when the switch does not tell it."""
    if answered_at is None:
        return 0
    return max(0, int((ended_at.astimezone(UTC) - answered_at).total_seconds()))
