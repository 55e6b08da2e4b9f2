"""Calls of switches that ask over HTTP: the gate's flow and records, a step for each request.

What is kept between two requests is the flow's state, never the digits entered. Every step is
answered once and its answer kept: a request that is repeated gets the same and counts nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from callmark.accounts.models import Account, User
from callmark.api.call_session import SWITCH, CallSession, Step, counter_of, store
from callmark.api.models import ControlledCall
from callmark.api.policies import policy_of
from callmark.api.problems import Problem, not_found
from callmark.gate.building import ended_record
from callmark.gate.driver import Entries, now_iso
from callmark.gate.records import call_record_id
from callmark.policy.dialing import classify
from callmark.policy.flow import CallContext, CallFlow, Digits, HungUp

FORGOTTEN_AFTER = timedelta(minutes=10)
"""A call that nobody has asked about for so long at the prompt was abandoned."""

KEPT_FOR = timedelta(days=2)
_AT_ONCE = 20


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
    counter = counter_of(start.user)
    context = CallContext(settings, classification, policy.codes, counter.left())
    row = ControlledCall(
        id=record_id,
        account=account,
        user=start.user,
        call_id=start.call_id,
        request=start.as_json(),
        state={"started_at": now_iso()},
    )
    session = CallSession(row, context, CallFlow(context), Entries(counter, "prompt"))
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
    session = CallSession.resumed(call)
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
        session = CallSession.resumed(call)
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
        ended = ended_record(
            str(call.pk),
            ended_at=report.ended_at,
            answered_at=report.answered_at,
            seconds=report.seconds,
            disposition=report.disposition,
        )
        store(ended)
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
        session = CallSession.resumed(call)
        session.step("hang_up", session.flow.receive(HungUp()))
        call.save()
    old = calls.filter(finished=True, touched_at__lt=now - KEPT_FOR)
    calls.filter(pk__in=list(old.values_list("pk", flat=True)[:_AT_ONCE])).delete()


def _answer(call: ControlledCall, step: str) -> Step:
    answer: Step = call.answers[step]
    return answer


def _locked(call: ControlledCall) -> ControlledCall:
    if call.user is not None:
        _one_at_a_time(call.user)
    mine = ControlledCall.objects.filter(account=call.account_id)
    return mine.select_for_update(of=("self",)).get(pk=call.pk)


def _one_at_a_time(user: User) -> None:
    """A user's entries are counted one after the other, or two calls could share the last try."""
    mine = User.objects.select_for_update().filter(account=user.account_id, pk=user.pk)
    if not mine.exists():
        raise not_found()


def call_of(account: Account, call_id: UUID) -> ControlledCall | None:
    """The account's call with this id."""
    calls = ControlledCall.objects.filter(account=account, pk=call_id)
    return calls.select_related("account", "user").first()


def talk_seconds(answered_at: datetime | None, ended_at: datetime) -> int:
    """Talk time when the switch does not tell it."""
    if answered_at is None:
        return 0
    return max(0, int((ended_at.astimezone(UTC) - answered_at).total_seconds()))
