"""How many calls a filter finds and how long they talked: from totals, or up to a bound."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from callmark.accounts.access import may_read_history, may_see_codes
from callmark.accounts.models import Account, User
from callmark.calls import listing
from callmark.calls.calendars import calendar_of
from callmark.calls.counted import NOTHING
from callmark.calls.filters import CallFilter
from callmark.calls.models import Call, ClosedMonth, DayTotal, Job, TagState
from callmark.calls.periods import Calendar
from callmark.calls.queries import calls_of
from callmark.policy.values import value_class
from callmark.tariffs.queries import has_tariff

COUNTED_AT_MOST = 5_000
"""Calls that are looked at one by one for a sum, wherever they lie: about 30 ms."""

_IN_TOTALS = frozenset(
    {"since", "until", "call_type", "direction", "untagged", "to_assign", "simulated"}
    | {"not_billable", "billing_month"}
)


@value_class
class CallSum:
    """``exact`` False: there are more calls than these, and they were not all looked at.

    ``cost`` is in the account's currency; it and ``billed_seconds`` are None where not all calls
    were looked at, and where the account has no tariff: then ``currency`` is empty, too.
    """

    calls: int
    seconds: int
    exact: bool = True
    billed_seconds: int | None = None
    cost: Decimal | None = None
    currency: str = ""


def found_by(search: CallFilter, account: Account, person: User) -> QuerySet[Call]:
    """The calls that a filter finds of those that this person may read, without an order.

    By a code's digits only for those who may see codes; to others none is found by them.
    """
    calls = calls_of(account, person)
    if search.account_code and not may_see_codes(person, account):
        return calls.none()
    return search.with_code(calls, account.pk)


def sum_of(search: CallFilter, account: Account, person: User) -> CallSum:
    """The sum of what :func:`found_by` finds: exact from totals if they can tell, else bounded."""
    with_cost = has_tariff(account)
    found = _sum_of(search, account, person, with_cost=with_cost)
    if with_cost:
        return replace(found, currency=account.currency)
    return replace(found, cost=None, billed_seconds=None)


def _sum_of(search: CallFilter, account: Account, person: User, *, with_cost: bool) -> CallSum:
    if may_read_history(person, account):
        found = _from_totals(search, account, person, with_cost=with_cost)
        if found is not None:
            return found
    calls = found_by(search.by_index(), account, person)
    return sum_among(calls, search.by_looking(), with_cost=with_cost)


def sum_among(
    calls: QuerySet[Call], looking_for: CallFilter, *, with_cost: bool = False
) -> CallSum:
    """The sum of what is looked for among these calls, as far as a page looks.

    ``looking_for`` is a filter's :meth:`CallFilter.by_looking`, ``calls`` are what its index finds.
    """
    if looking_for == CallFilter():
        return bounded_sum(calls, with_cost=with_cost)
    last = listing.where_looking_ends(calls)
    newest = calls if last is None else calls.filter(started_at__gte=last)
    some = bounded_sum(
        looking_for.narrow(newest), listing.LOOKED_AT, with_cost=with_cost and last is None
    )
    return replace(some, exact=some.exact and last is None)


def bounded_sum(
    calls: QuerySet[Call], most: int = COUNTED_AT_MOST, *, with_cost: bool = False
) -> CallSum:
    """The sum of these calls, of which this many are looked at, at most.

    Their cost only if those are all: a charge is another row, and what some of the calls cost
    tells nobody what all of them do.
    """
    # In the order of an index: else all calls of a code are found before some are taken.
    some = calls.order_by(*listing.ORDER)[: most + 1]
    found = some.aggregate(calls=Count("pk"), seconds=Sum("seconds"))
    count = found["calls"]
    told = CallSum(min(count, most), found["seconds"] or 0, exact=count <= most)
    if not with_cost or not told.exact:
        return told
    cost = some.aggregate(cost=Sum("charge__amount"), billed=Sum("charge__billed_seconds"))
    return replace(told, billed_seconds=cost["billed"] or 0, cost=cost["cost"] or NOTHING)


_Days = tuple[date | None, date | None]


def days_in_totals(search: CallFilter, account: Account) -> _Days | None:
    """The days that a filter asks for; None: day totals do not know all that it asks.

    The first day, and the first that is not in the range any more; None: without that bound.
    """
    if search.simulated is not False or not search.asks_only_for(_IN_TOTALS):
        return None
    calendar = calendar_of(account)
    since, until = _day(search.since, calendar), _day(search.until, calendar)
    if since is _NO_DAY or until is _NO_DAY:
        return None
    if Job.objects.of(account).filter(batch=None, rerating=None, gathers=False).exists():
        return None  # Days are being brought to another calendar.
    # Closed months keep the days of the time zone that they were closed in.
    others = ClosedMonth.objects.of(account).exclude(time_zone=account.zone.key)
    if since is not None:
        others = others.filter(ends__gt=since - timedelta(days=1))
    return None if others.exists() else (since, until)


_NO_DAY = date.min


def _day(moment: datetime | None, calendar: Calendar) -> date | None:
    if moment is None:
        return None
    day = calendar.day_of(moment)
    return day if calendar.begins(day) == moment else _NO_DAY


def _from_totals(
    search: CallFilter, account: Account, person: User, *, with_cost: bool
) -> CallSum | None:
    days = days_in_totals(search, account)
    if days is None:
        return None
    states, beside = _states(search), None
    if search.untagged is not None and search.not_billable is not False:
        # Whether a call that is not billable has a code, a total does not tell; they are few.
        marked = found_by(replace(search, untagged=None, not_billable=True), account, person)
        # Not by the code's hash: SQLite would take the index of all calls without one.
        without = Q(account_code_encrypted="")
        marked = marked.filter(without if search.untagged else ~without)
        beside = bounded_sum(marked, with_cost=with_cost)
        if not beside.exact:
            return None
        states.discard(TagState.NOT_BILLABLE)
    since, until = days
    wanted = {
        "day__gte": since,
        "day__lt": until,
        "month": search.billing_month,
        "call_type": search.call_type,
        "direction": search.direction,
    }
    conditions = Q(**{name: value for name, value in wanted.items() if value is not None})
    totals = DayTotal.objects.of(account).filter(conditions)
    found = totals.filter(state__in=states).aggregate(
        calls=Sum("calls"),
        seconds=Sum("seconds"),
        billed_seconds=Sum("billed_seconds"),
        cost=Sum("cost"),
    )
    amounts = {name: value or 0 for name, value in found.items()}
    told = CallSum(**amounts | {"cost": found["cost"] or NOTHING})
    return _together(told, beside) if beside else told


def _together(one: CallSum, other: CallSum) -> CallSum:
    return CallSum(
        one.calls + other.calls,
        one.seconds + other.seconds,
        billed_seconds=(one.billed_seconds or 0) + (other.billed_seconds or 0),
        cost=(one.cost or NOTHING) + (other.cost or NOTHING),
    )


def _states(search: CallFilter) -> set[TagState]:
    """The states of the calls that match."""
    states = set(TagState)
    if search.to_assign is not None:
        states = {one for one in states if (one is TagState.TO_ASSIGN) is search.to_assign}
    if search.not_billable is not None:
        states = {one for one in states if (one is TagState.NOT_BILLABLE) is search.not_billable}
    if search.untagged is not None:
        states = {one for one in states if (one is not TagState.TAGGED) is search.untagged}
    return states
