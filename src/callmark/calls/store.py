"""Storing what the gate wrote down: each record any number of times, in any order, once in effect.

Many at once cost little more than one: what they name is looked up together, and written together.
A record about a leg that is not there yet (another gate's, which has not been drained) waits for it
in :class:`~callmark.calls.models.WaitingRecord`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from callmark.accounts.models import User
from callmark.audit.origin import GATE, acting
from callmark.calls.attempts import People, add_first_attempts, known_user, user_of
from callmark.calls.counting import Ledger, counting
from callmark.calls.ends import apply_end
from callmark.calls.forwards import settle_forwards
from callmark.calls.models import Call, CallOutcome, Direction, WaitingRecord
from callmark.calls.models.calls import CODE_WAS_REQUIRED
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
from callmark.calls.signals import calls_refused, calls_tagged
from callmark.calls.star_codes import keep, settle, tag_values, waiting_about
from callmark.calls.upserts import add_each, save_each
from callmark.codes.models import AccountCode

_EVERY = "a switch ends its own calls, of any account"


@acting(GATE)
@transaction.atomic
def store(records: Iterable[Record]) -> None:
    """Store records in one transaction: all of them, or none and what went wrong is raised."""
    records = list(records)
    with counting() as ledger:
        _Batch(records, ledger).store()
        for record in records:
            if isinstance(record, LegTagged):
                _store_tagged(record)


class _Batch:
    """Legs, ends and calls that came in: put together in memory, then written all at once."""

    def __init__(self, records: Sequence[Record], ledger: Ledger) -> None:
        self._decided = [one for one in records if isinstance(one, LegDecided)]
        self._came_in = [one for one in records if isinstance(one, CallCameIn)]
        self._ends = [one for one in records if isinstance(one, LegEnded)]
        self._tagged = [one for one in records if isinstance(one, LegTagged)]
        self._ledger = ledger
        self._people: People = {}
        self._codes: set[UUID] = set()
        self._calls: dict[UUID, Call] = {}
        self._new: dict[UUID, Call] = {}
        self._changed: dict[UUID, Call] = {}
        self._ended: dict[UUID, Call] = {}
        self._made: list[tuple[Call, LegDecided]] = []

    def store(self) -> None:
        self._look_up()
        for decided in self._decided:
            self._decide(decided)
        for came_in in self._came_in:
            self._let_in(came_in)
        waited = waiting_about(self._new.values())
        self._take_ends(waited)
        waiting = [one for one in self._ends if not self._end(one)]
        self._write()
        add_first_attempts([(call, one.attempts) for call, one in self._made], self._people)
        self._tell()
        _wait(waiting)
        self._settle()

    def _look_up(self) -> None:
        every = Call.objects.of_every_account(_EVERY)
        told: list[LegDecided | CallCameIn] = [*self._decided, *self._came_in]
        ids = {UUID(one.id) for one in told} | {UUID(one.id) for one in self._ends}
        found = every.filter(pk__in=ids).order_by()
        whose = dict(found.values_list("pk", "account_id")) if ids else {}
        named = {UUID(one.account_id) for one in told}
        named |= {UUID(one.account_id) for one in self._tagged}
        self._ledger.hold({*whose.values(), *named})
        # In one order for everybody who locks them.
        there = (
            found.select_for_update(no_key=True).filter(pk__in=whose).order_by("pk")
            if whose
            else []
        )
        self._calls = {call.pk: call for call in there}
        self._ledger.seen(self._calls.values())
        users = {one.user_id for one in told}
        users |= {entry.user_id for one in self._decided for entry in one.attempts}
        people = User.objects.of_every_account("whose they are is looked at each time")
        in_use = people.filter(pk__in={UUID(one) for one in users if one})
        self._people = {one.pk: one for one in in_use}
        tags = {one.tag.code_id for one in self._decided if one.tag}
        codes = AccountCode.objects.of_every_account("their accounts are named beside them")
        # By their ids alone: with the account beside them SQLite reads all codes of the account.
        there_are = codes.filter(pk__in={UUID(one) for one in tags if one})
        whose_code = there_are.order_by().values_list("pk", "account_id")
        self._codes = {pk for pk, account_id in whose_code if account_id in named}

    def _there(self, record: LegDecided | CallCameIn) -> Call | None:
        """The call on record, or made of this batch. Raises ``ValueError`` if it is another's."""
        call = self._calls.get(UUID(record.id))
        if call is not None and call.account_id != UUID(record.account_id):
            raise ValueError("the call is another account's")
        return call

    def _make(self, pk: UUID, account_id: UUID, **values: Any) -> Call:  # noqa: ANN401
        call = Call(pk=pk, account_id=account_id, **values)
        call.code_required = call.code_required or call.outcome in CODE_WAS_REQUIRED
        self._ledger.made(call)
        self._calls[pk] = self._new[pk] = call
        return call

    def _decide(self, record: LegDecided) -> None:
        if self._there(record) is not None:
            return
        account_id = UUID(record.account_id)
        user = known_user(self._people, account_id, record.user_id)
        values: dict[str, Any] = {name: getattr(record, name) for name in _COPIED}
        values |= {
            "switch_call_id": record.call_id,
            "user": user,
            "user_name": record.user_name or (user.name if user else ""),
            "e164": record.e164 or "",
            "why": list(record.why),
        }
        if record.tag:
            values |= tag_values(account_id, record.tag, self._codes)
        if record.outcome == CallOutcome.CONNECTED_WHILE_DOWN:
            values["code_required"] = would_need_a_code(
                account_id, user, record.call_type, record.e164 or ""
            )
        self._made.append((self._make(UUID(record.id), account_id, **values), record))

    def _let_in(self, record: CallCameIn) -> None:
        """Make the call, or put together what is told of it."""
        call = self._there(record)
        user = known_user(self._people, record.account_id, record.user_id)
        if call is None:
            call = self._make(
                UUID(record.id),
                UUID(record.account_id),
                switch=record.switch,
                switch_call_id=record.linked_id,
                linked_id=record.linked_id,
                direction=Direction.INBOUND,
                caller=record.caller,
                dialed=record.dialed,
                outcome=CallOutcome.NOT_GATED,
                why=["inbound calls are never asked for a code"],
                started_at=record.started_at,
                user=user,
                user_name=record.user_name,
            )
        if user is not None and _is_whose(call, record):
            call.user, call.user_name = user, record.user_name
            call.phone_answered_at = record.answered_at
        call.caller, call.dialed = call.caller or record.caller, call.dialed or record.dialed
        call.started_at = min(call.started_at, record.started_at)
        call.answered_at = _earliest(call.answered_at, record.answered_at)
        if record.ended_at is not None:
            apply_end(call, _end_of(record))
            self._ended[call.pk] = call
        self._changed[call.pk] = call

    def _take_ends(self, waited: Iterable[WaitingRecord]) -> None:
        """Ends that came before their leg."""
        for row in waited:
            if row.leg_id in self._new and not row.is_star_code:
                record = from_line(row.line.encode())
                assert isinstance(record, LegEnded)
                self._ends.append(record)
                row.delete()

    def _end(self, record: LegEnded) -> bool:
        """Put an end on its call; False if that is not there."""
        call = self._calls.get(UUID(record.id)) or self._by_switch_words(record)
        if call is None:
            return False
        if apply_end(call, record):
            self._changed[call.pk] = self._ended[call.pk] = call
        return True

    def _by_switch_words(self, record: LegEnded) -> Call | None:
        """A leg that an earlier version wrote down under another id."""
        if not record.call_id:
            return None
        calls = Call.objects.of_every_account(_EVERY).select_for_update(no_key=True)
        named = calls.filter(
            switch=record.switch, switch_call_id=record.call_id, leg=record.leg
        ).exclude(direction=Direction.INBOUND)
        call = named.first()
        if call is None:
            return None
        if call.pk not in self._calls:
            self._ledger.seen([call])
            self._calls[call.pk] = call
        return self._calls[call.pk]

    def _write(self) -> None:
        changed = [call for pk, call in self._changed.items() if pk not in self._new]
        for call in (*self._new.values(), *changed):
            self._ledger.date(call)
        add_each(list(self._new.values()))
        save_each(changed, _MAY_CHANGE)

    def _tell(self) -> None:
        if tagged := [call for call, record in self._made if record.tag]:
            calls_tagged.send(Call, calls=tagged)
        if refused := [call for call, _ in self._made if call.outcome in _REFUSED]:
            calls_refused.send(Call, calls=refused)

    def _settle(self) -> None:
        """Star codes and forwards of these conversations: what is known of them has changed."""
        touched = self._new | self._ended
        if settle(touched.values()):
            # Codes were put on rows, not on what is in hand here.
            ids = self._changed.keys()
            fresh = Call.objects.of_every_account(_EVERY).in_bulk(ids)
            self._changed = {pk: fresh[pk] for pk in ids}
        settle_forwards(self._changed.values())


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
_MAY_CHANGE = (
    *("user_id", "user_name", "phone_answered_at", "caller", "dialed", "started_at"),
    *("answered_at", "ended_at", "seconds", "disposition", "end_told_by", "day", "billing_month"),
)
"""What reports of a call that is on record change of it."""


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
    rows = WaitingRecord.objects.filter(leg_id=call.pk)
    ends = [one for one in rows if not one.is_star_code]
    for row in ends:
        row.delete()
    store(from_line(row.line.encode()) for row in ends)
    settle([call])


def _is_whose(call: Call, record: CallCameIn) -> bool:
    """The first to answer has the call; as long as nobody has, one of those whose phones rang.

    Of these always the same, in whatever order their reports come.
    """
    answered = call.phone_answered_at
    if record.answered_at is not None:
        return answered is None or record.answered_at <= answered
    rang_before = call.user_id is not None and str(call.user_id) <= str(record.user_id)
    return answered is None and not rang_before


def _end_of(record: CallCameIn) -> LegEnded:
    assert record.ended_at is not None
    seconds = 0
    if record.answered_at is not None:
        seconds = int((record.ended_at - record.answered_at).total_seconds())
    return LegEnded(
        id=record.id,
        ended_at=record.ended_at,
        answered_at=record.answered_at,
        seconds=seconds,
        disposition=record.disposition,
        by="outside",
    )


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other


def _wait(records: Sequence[LegEnded]) -> None:
    """Keep ends until their leg comes, each once."""
    lines = {to_line(one).decode(): one for one in records}
    if not lines:
        return
    about = Q(leg_id__in={UUID(one.id) for one in records})
    known = set(WaitingRecord.objects.filter(about).values_list("line", flat=True))
    WaitingRecord.objects.bulk_create(
        WaitingRecord(leg_id=UUID(one.id), line=line, switch=one.switch)
        for line, one in lines.items()
        if line not in known
    )
