"""Calls of switches that ask over HTTP: legs as everywhere, a step for each request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from callmark.accounts.models import Account, User
from callmark.calls.ids import inbound_id, leg_id
from callmark.calls.models import Direction
from callmark.calls.records import CallCameIn, now
from callmark.gate.entries import Entries
from callmark.gate.legs import Leg, LegIdentity, leg_context
from callmark.gate.policy_cache import load_for
from callmark.gate.snapshot import AccountPolicy, Caller
from callmark.keys.installed import keyring
from callmark.policy.code_entry import EntryTerms
from callmark.policy.numbering import CallType, Classification, classify
from callmark.policy.outbound import LegContext, OutboundFlow, Outcome
from callmark.policy.payer import Because, Parties
from callmark.switches.http.models import HttpCall
from callmark.switches.http.port import HttpPort, Step
from callmark.switches.http.question import (
    SWITCH,
    CallControlRefused,
    Question,
    attempts_from,
    check_order,
    code_step,
    counter_of,
    kept_answer,
    latest_answer,
    one_at_a_time,
    settings_from,
    store_now,
    suspended_from,
)


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


@transaction.atomic
def start_call(account: Account, start: StartOfCall) -> Step:
    """A user dialed: connect, or ask for a code. The same ``call_id`` again: the same answer.

    A call that came in connects at once: nobody is asked.
    """
    one_at_a_time(start.user)
    known = HttpCall.objects.of(account).filter(call_id=start.call_id).first()
    if known is not None:
        return _same_start(known, start)
    if start.direction is Direction.INBOUND:
        return record_unasked(account, start)
    policy = load_for(start.user, ())
    caller = _caller(policy, start.user)
    classification = classify(start.dialed, caller.user.plan)
    counter = counter_of(start.user)
    found = Parties(caller, Because.DIALED, caller)
    context = leg_context(policy, found, classification, counter.left(), None)
    row = _new_row(account, start)
    row.state = {"started_at": now().isoformat(), "classification": _kept(classification)}
    entries = Entries(counter, "prompt", keyring().encrypt)
    question = _question(row, context, OutboundFlow(context), entries)
    answer = question.answer("start", _answer_of(question, question.begin()))
    _insert(row)
    return answer


def record_unasked(account: Account, start: StartOfCall) -> Step:
    """Record a call that goes on without a question: it came in, or the switch did not ask."""
    row = _new_row(account, start)
    if start.direction is Direction.INBOUND:
        row.id = inbound_id(_switch_of(account), "", start.call_id, at=timezone.now().timestamp())
        why, call_type = ["inbound calls are never asked for a code"], None
        e164 = number = None
        record: Any = _came_in(row, start)
    else:
        policy = load_for(start.user, ())
        found = classify(start.dialed, _caller(policy, start.user).user.plan)
        why = [*found.why, "the switch let it go on without asking Callmark"]
        call_type, e164, number = found.call_type.value, found.e164, found.number
        record = _leg(row, found, now()).decided(Outcome.NOT_GATED.value, why, None)
    answer: Step = {
        "id": str(row.pk),
        "call_id": row.call_id,
        "action": "connect",
        "prompts": [],
        "collect": None,
        "outcome": Outcome.NOT_GATED.value,
        "call_type": call_type,
        "e164": e164,
        "number": number,
        "account_code": None,
        "why": why,
    }
    row.state, row.finished = {}, True
    row.answers = {"start": answer, "latest": "start"}
    _insert(row)
    store_now(record)
    return answer


def _came_in(row: HttpCall, start: StartOfCall) -> CallCameIn:
    return CallCameIn(
        id=str(row.pk),
        switch=SWITCH,
        linked_id=start.linked_id or start.call_id,
        account_id=str(row.account_id),
        user_id=str(start.user.pk),
        user_name=start.user.name,
        caller=start.caller,
        dialed=start.dialed,
        started_at=now(),
    )


def resumed(row: HttpCall, digits: str = "") -> Question:
    """Take up a call that waits for an entry; ``digits`` are those that have come."""
    # Of a user who is deleted no call waits (callmark.switches.http.ending).
    assert row.user is not None
    state, policy = row.state, load_for(row.user, [digits.split("#", 1)[0]])
    context = LegContext(
        EntryTerms(settings_from(state["settings"]), policy.codes),
        _classification(state["classification"]),
    )
    entries = Entries(counter_of(row.user), "prompt", keyring().encrypt)
    entries.attempts = attempts_from(state["attempts"])
    flow = OutboundFlow.resume(context, suspended_from(state))
    return _question(row, context, flow, entries)


def _question(row: HttpCall, context: LegContext, flow: OutboundFlow, entries: Entries) -> Question:
    found = context.classification
    started_at = datetime.fromisoformat(row.state["started_at"])

    def write(outcome: Outcome | None) -> None:
        assert outcome is not None
        store_now(_leg(row, found, started_at).decided(outcome.value, flow.why, entries))

    emergency = found.call_type is CallType.EMERGENCY
    settings = context.terms.settings
    return Question(row, flow, entries, settings, write, emergency, found.number or "")


def _leg(row: HttpCall, found: Classification, started_at: datetime) -> Leg:
    user = row.user
    assert user is not None
    linked = row.request["linked_id"] or row.call_id
    return Leg(
        identity=LegIdentity(str(row.pk), SWITCH, row.call_id, 1, linked),
        account_id=str(row.account_id),
        payer_id=str(user.pk),
        payer_name=user.name,
        caller=row.request["caller"],
        classification=found,
        started_at=started_at,
    )


def _answer_of(question: Question, port: HttpPort) -> Step:
    row, flow = question.row, question.flow
    assert isinstance(row, HttpCall)
    assert isinstance(flow, OutboundFlow)
    found = flow.classification
    return {
        "id": str(row.pk),
        "call_id": row.call_id,
        "action": port.action,
        "prompts": port.prompts,
        "collect": port.to_collect,
        "outcome": flow.outcome.value if flow.outcome else None,
        "call_type": found.call_type.value,
        "e164": found.e164,
        "number": port.number,
        "account_code": code_step(question.entries.tag),
        "why": list(flow.why),
    }


def _kept(found: Classification) -> Step:
    return {
        "dialed": found.dialed,
        "call_type": found.call_type.value,
        "types": sorted(found.types),
        "e164": found.e164,
        "why": list(found.why),
        "number": found.number,
    }


def _classification(kept: dict[str, Any]) -> Classification:
    return Classification(
        dialed=kept["dialed"],
        number=kept.get("number"),
        call_type=CallType(kept["call_type"]),
        types=frozenset(CallType(one) for one in kept["types"]),
        e164=kept["e164"],
        why=tuple(kept["why"]),
    )


def _caller(policy: AccountPolicy, user: User) -> Caller:
    return Caller(policy, policy.users[str(user.pk)], "")


def _switch_of(account: Account) -> str:
    # Every account numbers its calls as it likes.
    return f"{SWITCH}:{account.pk}"


def _new_row(account: Account, start: StartOfCall) -> HttpCall:
    at = timezone.now().timestamp()
    return HttpCall(
        id=leg_id(_switch_of(account), "", start.call_id, at=at),
        account=account,
        user=start.user,
        call_id=start.call_id,
        request=start.as_json(),
    )


def _same_start(known: HttpCall, start: StartOfCall) -> Step:
    if known.request != start.as_json():
        raise _call_id_in_use()
    return kept_answer(known, "start")


def _call_id_in_use() -> CallControlRefused:
    return CallControlRefused(
        "This call_id was used for another call: give each call an id of its own.",
        "call_id",
        code="call_id_in_use",
    )


def _insert(row: HttpCall) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise _call_id_in_use() from None


@transaction.atomic
def enter_digits(call: HttpCall, sequence: int, digits: str) -> Step:
    """The caller made entry number ``sequence`` (from 1); '' is silence."""
    call = locked(call)
    if str(sequence) in call.answers:
        return kept_answer(call, str(sequence))
    if call.finished:
        raise CallControlRefused(
            "No code is asked for any more on this call.", None, code="call_finished"
        )
    check_order(call.answers, sequence)
    question = resumed(call, digits)
    answer = question.answer(str(sequence), _answer_of(question, question.receive(digits)))
    call.save()
    return answer


@transaction.atomic
def hang_up(call: HttpCall) -> Step:
    """The caller hung up at the prompt; after the call was decided it changes nothing."""
    call = locked(call)
    if not call.finished:
        record_hang_up(call)
    return latest_answer(call)


def record_hang_up(call: HttpCall) -> None:
    """Write down a call that waits for an entry as abandoned; the row is locked."""
    question = resumed(call)
    question.answer("hang_up", _answer_of(question, question.hang_up()))
    call.save()


def locked(call: HttpCall) -> HttpCall:
    """The call's row, and its user's, for this transaction alone."""
    if call.user is not None:
        one_at_a_time(call.user)
    mine = HttpCall.objects.of(call.account_id)
    return mine.select_for_update(of=("self",)).get(pk=call.pk)


def call_of(account: Account, call_id: UUID) -> HttpCall | None:
    """The account's call with this id."""
    calls = HttpCall.objects.of(account).filter(pk=call_id)
    return calls.select_related("account", "user").first()
