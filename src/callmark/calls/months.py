"""Closing an account's month: its codes no longer change, and its figures are kept for good.

All that writes calls holds the account's calendar
(:func:`callmark.calls.calendars.hold_calendars`); closing waits for them, and they see the month
closed afterwards. Late records go to the first open month; what is learned of a call of a closed
one is an :class:`~callmark.calls.models.Adjustment`.
"""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext

from callmark.accounts.changes import change
from callmark.accounts.locks import lock_account
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.audit.actions import Action
from callmark.calls.calendars import AccountCalendar, account_calendar, calendar_of
from callmark.calls.counted import NOTHING
from callmark.calls.counting import Sums, add_sums, count_adjustment
from callmark.calls.early import why_wait
from callmark.calls.models import (
    Adjustment,
    Call,
    Charge,
    ClosedMonth,
    CodeTotal,
    DayTotal,
    Job,
    TagState,
    UserTotal,
    WaitingRecord,
)
from callmark.calls.models.totals import AMOUNTS, NOBODY
from callmark.calls.periods import Calendar, Month
from callmark.codes.models import AccountCode
from callmark.keys.installed import keyring
from callmark.policy.values import value_class
from callmark.tariffs.queries import has_tariff


class WarningKind(StrEnum):
    """Why it may be too early to close a month. Programs read the values: they never change."""

    RUNNING = "calls_running"
    WAITING = "records_waiting"
    TO_ASSIGN = "calls_to_assign"
    EARLIER_OPEN = "earlier_month_open"
    WORK_UNDER_WAY = "corrections_under_way"


@value_class
class Warn:
    """One reason to wait; closing is possible all the same."""

    kind: WarningKind
    count: int
    message: str


@value_class
class CodeFigure:
    """Calls of one code in a month. ``lookup`` '' : those without a code.

    ``code_id`` is None for digits that are no code of the account (any more).
    """

    lookup: str
    account_code: str
    name: str
    code_id: UUID | None
    state: TagState
    calls: int
    seconds: int
    billed_seconds: int
    cost: Decimal | None


@value_class
class UserFigure:
    """Calls of one user in a month; ``user_id`` None: nobody known, or deleted."""

    user_id: UUID | None
    name: str
    state: TagState
    calls: int
    seconds: int
    billed_seconds: int
    cost: Decimal | None


@value_class
class MonthFigures:
    """What is billed in a month. Adjustments are in the figures already.

    ``cost`` is in ``currency``; None, here and in each figure, where the account has
    no tariff. ``more_codes``: so many more lines are by code, of which only the first were wanted.
    """

    month: Month
    closed: ClosedMonth | None
    calls: int
    seconds: int
    billed_seconds: int
    cost: Decimal | None
    currency: str
    to_assign: int
    by_code: list[CodeFigure]
    by_user: list[UserFigure]
    adjustments: list[Adjustment]
    more_codes: int = 0


@value_class
class MonthState:
    """One month in the list of months."""

    month: Month
    closed: ClosedMonth | None
    calls: int
    seconds: int
    billed_seconds: int
    cost: Decimal | None
    to_assign: int
    currency: str
    is_over: bool


def warnings(
    account: Account, month: date, *, in_spools: int = 0, to_assign: int | None = None
) -> list[Warn]:
    """Why it may be too early to close this month. ``to_assign``: how many are, if that is known.

    ``in_spools``: records of the account that gates have not stored yet, as those who can see their
    folders know. Of records that wait in the database, those count that name the account.
    """
    calendar = calendar_of(account)
    until = calendar.begins(Month(month).next.first)
    calls = Call.objects.of(account).filter(simulated=False, billing_month=month)
    running = calls.filter(
        ended_at=None, started_at__gt=timezone.now() - timedelta(hours=12), started_at__lt=until
    ).count()
    if to_assign is None:
        to_assign = _sums(account, month)["to_assign"]
    named = WaitingRecord.objects.filter(placed_on=None, line__contains=str(account.pk))
    told = (
        (WarningKind.RUNNING, running),
        (WarningKind.WAITING, in_spools + named.count()),
        (WarningKind.TO_ASSIGN, to_assign),
        (WarningKind.EARLIER_OPEN, len(_open_months(account, before=month))),
        (WarningKind.WORK_UNDER_WAY, Job.objects.of(account).filter(gathers=False).count()),
    )
    return [Warn(kind, count, why_wait(kind, count)) for kind, count in told if count]


def close_month(account: Account, month: date, *, actor: User | None) -> ClosedMonth:
    """Close the month that begins on this day, once it is over: nothing of it changes any more."""
    closed = ClosedMonth(account=account, month=month)
    with change(account, Action.MONTH_CLOSED, closed, actor=actor):
        account = lock_account(account.pk)
        calendar = account_calendar(account)
        whole = _existing(calendar, month)
        if calendar.days.begins(whole.next.first) > timezone.now():
            raise Refused(gettext("This month is not over yet."), "month", code="month_not_over")
        if calendar.is_closed(month):
            raise Refused(gettext("This month is closed already."), "month", code="month_closed")
        closed.ends, closed.time_zone = whole.next.first, account.zone.key
        closed.closed_at = timezone.now()
        closed.closed_by = actor.name if actor else "command line"
        for name, value in _sums(account, month).items():
            setattr(closed, name, value)
        if has_tariff(account):
            closed.currency = account.currency
            closed.tariff_version = _versions_used(account, month)
    return closed


def reopen_month(account: Account, month: date, *, actor: User | None) -> None:
    """Open a closed month again, and take back into it what was learned of its calls since.

    What an already closed later month has counted of them stays there.
    """
    closed = ClosedMonth.objects.of(account).filter(month=month).first()
    if closed is None:
        raise Refused(gettext("This month is not closed."), "month", code="month_open")
    with change(account, Action.MONTH_REOPENED, closed, actor=actor):
        lock_account(account.pk)
        closed.delete()
        _take_back(account, month)


def _take_back(account: Account, month: date) -> None:
    """Count what was adjusted elsewhere in the calls' own month again, if that can still change."""
    still_closed = ClosedMonth.objects.of(account).values("month")
    moved = Adjustment.objects.of(account).filter(of_month=month).exclude(month__in=still_closed)
    codes, users = Sums(), Sums()
    for one in moved:
        count_adjustment(one, codes, users, sign=-1)
        count_adjustment(one, codes, users, month=month)
    add_sums(Sums(), codes, users)
    moved.delete()


def figures(
    account: Account,
    month: date,
    *,
    most_codes: int | None = None,
    with_users: bool = True,
    known: MonthState | None = None,
) -> MonthFigures:
    """What is billed in the month that begins on this day: kept, if it is closed.

    ``most_codes``: the first lines by code are enough (None: all are wanted). ``known``: its sums.
    """
    closed = ClosedMonth.objects.of(account).filter(month=month).first()
    has_cost = bool(closed.currency) if closed else has_tariff(account)
    sums = {name: getattr(known, name) for name in _SUMS} if known else _sums(account, month)
    cost = sums.pop("cost")
    adjustments = Adjustment.objects.of(account).filter(month=month)
    codes = CodeTotal.objects.of(account).filter(month=month).exclude(_NOTHING)
    by_code = _by_code(account, codes, most_codes, has_cost=has_cost)
    is_cut = len(by_code) == most_codes
    return MonthFigures(
        month=Month(month),
        closed=closed,
        cost=cost if has_cost else None,
        currency=closed.currency if closed else account.currency,
        by_code=by_code,
        more_codes=CodeTotal.count_of(account, month) - len(by_code) if is_cut else 0,
        by_user=_by_user(account, month, has_cost=has_cost) if with_users else [],
        adjustments=list(adjustments.select_related("call")),
        **sums,
    )


def month_from(account: Account, first: date | None) -> date:
    """The month that begins on this day (None: the one it is now), by its first day.

    By the account's calendar, or by that of then where it was closed or calls are billed in it.
    Raises :class:`Refused` for a day on which no month begins.
    """
    calendar = calendar_of(account)
    if first is None:
        return calendar.month_of(calendar.day_of(timezone.now())).first
    kept = (model.objects.of(account).filter(month=first) for model in (CodeTotal, ClosedMonth))
    if calendar.month_of(first).first != first and not any(rows.exists() for rows in kept):
        raise _no_such_month(calendar)
    return first


def _no_such_month(calendar: Calendar) -> Refused:
    message = gettext("The account's months begin on day {day}.").format(day=calendar.billing_day)
    return Refused(message, "month", code="no_such_month")


def months(account: Account, *, only: date | None = None) -> list[MonthState]:
    """Months with calls, the newest first, and this one; ``only``: the one that begins then."""
    calendar = calendar_of(account)
    today = calendar.day_of(timezone.now())
    closings = ClosedMonth.objects.of(account)
    firsts = {calendar.month_of(today).first}
    if only is not None:
        closings, firsts = closings.filter(month=only), firsts & {only}
    sums = _sums_by_month(account, only)
    has_cost = has_tariff(account)
    closed = {one.month: one for one in closings}
    firsts |= {*sums, *closed}
    return [
        MonthState(
            month=Month(first),
            closed=closed.get(first),
            cost=_cost(of_month.pop("cost"), closed.get(first), has_cost=has_cost),
            currency=closed[first].currency if first in closed else account.currency,
            is_over=Month(first).next.first <= today,
            **of_month,
        )
        for first in sorted(firsts, reverse=True)
        for of_month in [sums.get(first) or {**_SUMS}]
    ]


def _cost(cost: Decimal, closed: ClosedMonth | None, *, has_cost: bool) -> Decimal | None:
    return cost if (closed.currency if closed else has_cost) else None


def _versions_used(account: Account, month: date) -> str:
    """The versions that the month's calls were rated by, as many as there is room for."""
    used = Charge.objects.of(account).filter(call__billing_month=month)
    versions = used.order_by("tariff_version").values_list("tariff_version", flat=True).distinct()
    return ", ".join(versions)[:64]


def _open_months(account: Account, before: date) -> list[date]:
    closed = ClosedMonth.objects.of(account).values("month")
    totals = DayTotal.objects.of(account).filter(month__lt=before).exclude(month__in=closed)
    return sorted(totals.exclude(calls=0).order_by().values_list("month", flat=True).distinct())


def _existing(calendar: AccountCalendar, month: date) -> Month:
    whole = calendar.days.month_of(month)
    if whole.first != month:
        raise _no_such_month(calendar.days)
    return whole


_SUMS: dict[str, Any] = {**dict.fromkeys(AMOUNTS, 0), "cost": NOTHING, "to_assign": 0}
"""What is added up of a month: nothing yet."""


def _sums(account: Account, month: date) -> dict[str, Any]:
    return _sums_by_month(account, month).get(month) or {**_SUMS}


def _sums_by_month(account: Account, only: date | None) -> dict[date, dict[str, Any]]:
    """The sums of each month that has any: of its days, and of what was learned later.

    Some hundred rows, which add up to the same as totals by user and by code.
    """
    learned = Adjustment.objects.of(account)
    sums = {f"of_{name}": Sum(name) for name in AMOUNTS}
    sums["of_calls_to_assign"] = Sum("calls", filter=Q(state=TagState.TO_ASSIGN))
    found: dict[date, dict[str, Any]] = {}
    days: QuerySet[Any] = DayTotal.objects.of(account)
    for every, by, sign in ((days, "month", 1), (learned, "month", 1), (learned, "of_month", -1)):
        rows = every if only is None else every.filter(**{by: only})
        told = rows.order_by().values(by).annotate(**sums).values_list(by, *sums)
        for month, *amounts in told:
            of_month = found.setdefault(month, {**_SUMS})
            for name, amount in zip(_SUMS, amounts, strict=True):
                of_month[name] += sign * (amount or 0)
    return found


_NOTHING = Q(calls=0, seconds=0, billed_seconds=0, cost=NOTHING)
"""A total of which nothing is left."""


def _by_user(account: Account, month: date, *, has_cost: bool) -> list[UserFigure]:
    totals = UserTotal.objects.of(account).filter(month=month).exclude(_NOTHING)
    values = totals.order_by("-seconds", "user_name", "pk").values_list(
        "who", "user_name", "state", *AMOUNTS
    )
    return [
        UserFigure(
            None if who == NOBODY else who,
            name,
            TagState(state),
            calls,
            seconds,
            billed,
            cost if has_cost else None,
        )
        for who, name, state, calls, seconds, billed, cost in values
    ]


_LISTED = 1000
"""Codes that a query names; where there are more, all of the account's are read."""


def _by_code(
    account: Account, totals: QuerySet[CodeTotal], most: int | None, *, has_cost: bool
) -> list[CodeFigure]:
    # Values, no models: making those of thousands of rows would be most of the work.
    values = totals.order_by("-seconds", "account_code_name", "pk").values_list(
        "account_code_lookup",
        "account_code_encrypted",
        "account_code_name",
        "state",
        *AMOUNTS,
    )
    rows = list(values[:most])
    lookups = {row[0] for row in rows if row[0]}
    codes = AccountCode.objects.of(account)
    if len(lookups) <= _LISTED:
        codes = codes.filter(code_lookup__in=lookups)
    ids = dict(codes.values_list("code_lookup", "pk"))
    decrypt = keyring().decrypt
    return [
        CodeFigure(
            lookup,
            decrypt(encrypted),
            name,
            ids.get(lookup),
            TagState(state),
            calls,
            seconds,
            billed,
            cost if has_cost else None,
        )
        for lookup, encrypted, name, state, calls, seconds, billed, cost in rows
    ]
