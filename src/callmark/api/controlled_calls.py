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
from callmark.api.call_session import CallSession, identity_of
from callmark.api.models import ControlledCall, ControlledTagging
from callmark.api.policies import policy_of
from callmark.api.problems import Problem
from callmark.api.steps import SWITCH, Step, check_order, counter_of, one_at_a_time, store
from callmark.api.tagging_session import TaggingSession
from callmark.calls.models import Direction
from callmark.gate.building import OutboundLeg, decided_record, ended_record, inbound_record
from callmark.gate.driver import Entries, now_iso
from callmark.gate.records import call_record_id
from callmark.policy.dialing import classify
from callmark.policy.flow import CallContext, CallFlow, Digits, HungUp, Outcome

FORGOTTEN_AFTER = timedelta(minutes=10)
"""A call that nobody has asked about for so long at the prompt was abandoned."""

KEPT_FOR = timedelta(days=2)
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class StartOfCall:
    """What a switch says when a user dials, or when a call comes in for one."""

    call_id: str
    user: User
    dialed: str
    caller: str = ""
    linked_id: str = ""
    direction: Direction = Direction.OUTBOUND

    def as_json(self) -> dict[str, str]:
        """To tell whether a repeated request is the same."""
        return {
            "user_id": str(self.user.pk),
            "dialed": self.dialed,
            "caller": self.caller,
            "linked_id": self.linked_id,
            "direction": self.direction.value,
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
    """A user dialled: connect, or ask for a code. The same ``call_id`` again: the same answer.

    A call that came in connects at once: nobody is asked.
    """
    one_at_a_time(start.user)
    record_id = record_id_of(account, start.call_id)
    known = ControlledCall.objects.of(account).filter(pk=record_id).first()
    if known is not None:
        return _same_start(known, start)
    close_forgotten(account)
    if start.direction is Direction.INBOUND:
        return record_unasked(account, start)
    policy = policy_of(account)
    user = policy.users[str(start.user.pk)]
    settings, classification = policy.effective(user), classify(start.dialed, user.plan)
    counter = counter_of(start.user)
    context = CallContext(settings, classification, policy.codes, counter.left())
    row = _new_row(account, start)
    row.state = {"started_at": now_iso()}
    session = CallSession(row, context, CallFlow(context), Entries(counter, "prompt"))
    answer = session.step("start", session.flow.start())
    _insert(row)
    return answer


def record_unasked(account: Account, start: StartOfCall) -> Step:
    """Record a call that goes on without a question: it came in, or the switch did not ask."""
    row = _new_row(account, start)
    if start.direction is Direction.INBOUND:
        record = inbound_record(identity_of(row), start.caller, start.dialed, now_iso())
    else:
        plan = policy_of(account).users[str(start.user.pk)].plan
        leg = OutboundLeg(start.caller, classify(start.dialed, plan), now_iso())
        why = (*leg.classification.why, "the switch let it go on without asking Callmark")
        record = decided_record(identity_of(row), leg, Outcome.NOT_GATED.value, why)
    answer: Step = {
        "id": str(row.pk),
        "call_id": row.call_id,
        "action": "connect",
        "prompts": [],
        "collect": None,
        "outcome": record.outcome,
        "call_type": record.call_type or None,
        "e164": record.e164,
        "account_code": None,
        "why": list(record.why),
    }
    row.state, row.finished = {}, True
    row.answers = {"start": answer, "latest": "start"}
    _insert(row)
    store(record)
    return answer


def record_id_of(account: Account, call_id: str) -> UUID:
    """The id of a call's record, the same whenever the switch speaks of the call."""
    return call_record_id(f"{SWITCH}:{account.pk}", call_id)


def _new_row(account: Account, start: StartOfCall) -> ControlledCall:
    return ControlledCall(
        id=record_id_of(account, start.call_id),
        account=account,
        user=start.user,
        call_id=start.call_id,
        request=start.as_json(),
    )


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
    if call.finished:
        raise Problem(409, "call_finished", "No code is asked for any more on this call.")
    check_order(call.answers, sequence)
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
        taggings = ControlledTagging.objects.of(call.account_id).filter(record_id=call.pk)
        for tagging in taggings.filter(finished=False).select_for_update():
            TaggingSession.resumed(tagging).hang_up()
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


def close_forgotten(account: Account) -> None:
    """Record what was left at a prompt as hung up, and forget answers long given."""
    now = timezone.now()
    calls = ControlledCall.objects.of(account)
    taggings = ControlledTagging.objects.of(account)
    forgotten = {"finished": False, "touched_at__lt": now - FORGOTTEN_AFTER}
    for call in calls.filter(**forgotten).select_for_update(skip_locked=True)[:_AT_ONCE]:
        session = CallSession.resumed(call)
        session.step("hang_up", session.flow.receive(HungUp()))
        call.save()
    for tagging in taggings.filter(**forgotten).select_for_update(skip_locked=True)[:_AT_ONCE]:
        TaggingSession.resumed(tagging).hang_up()
    for rows in (calls, taggings):
        old = rows.filter(finished=True, touched_at__lt=now - KEPT_FOR)
        rows.filter(pk__in=list(old.values_list("pk", flat=True)[:_AT_ONCE])).delete()


def _answer(call: ControlledCall, step: str) -> Step:
    answer: Step = call.answers[step]
    return answer


def _locked(call: ControlledCall) -> ControlledCall:
    if call.user is not None:
        one_at_a_time(call.user)
    mine = ControlledCall.objects.of(call.account_id)
    return mine.select_for_update(of=("self",)).get(pk=call.pk)


def call_of(account: Account, call_id: UUID) -> ControlledCall | None:
    """The account's call with this id."""
    calls = ControlledCall.objects.of(account).filter(pk=call_id)
    return calls.select_related("account", "user").first()


def talk_seconds(answered_at: datetime | None, ended_at: datetime) -> int:
    """Talk time when the switch does not tell it."""
    if answered_at is None:
        return 0
    return max(0, int((ended_at.astimezone(UTC) - answered_at).total_seconds()))
