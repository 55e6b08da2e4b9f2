"""Tagging by star code for switches that ask over HTTP (reference section 6).

As with calls, each step is answered once and its answer kept. The call itself is never ended.
"""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import IntegrityError, transaction

from callmark.accounts.models import Account, Extension, PhoneNumber, User
from callmark.api.controlled_calls import (
    StartOfCall,
    close_forgotten,
    record_id_of,
    record_unasked,
)
from callmark.api.models import ControlledCall, ControlledTagging
from callmark.api.policies import policy_of
from callmark.api.problems import Problem
from callmark.api.steps import SWITCH, Step, check_order, one_at_a_time
from callmark.api.tagging_session import TaggingSession
from callmark.calls.models import Call, CallOutcome, Direction
from callmark.policy.flow import Digits

_NEVER_CONNECTED = (
    CallOutcome.ENDED,
    CallOutcome.ABANDONED,
    CallOutcome.REFUSED_WHILE_DOWN,
)


@dataclass(frozen=True, slots=True)
class StartOfTagging:
    """What a switch says when a user has dialled the star code.

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


@transaction.atomic
def start_tagging(account: Account, start: StartOfTagging) -> Step:
    """A user dialled the star code: collect a code. The same ids again: the same answer."""
    one_at_a_time(start.user)
    own = record_id_of(account, start.call_id)
    tagging_id = uuid5(NAMESPACE_URL, f"callmark:tagging:{own}:{start.tagging_id}")
    request = start.as_json(_called_number(start.user))
    known = ControlledTagging.objects.of(account).filter(pk=tagging_id).first()
    if known is not None:
        return _same_start(known, request)
    close_forgotten(account)
    row = ControlledTagging(
        id=tagging_id,
        account=account,
        user=start.user,
        tagging_id=start.tagging_id,
        record_id=_call_to_tag(account, start, own),
        request=request,
    )
    policy = policy_of(account)
    settings = policy.effective(policy.users[str(start.user.pk)])
    session = TaggingSession.begun(row, settings)
    answer = session.step("start", session.tagging.start())
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise _tagging_id_in_use() from None
    return answer


@transaction.atomic
def enter_digits(tagging: ControlledTagging, sequence: int, digits: str) -> Step:
    """The user made entry number ``sequence`` (from 1); '' is silence."""
    one_at_a_time(tagging.user)
    row = _locked(tagging)
    if str(sequence) in row.answers:
        return _answer(row, str(sequence))
    if row.finished:
        raise Problem(409, "tagging_finished", "No code is asked for any more on this tagging.")
    check_order(row.answers, sequence)
    session = TaggingSession.resumed(row)
    event = Digits(digits.split("#", 1)[0], session.entries.wrong_entries_left())
    answer = session.step(str(sequence), session.tagging.receive(event))
    row.save()
    return answer


@transaction.atomic
def hang_up(tagging: ControlledTagging) -> Step:
    """The user hung up, or took the call back without an entry; later it changes nothing."""
    row = _locked(tagging)
    if not row.finished:
        TaggingSession.resumed(row).hang_up()
    return latest_answer(row)


def latest_answer(tagging: ControlledTagging) -> Step:
    """What is to be done now."""
    return _answer(tagging, tagging.answers["latest"])


def tagging_of(account: Account, tagging_id: UUID) -> ControlledTagging | None:
    """The account's tagging with this id."""
    taggings = ControlledTagging.objects.of(account).filter(pk=tagging_id)
    return taggings.select_related("account", "user").first()


def _call_to_tag(account: Account, start: StartOfTagging, own: UUID) -> UUID:
    """The call's record: by its own id, by what links its legs, or made now."""
    calls = Call.objects.of(account)
    call = calls.filter(pk=own).first()
    if call is None and ControlledCall.objects.of(account).filter(pk=own).exists():
        raise Problem(
            409,
            "call_at_prompt",
            "A code is being asked for before this call: send the entry to the call itself.",
            field="call_id",
        )
    if call is None and start.linked_id:
        linked = calls.filter(switch=SWITCH, linked_id=start.linked_id)
        call = linked.order_by("started_at").first()
    if call is None:
        record_unasked(account, _unknown_call(start))
        return own
    if call.ended_at is not None or call.outcome in _NEVER_CONNECTED:
        raise Problem(
            409,
            "call_over",
            "This call is over: an administrator can correct its code.",
            field="call_id",
        )
    return call.pk


def _unknown_call(start: StartOfTagging) -> StartOfCall:
    if start.direction is None or not start.number:
        raise Problem(
            422,
            "unknown_call",
            "Callmark does not know this call yet: send its direction and the other party's "
            "number, too.",
            field="call_id",
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
    extension = Extension.objects.of(user).order_by("number").first()
    if extension is not None:
        return extension.number
    number = PhoneNumber.objects.of(user).order_by("e164").first()
    return number.e164 if number else ""


def _same_start(known: ControlledTagging, request: dict[str, str]) -> Step:
    # The user may have got another extension meanwhile; it is the same press.
    if known.request | {"extension": ""} != request | {"extension": ""}:
        raise _tagging_id_in_use()
    return _answer(known, "start")


def _tagging_id_in_use() -> Problem:
    return Problem(
        409,
        "tagging_id_in_use",
        "This tagging_id was used on this call: give each press of the star code its own.",
        field="tagging_id",
    )


def _locked(tagging: ControlledTagging) -> ControlledTagging:
    mine = ControlledTagging.objects.of(tagging.account_id)
    return mine.select_for_update(of=("self",)).get(pk=tagging.pk)


def _answer(tagging: ControlledTagging, step: str) -> Step:
    answer: Step = tagging.answers[step]
    return answer
