"""Events of channels that have ended become records, or complete them.

Ends and calls that came in are told by the same code that hears them live (``ends``). What the
dialplan decided alone stands in its marks. Everything may be done again at any time.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

from django.db import transaction

from callmark.calls.ends import apply_end
from callmark.calls.ids import leg_id
from callmark.calls.models import Call
from callmark.calls.records import LegEnded
from callmark.calls.store import store
from callmark.gate.gate import UnknownAccount, came_in_record, ended_record
from callmark.gate.legs import LegIdentity
from callmark.policy.values import value_class
from callmark.switches.alone.records import (
    ASKED,
    CONNECTED_WHILE_DOWN,
    EMERGENCY,
    WHILE_DOWN,
    Alone,
    Callers,
    ImportCounts,
)
from callmark.switches.freeswitch.ends import ANSWERED, disposition_of, inbound_call, leg_ends
from callmark.switches.freeswitch.event_socket import Event
from callmark.switches.freeswitch.legs import KnownLeg, Legs, dialed_phone, phone_of
from callmark.switches.freeswitch.marks import ALONE, MARKS
from callmark.switches.freeswitch.origin import Origin
from callmark.switches.freeswitch.variables import CALL, FORWARDER, OF, PHONE, RESULT

BATCH = 100
"""Channels whose records are stored in one transaction."""

_ALONE_FROM = 1000
"""Legs that the dialplan decided are counted from here: the gate counts from 1."""

_WHOSE = "a switch's CDR has the calls of all of them"

_MARK = re.compile(
    r"(?P<outcome>[a-z_]{1,40});(?P<account>[A-Za-z0-9_-]{1,40});(?P<number>[+0-9*#]{0,180});"
    r"(?P<nth>i{1,100});(?P<at>[0-9]{0,17});(?P<before>[^;]{0,400});(?P<now>[^;]{0,400})",
    re.ASCII,
)
_LED_BY = re.compile(
    r"(?P<call>[0-9A-Za-z-]{1,64});(?P<nth>i{1,100});(?P<before>[^;]{0,400});(?P<now>[^;]{0,400})",
    re.ASCII,
)


@value_class
class Mark:
    """One question as the dialplan saw it; ``leg`` is its number, ``nth`` counts from 1."""

    outcome: str
    account: str
    number: str
    nth: int
    leg: int
    at: datetime | None
    before: str


@value_class
class _Recorded:
    account_id: UUID
    outcome: str


def import_events(events: Iterable[Event], switch: str) -> ImportCounts:
    """Bring channels that have ended into the records."""
    counts, callers, left = ImportCounts(), Callers(switch), iter(events)
    while batch := list(islice(left, BATCH)):
        with transaction.atomic():
            _import(batch, switch, callers, counts)
    return counts


def _import(events: Sequence[Event], switch: str, callers: Callers, counts: ImportCounts) -> None:
    legs = Legs()
    for event in events:
        legs.learn(event)
    for event in events:
        for mark, identity in _alone(event, switch):
            _decide(event, mark, identity, callers, counts)
        for end in leg_ends(_led_by_the_dialplan(event), switch, KnownLeg()):
            ended = ended_record(end)
            _end(replace(ended, by="cdr" if end.by == "outside" else "caller"), counts)
        _came_in(event, switch, legs, callers)


def marks_of(event: Event) -> list[Mark]:
    """The marks in a channel's row; what is none is left out."""
    found = (_MARK.fullmatch(text) for text in event.variable(MARKS).split(","))
    return [
        Mark(
            outcome=one["outcome"],
            account=one["account"],
            number=one["number"],
            nth=len(one["nth"]),
            leg=_leg(event.uuid, one),
            at=datetime.fromtimestamp(int(one["at"]) / 1e6, UTC) if one["at"] else None,
            before=one["before"],
        )
        for one in found
        if one
    ]


def _leg(uuid: str, found: re.Match[str]) -> int:
    """The gate's own number, where it had taken the question before it died."""
    origin = Origin.parse(found["now"])
    if origin is not None and origin.call == uuid and found["now"] != found["before"]:
        return origin.leg
    return _ALONE_FROM + len(found["nth"])


def _alone(event: Event, switch: str) -> Iterator[tuple[Mark, LegIdentity]]:
    """The questions that the gate did not answer."""
    marks = marks_of(event)
    origin = Origin.parse(event.variable(OF))
    for mark in marks:
        asked_in_vain = (
            mark is marks[-1] and not event.variable(RESULT) and event.variable(CALL) == mark.before
        )
        if mark.outcome in WHILE_DOWN | {EMERGENCY} or (mark.outcome == ASKED and asked_in_vain):
            record_id = str(leg_id(switch, "", event.uuid, mark.leg))
            conversation = origin.conversation if origin else event.uuid
            yield mark, LegIdentity(record_id, switch, event.uuid, mark.leg, conversation)


def _decide(
    event: Event, mark: Mark, identity: LegIdentity, callers: Callers, counts: ImportCounts
) -> None:
    started = mark.at or _moment(event, "start") or datetime.now(UTC)
    decided = callers.decided(
        Alone(
            outcome=mark.outcome,
            account=mark.account,
            number=mark.number or event.variable("callmark_dialed"),
            endpoint=_payer(event, mark),
            caller=event.fields.get("Caller-Caller-ID-Number", ""),
            identity=identity,
            started_at=started,
        )
    )
    if decided is None:
        return
    known = _recorded(identity.id)
    if known is None:
        store([decided])
        counts.added += 1
    elif str(known.account_id) != decided.account_id:
        return
    elif callers.corrected(known.account_id, UUID(identity.id), known.outcome, mark.outcome):
        counts.corrected += 1
    _end(_own_end(event, mark, identity, started), ImportCounts())


def _payer(event: Event, mark: Mark) -> str:
    """The phone that asked, as far as the channel's last words prove it; '' is nobody known.

    A later question of the same channel is a forward's: it is not the caller who pays.
    """
    if mark.nth > 1:
        forwarded = dialed_phone(event) if event.variable("sip_redirected_to") else ""
        return event.variable(FORWARDER) or forwarded
    if event.variable("sip_authorized") == "true":
        return phone_of(event)
    return event.variable(PHONE)


def _own_end(event: Event, mark: Mark, identity: LegIdentity, started: datetime) -> LegEnded:
    """What the asking channel tells of a leg; the channel that it led to tells more."""
    ended = _moment(event, "end") or started
    answered = _moment(event, "answer")
    went_on = mark.outcome in {CONNECTED_WHILE_DOWN, EMERGENCY}
    last = marks_of(event)[-1].nth == mark.nth
    if answered is None or not went_on or not last or answered < started:
        answered = None
    cause = event.variable("hangup_cause")
    return LegEnded(
        id=identity.id,
        by="caller",
        ended_at=ended,
        answered_at=answered,
        seconds=max(0, int((ended - answered).total_seconds())) if answered else 0,
        disposition=ANSWERED if answered else disposition_of(cause),
    )


def _led_by_the_dialplan(event: Event) -> Event:
    """A called leg to which the dialplan led alone, told as the gate would have told it."""
    led = _LED_BY.fullmatch(event.variable(ALONE))
    if led is None or Origin.parse(event.variable(OF)) is not None:
        return event
    origin = Origin(led["call"], _leg(led["call"], led), led["call"])
    return replace(event, fields={**event.fields, f"variable_{OF}": str(origin)})


def _end(ended: LegEnded, counts: ImportCounts) -> None:
    """Complete a record; an end whose leg is not there yet waits for it."""
    every = Call.objects.of_every_account(_WHOSE)
    call = every.filter(pk=ended.id, simulated=False).first()
    if call is None or apply_end(call, ended):
        store([ended])
        counts.completed += call is not None


def _came_in(event: Event, switch: str, legs: Legs, callers: Callers) -> None:
    call = inbound_call(event, switch, legs)
    if call is None:
        return
    try:
        record = came_in_record(callers.snapshot, call)
    except UnknownAccount:
        return
    if record is not None:
        store([record])


def _recorded(record_id: str) -> _Recorded | None:
    found = Call.objects.of_every_account(_WHOSE).filter(pk=record_id, simulated=False)
    row = found.values_list("account_id", "outcome").first()
    return _Recorded(*row) if row else None


def _moment(event: Event, what: str) -> datetime | None:
    text = event.variable(f"{what}_uepoch")
    if not re.fullmatch(r"[0-9]{1,17}", text, re.ASCII) or not int(text):
        return None
    return datetime.fromtimestamp(int(text) / 1e6, UTC)
