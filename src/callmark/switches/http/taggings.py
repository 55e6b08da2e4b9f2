"""Tagging by star code for switches that ask over HTTP (reference section 6).

As with calls, each step is answered once and its answer kept. The call itself is never ended.
"""

from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from callmark.accounts.models import Account, Extension, PhoneNumber, User
from callmark.calls.models import Call, CallOutcome, Direction
from callmark.calls.records import LegTagged, now
from callmark.gate.entries import Entries
from callmark.gate.lockouts import UserCounter
from callmark.gate.policy_cache import load_for
from callmark.keys.installed import keyring
from callmark.policy.code_entry import EntryTerms
from callmark.policy.outbound import Outcome
from callmark.policy.tagging import TaggingFlow
from callmark.policy.values import value_class
from callmark.switches.http.calls import StartOfCall, record_unasked
from callmark.switches.http.models import HttpCall, HttpTagging
from callmark.switches.http.port import HttpPort, Step
from callmark.switches.http.question import (
    SWITCH,
    CallControlRefused,
    Question,
    State,
    counter_of,
    insert,
    one_at_a_time,
    store_now,
)

_NEVER_CONNECTED = (
    CallOutcome.ENDED,
    CallOutcome.ABANDONED,
    CallOutcome.REFUSED_WHILE_DOWN,
    CallOutcome.REFUSED_UNASKED,
    CallOutcome.REFUSED_NUMBER,
    CallOutcome.REFUSED_LIMIT,
)


@value_class
class StartOfTagging:
    """What a switch says when a user has dialed the star code.

    Direction and number (the other party's) count for a call that Callmark does not know yet.
    """

    call_id: str
    tagging_id: str
    user: User
    linked_id: str = ""
    direction: Direction | None = None
    number: str = ""

    def as_json(self, extension: str) -> dict[str, str]:
        """To tell whether a repeated request is the same, and for the record."""
        return {
            "call_id": self.call_id,
            "user_id": str(self.user.pk),
            "linked_id": self.linked_id,
            "direction": self.direction.value if self.direction else "",
            "number": self.number,
            "extension": extension,
        }


class TaggingQuestion(Question[HttpTagging, TaggingFlow]):
    """A star code that is followed by a code."""

    @classmethod
    def resumed(cls, row: HttpTagging, digits: str = "") -> "TaggingQuestion":
        """Take up a tagging that waits for an entry; ``digits`` are those that have come."""
        kept = State.model_validate(row.state)
        codes = load_for(row.user, [digits.split("#", 1)[0]]).codes
        entries = _entries(row.user, counter_of(row.user))
        entries.attempts = kept.attempts
        terms = EntryTerms(kept.settings, codes, user_id=str(row.user.pk))
        flow = TaggingFlow.resume(terms, kept.suspended)
        return cls(row, flow, entries, kept.settings)

    def write(self, outcome: Outcome | None) -> None:  # noqa: ARG002
        """Record what was entered, if anything was."""
        if self.entries.attempts:
            store_now(_tagged(self.row, self.entries))

    def told(self, port: HttpPort) -> Step:  # noqa: ARG002
        """What is told of a tagging alone."""
        return {"tagging_id": self.row.tagging_id, "record_id": str(self.row.record_id)}


@transaction.atomic
def start_tagging(account: Account, start: StartOfTagging) -> Step:
    """A user dialed the star code: collect a code. The same ids again: the same answer."""
    one_at_a_time(start.user)
    named = f"{account.pk}:{len(start.call_id)}:{start.call_id}:{start.tagging_id}"
    tagging_id = uuid5(NAMESPACE_URL, f"callmark:tagging:{named}")
    request = start.as_json(_called_number(start.user))
    known = HttpTagging.objects.of(account).filter(pk=tagging_id).first()
    if known is not None:
        # The user may have got another extension meanwhile; it is the same press.
        if known.request | {"extension": ""} != request | {"extension": ""}:
            raise _id_in_use()
        return known.answer("start")
    row = HttpTagging(
        id=tagging_id,
        account=account,
        user=start.user,
        tagging_id=start.tagging_id,
        record_id=_call_to_tag(account, start),
        request=request,
        state={},
    )
    policy, counter = load_for(start.user, ()), counter_of(start.user)
    who = str(start.user.pk)
    settings = policy.effective(policy.users[who])
    flow = TaggingFlow(EntryTerms(settings, policy.codes, counter.left(), user_id=who))
    answer = TaggingQuestion(row, flow, _entries(start.user, counter), settings).begin()
    insert(row, _id_in_use)
    return answer


def _entries(user: User, counter: UserCounter) -> Entries:
    return Entries(counter, "star_code", keyring().encrypt, str(user.pk))


def _tagged(row: HttpTagging, entries: Entries) -> LegTagged:
    return LegTagged(
        id=str(row.record_id),
        switch=SWITCH,
        call_id=row.request["call_id"],
        linked_id=row.request["linked_id"] or row.request["call_id"],
        account_id=str(row.account_id),
        user_id=str(row.user_id),
        user_name=row.user.name,
        extension=row.request["extension"],
        tagged_at=now(),
        attempts=tuple(entries.attempts),
        tag=entries.tag,
    )


def _call_to_tag(account: Account, start: StartOfTagging) -> UUID:
    """The call's record: by its own id, by what links its legs, or made now."""
    calls = Call.objects.of(account).filter(switch=SWITCH)
    mine = HttpCall.objects.of(account).filter(call_id=start.call_id).first()
    call = calls.filter(pk=mine.pk).first() if mine else None
    call = call or calls.filter(switch_call_id=start.call_id).first()
    if call is None and mine is not None:
        raise CallControlRefused(
            "A code is being asked for before this call: send the entry to the call itself.",
            "call_id",
            code="call_at_prompt",
        )
    if call is None and start.linked_id:
        call = calls.filter(linked_id=start.linked_id).order_by("started_at").first()
    if call is None:
        return UUID(record_unasked(account, _unknown_call(start))["id"])
    if call.ended_at is not None or call.outcome in _NEVER_CONNECTED:
        raise CallControlRefused(
            "This call is over: an administrator can correct its code.", "call_id", code="call_over"
        )
    return call.pk


def _unknown_call(start: StartOfTagging) -> StartOfCall:
    if start.direction is None or not start.number:
        raise CallControlRefused(
            "Callmark does not know this call yet: send its direction and the other party's "
            "number, too.",
            "call_id",
            code="unknown_call",
            status=422,
        )
    inbound = start.direction is Direction.INBOUND
    own_number = _called_number(start.user)
    return StartOfCall(
        call_id=start.call_id,
        user=start.user,
        dialed=own_number if inbound else start.number,
        caller=start.number if inbound else own_number,
        linked_id=start.linked_id,
        direction=Direction.INBOUND if inbound else Direction.OUTBOUND,
    )


def _called_number(user: User) -> str:
    """What others dial to reach the user: the first extension, or else the first number."""
    extensions = Extension.objects.of(user).exclude(number="")
    extension = extensions.order_by("number").first()
    if extension is not None:
        return extension.number
    number = PhoneNumber.objects.of(user).order_by("e164").first()
    return number.e164 if number else ""


def _id_in_use() -> CallControlRefused:
    return CallControlRefused(
        "This tagging_id was used on this call: give each press of the star code its own.",
        "tagging_id",
        code="tagging_id_in_use",
    )
