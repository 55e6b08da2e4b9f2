"""Storing what the gate wrote down: each record any number of times, in any order, once in effect.

A record about a leg that is not there yet (another gate's, which has not been drained) waits for it
in :class:`~callmark.calls.models.WaitingRecord`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from callmark.audit.origin import GATE, acting
from callmark.calls.counting import Ledger, counting
from callmark.calls.ends import apply_end
from callmark.calls.forwards import settle_forward
from callmark.calls.models import Call, CallOutcome, Direction, WaitingRecord
from callmark.calls.records import (
    CallCameIn,
    LegDecided,
    LegEnded,
    LegTagged,
    Record,
    from_line,
    to_line,
)
from callmark.calls.requirement import would_need_a_code
from callmark.calls.signals import call_refused, call_tagged
from callmark.calls.star_codes import add_attempts, keep, settle, tag_values, user_of, waiting_about


@acting(GATE)
@transaction.atomic
def store(records: Iterable[Record]) -> None:
    """Store records in one transaction: all of them, or none and what went wrong is raised."""
    records = list(records)
    with counting() as ledger:
        ledger.hold(_accounts_of(records))
        for record in records:
            match record:
                case LegDecided():
                    _store_decided(record)
                case LegTagged():
                    _store_tagged(record)
                case LegEnded():
                    _store_ended(record, ledger)
                case CallCameIn():
                    _store_came_in(record, ledger)


def _accounts_of(records: Iterable[Record]) -> set[UUID]:
    """Whose calls these are about, as far as that is known yet."""
    ended = [one.id for one in records if isinstance(one, LegEnded)]
    every = Call.objects.of_every_account("a switch ends its own calls, of any account")
    found = set(every.filter(pk__in=ended).values_list("account_id", flat=True).order_by())
    named = {UUID(one.account_id) for one in records if not isinstance(one, LegEnded)}
    return found | named


_REFUSED = (
    CallOutcome.ENDED,
    CallOutcome.REFUSED_WHILE_DOWN,
    CallOutcome.REFUSED_UNASKED,
    CallOutcome.REFUSED_NUMBER,
    CallOutcome.REFUSED_LIMIT,
)
_COPIED = (
    "switch",
    "leg",
    "linked_id",
    "payer",
    "direction",
    "caller",
    "dialed",
    "number",
    "call_type",
    "started_at",
    "outcome",
    "simulated",
)


def _store_decided(record: LegDecided) -> None:
    user = user_of(record.account_id, record.user_id)
    values: dict[str, Any] = {name: getattr(record, name) for name in _COPIED}
    values |= {
        "switch_call_id": record.call_id,
        "user": user,
        "user_name": record.user_name or (user.name if user else ""),
        "e164": record.e164 or "",
        "why": list(record.why),
    }
    if record.tag:
        values |= tag_values(record.account_id, record.tag)
    if record.outcome == CallOutcome.CONNECTED_WHILE_DOWN:
        values["code_required"] = would_need_a_code(
            record.account_id, user, record.call_type, record.e164 or ""
        )
    call, created = Call.objects.of(record.account_id).get_or_create(
        pk=record.id, account_id=record.account_id, defaults=values
    )
    if not created:
        return
    add_attempts(call, record.attempts)
    if record.tag:
        call_tagged.send(Call, call=call)
    if call.outcome in _REFUSED:
        call_refused.send(Call, call=call)
    _take_up_waiting(call)


def _store_tagged(record: LegTagged) -> None:
    keep(record)
    mine = Call.objects.of(record.account_id).filter(pk=record.id)
    is_placed = WaitingRecord.objects.filter(leg_id=record.id, placed_on__isnull=False)
    if record.v == 1 and not is_placed.exists() and not mine.exists():
        # That version knew no other sign of a call that came in.
        call_of_star_code(record, record.id)


def call_of_star_code(record: LegTagged, call_id: str) -> None:
    """A call that nothing else tells of: it came in, and its start is not known here."""
    user = user_of(record.account_id, record.user_id)
    call, _ = Call.objects.of(record.account_id).get_or_create(
        pk=call_id,
        account_id=record.account_id,
        defaults={
            "user": user,
            "user_name": record.user_name or (user.name if user else ""),
            "switch": record.switch,
            "switch_call_id": record.call_id,
            "linked_id": record.linked_id,
            "direction": Direction.INBOUND,
            "dialed": record.extension,
            "outcome": CallOutcome.NOT_GATED,
            "why": [
                "inbound calls are never asked for a code; the user tagged this one by star code"
            ],
            "started_at": record.tagged_at,
        },
    )
    _take_up_waiting(call)


def _store_ended(record: LegEnded, ledger: Ledger) -> None:
    every = Call.objects.of_every_account("a switch ends its own calls, of any account")
    call = every.select_for_update().filter(pk=record.id).first() or _by_switch_words(record)
    if call is None:
        _wait(record)
        return
    ledger.seen([call])
    if apply_end(call, record):
        call.save()
        settle(call)
        settle_forward(call)


def _by_switch_words(record: LegEnded) -> Call | None:
    """A leg that an earlier version wrote down under another id."""
    if not record.call_id:
        return None
    every = Call.objects.of_every_account("a switch ends its own calls, of any account")
    calls = every.select_for_update().filter(
        switch=record.switch, switch_call_id=record.call_id, leg=record.leg
    )
    return calls.exclude(direction=Direction.INBOUND).first()


def _store_came_in(record: CallCameIn, ledger: Ledger) -> None:
    user = user_of(record.account_id, record.user_id)
    calls = Call.objects.of(record.account_id).select_for_update()
    call, created = calls.get_or_create(
        pk=record.id,
        account_id=record.account_id,
        defaults={
            "switch": record.switch,
            "switch_call_id": record.linked_id,
            "linked_id": record.linked_id,
            "direction": Direction.INBOUND,
            "caller": record.caller,
            "dialed": record.dialed,
            "outcome": CallOutcome.NOT_GATED,
            "why": ["inbound calls are never asked for a code"],
            "started_at": record.started_at,
            "user": user,
            "user_name": record.user_name,
        },
    )
    ledger.seen([call])
    if user is not None and _is_whose(call, record):
        call.user, call.user_name = user, record.user_name
        call.phone_answered_at = record.answered_at
    call.caller, call.dialed = call.caller or record.caller, call.dialed or record.dialed
    call.started_at = min(call.started_at, record.started_at)
    call.answered_at = _earliest(call.answered_at, record.answered_at)
    if record.ended_at is not None:
        seconds = 0
        if record.answered_at is not None:
            seconds = int((record.ended_at - record.answered_at).total_seconds())
        apply_end(
            call,
            LegEnded(
                id=record.id,
                ended_at=record.ended_at,
                answered_at=record.answered_at,
                seconds=seconds,
                disposition=record.disposition,
                by="outside",
            ),
        )
    call.save()
    if created:
        _take_up_waiting(call)
    elif record.ended_at is not None:
        settle(call)
    settle_forward(call)


def _is_whose(call: Call, record: CallCameIn) -> bool:
    """The first to answer has the call; as long as nobody has, one of those whose phones rang.

    Of these always the same, in whatever order their reports come.
    """
    answered = call.phone_answered_at
    if record.answered_at is not None:
        return answered is None or record.answered_at <= answered
    rang_before = call.user_id is not None and str(call.user_id) <= str(record.user_id)
    return answered is None and not rang_before


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other


def _wait(record: LegEnded) -> None:
    WaitingRecord.objects.get_or_create(
        leg_id=record.id, line=to_line(record).decode(), defaults={"switch": record.switch}
    )


def _take_up_waiting(call: Call) -> None:
    """Records that came before their leg."""
    rows = waiting_about(call)
    for row in rows:
        record = from_line(row.line.encode())
        if isinstance(record, LegEnded):
            row.delete()
            with counting() as ledger:
                _store_ended(record, ledger)
    if rows:
        settle(call)
