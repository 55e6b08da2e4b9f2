"""Counting calls: totals follow every change of a call, in the transaction of the change.

Inside ``with counting() as ledger:`` whatever becomes of calls is told to the ledger (a call is
*seen* before it is changed, or *made*); at the end it compares what they counted as with what they
count as now, and adds the differences: one statement a table, for one call or a batch. A call that
is saved anywhere else counts itself (:meth:`callmark.calls.models.Call.save`). Who changes calls
by ``update()`` or ``delete()`` must open a ledger.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import transaction

from callmark.calls.calendars import AccountCalendar, hold_calendars
from callmark.calls.counted import Amounts, Counted, Key, Row, counted, store_counted
from callmark.calls.models import Adjustment, Call, CodeTotal, DayTotal, UserTotal
from callmark.calls.rating import Priced, Rater, charges_of, store_charges
from callmark.calls.upserts import KEYS, add_to


class AccountGone(ValueError):
    """There is no such account (any more): nothing can be stored for it."""


class Ledger:
    """What calls counted as before they were changed, in one transaction."""

    def __init__(self) -> None:
        self._before: dict[UUID, Row | None] = {}
        self._charges: dict[UUID, Priced] = {}
        self._calendars: dict[UUID, AccountCalendar] = {}
        self._raters: dict[UUID, Rater] = {}

    def calendar(self, account_id: UUID) -> AccountCalendar:
        """The account's calendar, held until the transaction ends.

        Raises :class:`AccountGone`: a record may outlive its account.
        """
        if account_id not in self._calendars:
            self._calendars |= hold_calendars([account_id])
        if account_id not in self._calendars:
            raise AccountGone
        return self._calendars[account_id]

    def hold(self, account_ids: Iterable[UUID]) -> None:
        """Hold the calendars of those of these accounts that are there, before a call is locked.

        Who changes a calendar locks the account first and then its calls, as all must.
        """
        if missing := set(account_ids) - set(self._calendars):
            self._calendars |= hold_calendars(missing)

    def seen(self, calls: Iterable[Call], *, to_delete: bool = False) -> None:
        """These calls, just read and not changed yet, may be changed, or are to be deleted."""
        new = {_id(call): Row.of(call) for call in calls if _id(call) not in self._before}
        self._before |= new
        if to_delete:
            # They go with their calls.
            self._charges |= charges_of(new)

    def made(self, call: Call) -> None:
        """This call is new."""
        self._before.setdefault(_id(call), None)

    def made_past_models(self, ids: Iterable[UUID]) -> None:
        """These calls are new and have a day and a month; they were written by no ``save()``."""
        self._before |= {pk: None for pk in ids if pk not in self._before}

    def saving(self, call: Call) -> None:
        """For :meth:`Call.save`: see to it that the call is known, has a day and a month."""
        if _id(call) not in self._before:
            if call._state.adding:
                self.made(call)
            else:
                rows = (
                    Call.objects.of(call.account_id)
                    .filter(pk=call.pk)
                    .select_for_update(no_key=True)
                )
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
        after = {pk: Row(*values) for pk, *values in rows}
        prices = self._rate(self._before, after)
        changes = [
            (pk, old, new)
            for pk, row in self._before.items()
            if (old := counted(row, self._charges.get(pk)))
            != (new := counted(after.get(pk), prices.get(pk)))
        ]
        self._before, self._charges = {}, {}
        store_counted({pk: new for pk, _, new in changes})
        self._add(changes)

    def _rate(
        self, before: Mapping[UUID, Row | None], after: Mapping[UUID, Row]
    ) -> dict[UUID, Priced]:
        """What calls cost now. Rated are those of which something is new that decides it.

        Another code, say, takes its call's cost along as it is.
        """
        charged = {pk: row for pk, row in after.items() if self.calendar(row.account_id).currency}
        if not charged:
            return {}
        self._charges |= charges_of(charged)
        prices: dict[UUID, Priced | None] = {pk: self._charges.get(pk) for pk in charged}
        for pk, row in charged.items():
            was = before[pk]
            if was is None or was.rated_by != row.rated_by:
                prices[pk] = self._rater(row.account_id).price(row, prices[pk])
        new = {pk: one for pk, one in prices.items() if one != self._charges.get(pk)}
        store_charges({pk: charged[pk].account_id for pk in new}, self._charges, new)
        return {pk: one for pk, one in prices.items() if one is not None}

    def _rater(self, account_id: UUID) -> Rater:
        if account_id not in self._raters:
            self._raters[account_id] = Rater(account_id, self.calendar(account_id))
        return self._raters[account_id]

    def _add(self, changes: "list[tuple[UUID, Counted | None, Counted | None]]") -> None:
        days, codes, users, adjustments = Sums(), Sums(), Sums(), []
        for pk, before, now in changes:
            for one, sign in ((before, -1), (now, 1)):
                if one is not None:
                    days.add(day_key(one), one.amounts.times(sign))
            if before is not None and self.calendar(before.account_id).is_closed(before.month):
                adjustments += self._adjust(pk, before, now)
                continue
            for one, sign in ((before, -1), (now, 1)):
                if one is not None:
                    codes.add(code_key(one), one.amounts.times(sign), one.encrypted)
                    users.add(user_key(one), one.amounts.times(sign))
        for made in Adjustment.objects.bulk_create(adjustments):
            count_adjustment(made, codes, users)
        add_sums(days, codes, users)

    def _adjust(self, pk: UUID, before: Counted, now: Counted | None) -> list[Adjustment]:
        month = self.calendar(before.account_id).open_after(before.month)

        def adjustment(one: Counted, amounts: Amounts) -> Adjustment:
            return Adjustment(
                **amounts._asdict(),
                account_id=one.account_id,
                call_id=pk,
                of_month=before.month,
                month=month,
                account_code_lookup=one.account_code_lookup,
                account_code_encrypted=one.encrypted,
                account_code_name=one.account_code_name,
                state=one.state,
                who=one.who,
                user_name=one.user_name,
            )

        if now is None:
            return [adjustment(before, before.amounts.times(-1))]
        if _billed_to(before) == _billed_to(now):
            more = now.amounts.plus(before.amounts.times(-1))
            return [adjustment(now, more)] if any(more) else []
        return [adjustment(before, before.amounts.times(-1)), adjustment(now, now.amounts)]


def _id(call: Call) -> UUID:
    # Of a call that is about to be stored it may still be text.
    return UUID(str(call.pk))


def _billed_to(one: Counted) -> tuple[Any, ...]:
    return (*code_key(one)[2:], *user_key(one)[2:])


def amounts_of(one: Adjustment | UserTotal) -> Amounts:
    """What is in a stored row."""
    return Amounts(one.calls, one.seconds, one.billed_seconds, one.cost)


Cost = tuple[int, Decimal]
"""Billed seconds, and an amount."""
Costs = dict[Key, Cost]
"""By the rest of a total's key, which the account and the month are no part of."""


@dataclass(slots=True)
class Sums:
    """Differences by a total's key, and the encrypted code that goes with it."""

    by_key: dict[tuple[Any, ...], tuple[Amounts, str]] = field(default_factory=dict)

    def add(self, key: tuple[Any, ...], amounts: Amounts, encrypted: str = "") -> None:
        """Add to a key's sums."""
        if (had := self.by_key.get(key)) is not None:
            amounts, encrypted = had[0].plus(amounts), encrypted or had[1]
        self.by_key[key] = (amounts, encrypted)

    def rows(self, *, with_code: bool = False) -> list[tuple[Any, ...]]:
        """Those that are not zero, in an order that is the same for all who add."""
        return [
            (*key, encrypted, *amounts) if with_code else (*key, *amounts)
            for key, (amounts, encrypted) in sorted(self.by_key.items(), key=_in_order)
            if any(amounts)
        ]


def _in_order(item: tuple[tuple[Any, ...], object]) -> tuple[Any, ...]:
    # An id compares ten times as fast by its number.
    return tuple([one.int if isinstance(one, UUID) else one for one in item[0]])


day_key: Callable[[Any], tuple[Any, ...]] = attrgetter(*KEYS[DayTotal])
"""The key of the day total that a counted call is in."""
code_key: Callable[[Any], tuple[Any, ...]] = attrgetter(*KEYS[CodeTotal])
"""The key of the code total that a counted call or an adjustment is in."""
user_key: Callable[[Any], tuple[Any, ...]] = attrgetter(*KEYS[UserTotal])
"""The key of the user total that a counted call or an adjustment is in."""


def count_adjustment(
    one: Adjustment, codes: Sums, users: Sums, *, month: date | None = None, sign: int = 1
) -> None:
    """Add an adjustment (or with -1 take it away) to the sums of a month, its own by default."""
    month = month or one.month
    amounts = amounts_of(one).times(sign)
    codes.add((one.account_id, month, *code_key(one)[2:]), amounts, one.account_code_encrypted)
    users.add((one.account_id, month, *user_key(one)[2:]), amounts)


def add_sums(days: Sums, codes: Sums, users: Sums) -> None:
    """Add differences to the stored totals; always in this order of tables."""
    add_to(DayTotal, days.rows())
    add_to(CodeTotal, codes.rows(with_code=True))
    add_to(UserTotal, users.rows())


def add_costs(account_id: UUID, month: date, costs: "tuple[Costs, Costs, Costs]") -> None:
    """Add what calls of a month cost more, and nothing else, to totals that are there.

    Of days, codes and users, by the rest of their keys, in the order that all keep.
    """
    days, codes, users = costs
    rest = (account_id, month)
    ids_of = {key: (key[0].int, *key[1:]) for key in users}
    in_order = (sorted(days), sorted(codes), sorted(users, key=ids_of.__getitem__))
    more: tuple[tuple[str, ...], ...] = ((), ("",), ())  # The code itself is known there.
    for model, keys, of_table, one in zip(KEYS, in_order, costs, more, strict=True):
        rows = [(*rest, *key, *one, 0, 0, *of_table[key]) for key in keys if any(of_table[key])]
        add_to(model, rows)


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


@contextmanager
def counting_itself(call: Call) -> Iterator[None]:
    """Count a call that is saved inside, alone or with what else a ledger is open for."""
    with counting() as ledger:
        ledger.saving(call)
        yield
