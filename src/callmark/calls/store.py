"""Storing what the gate wrote down: each record any number of times, in any order, once in effect.

A record about a leg that is not there yet (another gate's, which has not been drained) waits for it
in :class:`~callmark.calls.models.WaitingRecord`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from callmark.accounts.models import User
from callmark.audit.origin import GATE, acting
from callmark.calls.ends import apply_end
from callmark.calls.lockouts import note_lockout
from callmark.calls.models import (
    Call,
    CallAttempt,
    CallOutcome,
    Direction,
    EndToldBy,
    WaitingRecord,
)
from callmark.calls.records import (
    Attempt,
    CallCameIn,
    CodeTag,
    LegDecided,
    LegEnded,
    LegTagged,
    Record,
    from_line,
    to_line,
)
from callmark.calls.signals import call_refused, call_tagged
from callmark.codes.models import AccountCode
from callmark.keys.installed import keyring


@acting(GATE)
@transaction.atomic
def store(records: Iterable[Record]) -> None:
    """Store records in one transaction: all of them, or none and what went wrong is raised."""
    for record in records:
        match record:
            case LegDecided():
                _store_decided(record)
            case LegTagged():
                _store_tagged(record)
            case LegEnded():
                _store_ended(record)
            case CallCameIn():
                _store_came_in(record)


_REFUSED = (
    CallOutcome.ENDED,
    CallOutcome.REFUSED_WHILE_DOWN,
    CallOutcome.REFUSED_UNASKED,
    CallOutcome.REFUSED_NUMBER,
)
_WENT_ON = (
    CallOutcome.NOT_GATED,
    CallOutcome.CONNECTED,
    CallOutcome.PROCEEDED,
    CallOutcome.LET_THROUGH,
    CallOutcome.CONNECTED_WHILE_DOWN,
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
    user = _user(record.account_id, record.user_id)
    values: dict[str, Any] = {name: getattr(record, name) for name in _COPIED}
    values |= {
        "switch_call_id": record.call_id,
        "user": user,
        "user_name": record.user_name or (user.name if user else ""),
        "e164": record.e164 or "",
        "why": list(record.why),
    }
    if record.tag:
        values |= _tag_values(record.account_id, record.tag)
    call, created = Call.objects.of(record.account_id).get_or_create(
        pk=record.id, account_id=record.account_id, defaults=values
    )
    if not created:
        return
    _add_attempts(call, record.attempts)
    if record.tag:
        call_tagged.send(Call, call=call)
    if call.outcome in _REFUSED:
        call_refused.send(Call, call=call)
    _take_up_waiting(call)


def _store_tagged(record: LegTagged) -> None:
    call = _leg_to_tag(record)
    if call is None:
        _wait(record)
        return
    known = set(call.attempts.values_list("at", flat=True))
    fresh = [one for one in record.attempts if one.at not in known]
    user = _user(record.account_id, record.user_id)
    _add_attempts(call, fresh, typed_by=user if user and user.pk != call.user_id else None)
    if record.tag and fresh:
        for name, value in _tag_values(record.account_id, record.tag).items():
            setattr(call, name, value)
        call.save()
        call_tagged.send(Call, call=call)


def _leg_to_tag(record: LegTagged) -> Call | None:
    """The leg of the conversation the user is in: the outside one, the newest that still goes on.

    A user's own leg comes first, unless it was only the way to a colleague and an outside leg has
    the conversation now (after a transfer).
    """
    mine = _legs_called(record.account_id, record.id, record.switch, record.call_id)
    conversation = Call.objects.of(record.account_id).exclude(linked_id="")
    linked = conversation.filter(switch=record.switch, linked_id=record.linked_id)
    legs = list((mine | linked).select_for_update().order_by("-started_at"))
    if not legs:
        return None
    return max(legs, key=lambda leg: _worth_tagging(leg, record))


def _worth_tagging(leg: Call, record: LegTagged) -> tuple[bool, ...]:
    own = str(leg.pk) == record.id or leg.switch_call_id == record.call_id
    outside = leg.direction != Direction.INTERNAL
    over = leg.ended_at is not None and leg.end_told_by != EndToldBy.CALLER
    return (leg.outcome in _WENT_ON, outside and not over, own, not over)


def _store_ended(record: LegEnded) -> None:
    every = Call.objects.of_every_account("a switch ends its own calls, of any account")
    call = every.select_for_update().filter(pk=record.id).first() or _by_switch_words(record)
    if call is None:
        _wait(record)
    elif apply_end(call, record):
        call.save()


def _by_switch_words(record: LegEnded) -> Call | None:
    """A leg that an earlier version wrote down under another id."""
    if not record.call_id:
        return None
    every = Call.objects.of_every_account("a switch ends its own calls, of any account")
    calls = every.select_for_update().filter(
        switch=record.switch, switch_call_id=record.call_id, leg=record.leg
    )
    return calls.exclude(direction=Direction.INBOUND).first()


def _store_came_in(record: CallCameIn) -> None:
    user = _user(record.account_id, record.user_id)
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
    if record.answered_at and user is not None:
        call.user, call.user_name = user, record.user_name
    call.started_at = min(call.started_at, record.started_at)
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


def _wait(record: LegTagged | LegEnded) -> None:
    line = to_line(record).decode()
    linked_id = record.linked_id if isinstance(record, LegTagged) else ""
    known = WaitingRecord.objects.filter(leg_id=record.id, line=line)
    if not known.exists():
        WaitingRecord.objects.create(
            leg_id=record.id, switch=record.switch, linked_id=linked_id, line=line
        )


def _take_up_waiting(call: Call) -> None:
    """Records that came before their leg; in the order in which they came."""
    about = Q(leg_id=call.pk)
    if call.linked_id:
        about |= Q(switch=call.switch, linked_id=call.linked_id)
    waiting = list(WaitingRecord.objects.filter(about).order_by("pk"))
    WaitingRecord.objects.filter(pk__in=[one.pk for one in waiting]).delete()
    store([from_line(one.line.encode()) for one in waiting])


def _legs_called(account_id: str, pk: str, switch: str, call_id: str) -> QuerySet[Call]:
    named = Q(pk=pk) | (Q(switch=switch, switch_call_id=call_id) & ~Q(switch_call_id=""))
    return Call.objects.of(account_id).filter(named)


def _user(account_id: str, user_id: str | None) -> User | None:
    if user_id is None:
        return None
    return User.objects.of(account_id).filter(pk=user_id).first()


def _tag_values(account_id: str, tag: CodeTag) -> dict[str, Any]:
    # The code may have been deleted since: the copied digits and name are what counts.
    codes = AccountCode.objects.of(account_id)
    code = codes.filter(pk=tag.code_id).first() if tag.code_id else None
    return {
        "account_code": keyring().decrypt(tag.code),
        "account_code_name": tag.code_name,
        "code": code,
        "entered_by": tag.entered_by,
    }


def _add_attempts(call: Call, attempts: Sequence[Attempt], typed_by: User | None = None) -> None:
    if not attempts:
        return
    first = call.attempts.count() + 1
    CallAttempt.objects.bulk_create(
        CallAttempt(
            call=call,
            position=position,
            user=typed_by or _user(str(call.account_id), attempt.user_id),
            result=attempt.result.value,
            at=attempt.at,
            entered_by=attempt.entered_by,
            counts_as_guess=attempt.counts_as_guess,
            account_code_name=attempt.account_code_name,
        )
        for position, attempt in enumerate(attempts, start=first)
    )
    guesses: dict[User, set[datetime]] = {}
    for attempt in attempts:
        who = typed_by or _user(str(call.account_id), attempt.user_id) or call.user
        if attempt.counts_as_guess and who is not None:
            guesses.setdefault(who, set()).add(attempt.at)
    for who, moments in guesses.items():
        note_lockout(call, who, moments)
