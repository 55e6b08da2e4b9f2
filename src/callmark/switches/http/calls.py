"""Calls of switches that ask over HTTP: legs as everywhere, a step for each request."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from django.db import transaction
from django.utils import timezone
from pydantic import BeforeValidator

from callmark.accounts.models import Account, User
from callmark.calls.ids import inbound_id, leg_id
from callmark.calls.limits import usage_of
from callmark.calls.models import Direction
from callmark.calls.records import CallCameIn, now
from callmark.codes.models import AccountCodeSettings
from callmark.gate.entries import Entries
from callmark.gate.last_codes import Remembered, from_records
from callmark.gate.legs import Asked, Leg, LegIdentity, entered_again, leg_context
from callmark.gate.policy_cache import load_for
from callmark.gate.snapshot import AccountPolicy, Caller
from callmark.keys.installed import keyring
from callmark.policy.code_entry import EntryTerms
from callmark.policy.limits import spent_codes
from callmark.policy.numbering import CallType, Classification, classify, take_apart
from callmark.policy.offered import OfferedFrom
from callmark.policy.outbound import LegContext, OutboundFlow, Outcome
from callmark.policy.payer import Because, Parties
from callmark.policy.prompt_options import NO_OPTIONS, PromptOptions
from callmark.policy.settings import EffectiveSettings
from callmark.policy.values import value_class
from callmark.switches.http.models import HttpCall
from callmark.switches.http.port import HttpPort, Step
from callmark.switches.http.question import (
    SWITCH,
    CallControlRefused,
    Question,
    State,
    counter_of,
    insert,
    keep_answer,
    one_at_a_time,
    store_now,
)


def _with_number(kept: object) -> object:
    """What a former release kept had no number."""
    return {"number": None} | kept if isinstance(kept, dict) else kept


class CallState(State):
    """What is kept of a call that waits for an entry."""

    started_at: datetime
    classification: Annotated[Classification, BeforeValidator(_with_number)]


@value_class
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


class CallQuestion(Question[HttpCall, OutboundFlow]):
    """A leg that may need a code."""

    def __init__(
        self,
        row: HttpCall,
        flow: OutboundFlow,
        entries: Entries,
        settings: EffectiveSettings,
        started_at: datetime,
    ) -> None:
        super().__init__(row, flow, entries, settings)
        self.started_at, self.found = started_at, flow.classification
        self.number = self.found.number or ""
        self.emergency = self.found.call_type is CallType.EMERGENCY

    @classmethod
    def resumed(cls, row: HttpCall, digits: str = "") -> "CallQuestion":
        """Take up a call that waits for an entry; ``digits`` are those that have come."""
        # Of a user who is deleted no call waits (callmark.switches.http.ending).
        assert row.user is not None
        kept = CallState.model_validate(row.state)
        last = _last_code(row.user, kept.settings.options)
        policy = load_for(row.user, [digits.split("#", 1)[0], last.digits if last else ""])
        spent = spent_codes(policy.limits, usage_of(row.account))
        types, who = kept.classification.types, str(row.user.pk)
        terms = EntryTerms(kept.settings, policy.codes, user_id=who, types=types)
        if last is not None:
            again = entered_again(OfferedFrom.LAST_CALL, last, terms, now().timestamp())
            terms = replace(terms, last_code=again)
        context = LegContext(terms, kept.classification, spent=spent)
        entries = Entries(counter_of(row.user), "prompt", keyring().encrypt)
        entries.attempts = kept.attempts
        flow = OutboundFlow.resume(context, kept.suspended)
        return cls(row, flow, entries, kept.settings, kept.started_at)

    def state(self) -> CallState:
        """With what the record needs in the end."""
        return CallState(
            **dict(super().state()), started_at=self.started_at, classification=self.found
        )

    def write(self, outcome: Outcome | None) -> None:
        """Record what became of the leg."""
        assert outcome is not None
        leg = _leg(self.row, self.found, self.started_at)
        store_now(leg.decided(outcome.value, self.flow.why, self.entries))

    def told(self, port: HttpPort) -> Step:
        """What is told of a call alone."""
        outcome = self.flow.outcome.value if self.flow.outcome else None
        return _told(self.row, outcome, self.found, self.flow.why) | {"number": port.number}


def _told(
    row: HttpCall, outcome: str | None, found: Classification | None, why: Sequence[str]
) -> Step:
    return {
        "call_id": row.call_id,
        "outcome": outcome,
        "call_type": found.call_type.value if found else None,
        "e164": found.e164 if found else None,
        "number": found.number if found else None,
        "account_code": None,
        "why": list(why),
    }


@transaction.atomic
def start_call(account: Account, start: StartOfCall) -> Step:
    """A user dialed: connect, or ask for a code. The same ``call_id`` again: the same answer.

    A call that came in connects at once: nobody is asked.
    """
    one_at_a_time(start.user)
    start, entry = _taken_apart(account, start)
    known = HttpCall.objects.of(account).filter(call_id=start.call_id).first()
    if known is not None:
        if known.request != start.as_json():
            raise _id_in_use()
        return known.answer("start")
    if start.direction is Direction.INBOUND:
        return record_unasked(account, start)
    last = _last_code(start.user, _options(account))
    policy = load_for(start.user, [entry or "", last.digits if last else ""])
    caller = _caller(policy, start.user)
    counter = counter_of(start.user)
    classification = classify(start.dialed, caller.user.plan)
    found = Parties(caller, Because.DIALED, caller)
    usage = usage_of(account)
    asked = Asked(counter.left(), dialed=entry, last=last)
    context = leg_context(policy, found, classification, asked, usage)
    row, flow = _new_row(account, start), OutboundFlow(context)
    entries = Entries(counter, "prompt", keyring().encrypt)
    answer = CallQuestion(row, flow, entries, context.terms.settings, now()).begin()
    insert(row, _id_in_use)
    return answer


def _options(account: Account) -> PromptOptions:
    stored = AccountCodeSettings.objects.of(account).first()
    return stored.options if stored else NO_OPTIONS


def _taken_apart(account: Account, start: StartOfCall) -> tuple[StartOfCall, str | None]:
    """The call without a code that was dialed behind its number, and the code.

    What is kept of the call has no code in it, nor what a repeated request is compared with.
    """
    separator = _options(account).separator
    if not separator or start.direction is Direction.INBOUND:
        return start, None
    plan = _caller(load_for(start.user, ()), start.user).user.plan
    parts = take_apart(start.dialed, separator, plan)
    return replace(start, dialed=parts.number), parts.entry


def _last_code(user: User, options: PromptOptions) -> Remembered | None:
    if not options.remembers:
        return None
    return from_records(user, keyring().decrypt).of(str(user.pk))


def record_unasked(account: Account, start: StartOfCall) -> Step:
    """Record a call that goes on without a question: it came in, or the switch did not ask."""
    start, _ = _taken_apart(account, start)
    row, port = _new_row(account, start), HttpPort(lambda: 1)
    port.action, found = "connect", None
    if start.direction is Direction.INBOUND:
        row.id = inbound_id(_switch_of(account), "", start.call_id, at=timezone.now().timestamp())
        why = ["inbound calls are never asked for a code"]
        record: Any = _came_in(row, start)
    else:
        policy = load_for(start.user, ())
        found = classify(start.dialed, _caller(policy, start.user).user.plan)
        why = [*found.why, "the switch let it go on without asking Callmark"]
        record = _leg(row, found, now()).decided(Outcome.NOT_GATED.value, why, None)
    row.state, row.finished = {}, True
    answer = keep_answer(row, "start", port, _told(row, Outcome.NOT_GATED.value, found, why))
    insert(row, _id_in_use)
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


def _id_in_use() -> CallControlRefused:
    return CallControlRefused(
        "This call_id was used for another call: give each call an id of its own.",
        "call_id",
        code="call_id_in_use",
    )
