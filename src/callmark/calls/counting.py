"""Counting calls: totals follow every change of a call, in the transaction of the change.

Inside ``with counting() as ledger:`` whatever becomes of calls is told to the ledger (a call is
*seen* before it is changed, or *made*); at the end it compares what they counted as with what they
count as now, and adds the differences: one statement a table, for one call or a batch. A call that
is saved anywhere else counts itself (:meth:`callmark.calls.models.Call.save`). Who changes calls
by ``update()`` or ``delete()`` must open a ledger.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from callmark.calls.calendars import AccountCalendar, hold_calendars
from callmark.calls.models import (
    Adjustment,
    Call,
    CodeTotal,
    DayTotal,
    TagState,
    UserTotal,
)
from callmark.calls.models.totals import NOBODY
from callmark.calls.upserts import add_to


@dataclass(frozen=True, slots=True)
class Counted:
    """What one call adds to totals."""

    account_id: UUID
    month: date
    day: date
    call_type: str
    direction: str
    lookup: str
    encrypted: str = field(compare=False, repr=False)
    name: str
    state: str
    who: UUID
    user_name: str
    seconds: int


class Row(NamedTuple):
    """What of a call decides what it counts as."""

    account_id: UUID
    billing_month: date | None
    day: date | None
    call_type: str
    direction: str
    account_code_lookup: str
    account_code_encrypted: str
    account_code_name: str
    not_billable: bool
    needs_code: bool
    user_id: UUID | None
    user_name: str
    seconds: int | None
    simulated: bool

    @classmethod
    def of(cls, call: Call) -> "Row":
        """As the call in hand has it."""
        return cls(*(getattr(call, name) for name in cls._fields))


def counted(row: Row) -> Counted | None:
    """What a call counts as; None: a test, or a call that is not counted yet."""
    if row.simulated or row.billing_month is None or row.day is None:
        return None
    lookup = row.account_code_lookup
    state = TagState.TAGGED if lookup else TagState.TO_ASSIGN if row.needs_code else TagState.NONE
    return Counted(
        row.account_id,
        row.billing_month,
        row.day,
        row.call_type,
        row.direction,
        lookup,
        row.account_code_encrypted,
        row.account_code_name if lookup else "",
        str(TagState.NOT_BILLABLE if row.not_billable else state),
        row.user_id or NOBODY,
        row.user_name,
        row.seconds or 0,
    )


class AccountGone(ValueError):
    """There is no such account (any more): nothing can be stored for it."""


class Ledger:
    """What calls counted as before they were changed, in one transaction."""

    def __init__(self) -> None:
        self._before: dict[UUID, Counted | None] = {}
        self._calendars: dict[UUID, AccountCalendar] = {}

    def calendar(self, account_id: UUID) -> AccountCalendar:
        """The account's calendar, held until the transaction ends.

        Raises :class:`AccountGone`: a record may outlive its account.
        """
        if account_id not in self._calendars:
            self._calendars |= hold_calendars([account_id])
        if account_id not in self._calendars:
            raise AccountGone
        return self._calendars[account_id]

    def seen(self, calls: Iterable[Call]) -> None:
        """These calls, just read and not changed yet, may be changed (or deleted)."""
        for call in calls:
            if _id(call) not in self._before:
                self._before[_id(call)] = counted(Row.of(call))

    def made(self, call: Call) -> None:
        """This call is new."""
        self._before.setdefault(_id(call), None)

    def saving(self, call: Call) -> None:
        """For :meth:`Call.save`: see to it that the call is known, has a day and a month."""
        if _id(call) not in self._before:
            if call._state.adding:
                self.made(call)
            else:
                rows = Call.objects.of(call.account_id).filter(pk=call.pk).select_for_update()
                self.seen(rows)
        self.date(call)

    def date(self, call: Call) -> None:
        """Put a call on its day and into the month in which it is billed, if that is still open."""
        calendar = self.calendar(UUID(str(call.account_id)))
        day = calendar.days.day_of(call.started_at)
        month = call.billing_month
        if month is None or (day != call.day and not calendar.is_closed(month)):
            call.day, call.billing_month = day, calendar.billed_in(day)

    def close(self) -> None:
        """Add what has changed to the totals."""
        if not self._before:
            return
        every = Call.objects.of_every_account("a gate writes calls of all of them")
        rows = every.filter(pk__in=self._before).order_by().values_list("pk", *Row._fields)
        after = {pk: counted(Row(*values)) for pk, *values in rows}
        changes = [
            (pk, before, after.get(pk))
            for pk, before in self._before.items()
            if before != after.get(pk)
        ]
        self._before = {}
        self._add(changes)

    def _add(self, changes: "list[tuple[UUID, Counted | None, Counted | None]]") -> None:
        days, codes, users, adjustments = Sums(), Sums(), Sums(), []
        for pk, before, now in changes:
            for one, sign in ((before, -1), (now, 1)):
                if one is not None:
                    days.add(day_key(one), sign, sign * one.seconds)
            if before is not None and self.calendar(before.account_id).is_closed(before.month):
                adjustments += self._adjust(pk, before, now)
                continue
            for one, sign in ((before, -1), (now, 1)):
                if one is not None:
                    codes.add(code_key(one), sign, sign * one.seconds, one.encrypted)
                    users.add(user_key(one), sign, sign * one.seconds)
        for made in Adjustment.objects.bulk_create(adjustments):
            count_adjustment(made, codes, users)
        add_sums(days, codes, users)

    def _adjust(self, pk: UUID, before: Counted, now: Counted | None) -> list[Adjustment]:
        month = self.calendar(before.account_id).open_after(before.month)

        def adjustment(one: Counted, calls: int, seconds: int) -> Adjustment:
            return Adjustment(
                account_id=one.account_id,
                call_id=pk,
                of_month=before.month,
                month=month,
                calls=calls,
                seconds=seconds,
                account_code_lookup=one.lookup,
                account_code_encrypted=one.encrypted,
                account_code_name=one.name,
                state=one.state,
                who=one.who,
                user_name=one.user_name,
            )

        if now is None:
            return [adjustment(before, -1, -before.seconds)]
        if _billed_to(before) == _billed_to(now):
            seconds = now.seconds - before.seconds
            return [adjustment(now, 0, seconds)] if seconds else []
        return [adjustment(before, -1, -before.seconds), adjustment(now, 1, now.seconds)]


def _id(call: Call) -> UUID:
    # Of a call that is about to be stored it may still be text.
    return UUID(str(call.pk))


def _billed_to(one: Counted) -> tuple[Any, ...]:
    return (one.lookup, one.name, one.state, one.who, one.user_name)


@dataclass(slots=True)
class Sums:
    """Differences by a total's key: calls, seconds, and the encrypted code that goes with it."""

    by_key: dict[tuple[Any, ...], tuple[int, int, str]] = field(default_factory=dict)

    def add(self, key: tuple[Any, ...], calls: int, seconds: int, encrypted: str = "") -> None:
        """Add to a key's sums."""
        had = self.by_key.get(key, (0, 0, encrypted))
        self.by_key[key] = (had[0] + calls, had[1] + seconds, encrypted or had[2])

    def rows(self, *, with_code: bool = False) -> list[tuple[Any, ...]]:
        """Those that are not zero, in an order that is the same for all who add."""
        return [
            (*key, encrypted, calls, seconds) if with_code else (*key, calls, seconds)
            for key, (calls, seconds, encrypted) in sorted(
                self.by_key.items(), key=lambda item: tuple(map(str, item[0]))
            )
            if calls or seconds
        ]


def day_key(one: Counted) -> tuple[Any, ...]:
    """The key of the day total that the call is in."""
    return (one.account_id, one.month, one.day, one.call_type, one.direction, one.state)


def code_key(one: Counted) -> tuple[Any, ...]:
    """The key of the code total that the call is in."""
    return (one.account_id, one.month, one.lookup, one.name, one.state)


def user_key(one: Counted) -> tuple[Any, ...]:
    """The key of the user total that the call is in."""
    return (one.account_id, one.month, one.who, one.user_name, one.state)


def count_adjustment(
    one: Adjustment, codes: Sums, users: Sums, *, month: date | None = None, sign: int = 1
) -> None:
    """Add an adjustment (or with -1 take it away) to the sums of a month, its own by default."""
    month = month or one.month
    calls, seconds = sign * one.calls, sign * one.seconds
    code = (one.account_id, month, one.account_code_lookup, one.account_code_name, one.state)
    codes.add(code, calls, seconds, one.account_code_encrypted)
    users.add((one.account_id, month, one.who, one.user_name, one.state), calls, seconds)


def add_sums(days: Sums, codes: Sums, users: Sums) -> None:
    """Add differences to the stored totals; always in this order of tables."""
    add_to(DayTotal, days.rows())
    add_to(CodeTotal, codes.rows(with_code=True))
    add_to(UserTotal, users.rows())


_open: ContextVar[Ledger | None] = ContextVar("ledger", default=None)


@contextmanager
def counting() -> Iterator[Ledger]:
    """Count what becomes of calls inside; one ledger for all that is done within another's."""
    ledger = _open.get()
    if ledger is not None:
        yield ledger
        return
    with transaction.atomic():
        ledger = Ledger()
        token = _open.set(ledger)
        try:
            yield ledger
            ledger.close()
        finally:
            _open.reset(token)
