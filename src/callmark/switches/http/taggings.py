"""Tagging by star code for switches that ask over HTTP (reference section 6).

As with calls, each step is answered once and its answer kept. The call itself is never ended.
"""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import IntegrityError, transaction

from callmark.accounts.models import Account, Extension, PhoneNumber, User
from callmark.calls.models import Call, CallOutcome, Direction
from callmark.calls.records import LegTagged, now
from callmark.gate.entries import Entries
from callmark.gate.policy_cache import load_for
from callmark.keys.installed import keyring
from callmark.policy.code_entry import EntryTerms
from callmark.policy.outbound import Outcome
from callmark.policy.settings import EffectiveSettings
from callmark.policy.tagging import TaggingFlow
from callmark.switches.http.calls import StartOfCall, record_unasked
from callmark.switches.http.models import HttpCall, HttpTagging
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

_NEVER_CONNECTED = (
    CallOutcome.ENDED,
    CallOutcome.ABANDONED,
    CallOutcome.REFUSED_WHILE_DOWN,
    CallOutcome.REFUSED_UNASKED,
    CallOutcome.REFUSED_NUMBER,
)


@dataclass(frozen=True, slots=True)
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


@transaction.atomic
def start_tagging(account: Account, start: StartOfTagging) -> Step:
    """A user dialed the star code: collect a code. The same ids again: the same answer."""
    one_at_a_time(start.user)
    named = f"{account.pk}:{len(start.call_id)}:{start.call_id}:{start.tagging_id}"
    tagging_id = uuid5(NAMESPACE_URL, f"callmark:tagging:{named}")
    request = start.as_json(_called_number(start.user))
    known = HttpTagging.objects.of(account).filter(pk=tagging_id).first()
    if known is not None:
        return _same_start(known, request)
    row = HttpTagging(
        id=tagging_id,
        account=account,
        user=start.user,
        tagging_id=start.tagging_id,
        record_id=_call_to_tag(account, start),
        request=request,
        state={},
    )
    policy = load_for(start.user, ())
    settings = policy.effective(policy.users[str(start.user.pk)])
    counter = counter_of(start.user)
    flow = TaggingFlow(EntryTerms(settings, policy.codes, counter.left()))
    entries = Entries(counter, "star_code", keyring().encrypt, str(start.user.pk))
    question = _question(row, settings, flow, entries)
    answer = question.answer("start", _answer_of(question, question.begin()))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise _tagging_id_in_use() from None
    return answer


@transaction.atomic
def enter_digits(tagging: HttpTagging, sequence: int, digits: str) -> Step:
    """The user made entry number ``sequence`` (from 1); '' is silence."""
    one_at_a_time(tagging.user)
    row = _locked(tagging)
    if str(sequence) in row.answers:
        return kept_answer(row, str(sequence))
    if row.finished:
        raise CallControlRefused(
            "No code is asked for any more on this tagging.", None, code="tagging_finished"
        )
    check_order(row.answers, sequence)
    question = _resumed(row, digits)
    answer = question.answer(str(sequence), _answer_of(question, question.receive(digits)))
    row.save()
    return answer


@transaction.atomic
def hang_up(tagging: HttpTagging) -> Step:
    """The user hung up, or took the call back without an entry; later it changes nothing."""
    row = _locked(tagging)
    if not row.finished:
        record_hang_up_of(row)
    return latest_answer(row)


def record_hang_up_of(row: HttpTagging) -> None:
    """Write down what was entered so far, of a tagging that waits; the row is locked."""
    question = _resumed(row)
    question.answer("hang_up", _answer_of(question, question.hang_up()))
    row.save()


def _resumed(row: HttpTagging, digits: str = "") -> Question:
    """Take up a tagging that waits for an entry; ``digits`` are those that have come."""
    settings = settings_from(row.state["settings"])
    terms = EntryTerms(settings, load_for(row.user, [digits.split("#", 1)[0]]).codes)
    entries = Entries(counter_of(row.user), "star_code", keyring().encrypt, str(row.user_id))
    entries.attempts = attempts_from(row.state["attempts"])
    flow = TaggingFlow.resume(terms, suspended_from(row.state))
    return _question(row, settings, flow, entries)


def _question(
    row: HttpTagging, settings: EffectiveSettings, flow: TaggingFlow, entries: Entries
) -> Question:
    def write(_: Outcome | None) -> None:
        if entries.attempts:
            store_now(_tagged(row, entries))

    return Question(row, flow, entries, settings, write)


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


def _answer_of(question: Question, port: HttpPort) -> Step:
    row = question.row
    assert isinstance(row, HttpTagging)
    return {
        "id": str(row.pk),
        "tagging_id": row.tagging_id,
        "record_id": str(row.record_id),
        "action": port.action,
        "prompts": port.prompts,
        "collect": port.to_collect,
        "account_code": code_step(question.entries.tag),
    }


def tagging_of(account: Account, tagging_id: UUID) -> HttpTagging | None:
    """The account's tagging with this id."""
    taggings = HttpTagging.objects.of(account).filter(pk=tagging_id)
    return taggings.select_related("account", "user").first()


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
            "This call is over: an administrator can correct its code.",
            "call_id",
            code="call_over",
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


def _same_start(known: HttpTagging, request: dict[str, str]) -> Step:
    # The user may have got another extension meanwhile; it is the same press.
    if known.request | {"extension": ""} != request | {"extension": ""}:
        raise _tagging_id_in_use()
    return kept_answer(known, "start")


def _tagging_id_in_use() -> CallControlRefused:
    return CallControlRefused(
        "This tagging_id was used on this call: give each press of the star code its own.",
        "tagging_id",
        code="tagging_id_in_use",
    )


def _locked(tagging: HttpTagging) -> HttpTagging:
    mine = HttpTagging.objects.of(tagging.account_id)
    return mine.select_for_update(of=("self",)).get(pk=tagging.pk)
