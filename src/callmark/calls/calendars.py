"""An account's calendar with its closed months: in which month is a call billed?"""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from callmark.accounts.models import Account
from callmark.calls.models import ClosedMonth
from callmark.calls.periods import Calendar, Month
from callmark.policy.values import value_class


@value_class
class AccountCalendar:
    """``closed`` are the closed months, each with the day after its last one, in order."""

    days: Calendar
    closed: tuple[tuple[date, date], ...]
    currency: str = ""
    """What calls are charged in; '' : they have no cost."""

    @property
    def closed_months(self) -> list[date]:
        """The first days of the closed months."""
        return [first for first, _ in self.closed]

    def billed_in(self, day: date) -> date:
        """The month in which what happens on a day is billed: its own, or the first open one."""
        for first, ends in self.closed:
            if first <= day < ends:
                day = ends
        return self.days.month_of(day).first

    def own_month(self, day: date) -> Month:
        """The month that a day belongs to, wherever it is billed; a closed one as it was then."""
        closed = (first for first, ends in self.closed if first <= day < ends)
        return Month(next(closed, self.days.month_of(day).first))

    def ends(self, month: date) -> date:
        """The day after the last one of a month; of a closed one as it was then."""
        return dict(self.closed).get(month) or Month(month).next.first

    def is_closed(self, month: date) -> bool:
        """Whether the month of that first day is closed."""
        return month in self.closed_months

    def open_after(self, month: date) -> date:
        """The first open month after a closed one."""
        ends = next(ends for first, ends in self.closed if first == month)
        return self.billed_in(ends)

    def day_and_month(self, started_at: datetime) -> tuple[date, date]:
        """The day to which a call belongs, and the month in which it is billed."""
        day = self.days.day_of(started_at)
        return day, self.billed_in(day)


def calendar_of(account: Account) -> Calendar:
    """How the account counts its days."""
    return Calendar(account.zone, account.billing_day)


def account_calendar(account: Account) -> AccountCalendar:
    """The account's calendar and closed months, as they are now."""
    months = ClosedMonth.objects.of(account).order_by("month").values_list("month", "ends")
    return AccountCalendar(calendar_of(account), tuple(months), account.currency)


def month_of(account: Account, day: date) -> Month:
    """The account's month that a day belongs to."""
    return calendar_of(account).month_of(day)


_HELD = "SELECT * FROM accounts_account WHERE id = ANY(%s) ORDER BY id FOR SHARE"
_HELD_ALONE = _HELD.replace("SHARE", "NO KEY UPDATE")


def hold_calendars(
    account_ids: Iterable[UUID], *, alone: bool = False
) -> dict[UUID, AccountCalendar]:
    """Calendars that stay as they are until the transaction ends: no month closes meanwhile.

    Several may hold the same; :func:`callmark.calls.months.close_month` waits for all of them. Who
    holds one ``alone`` waits for all others and they for them: nobody changes a call meanwhile.
    """
    accounts: Iterable[Account] = Account.objects.filter(pk__in=account_ids).order_by("pk")
    if connection.vendor == "postgresql":
        # SQLite has one writer at a time. Django has no words for a lock that is shared.
        accounts = Account.objects.raw(
            _HELD_ALONE if alone else _HELD,
            [list(account_ids)],
        )
    held = {account.pk: account for account in accounts}
    closed: dict[UUID, list[tuple[date, date]]] = {pk: [] for pk in held}
    every = ClosedMonth.objects.of_every_account("of the accounts that are held")
    months = every.filter(account_id__in=held).order_by("account_id", "month")
    for pk, month, ends in months.values_list("account_id", "month", "ends"):
        closed[pk].append((month, ends))
    return {
        pk: AccountCalendar(calendar_of(account), tuple(closed[pk]), account.currency)
        for pk, account in held.items()
    }
