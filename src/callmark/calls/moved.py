"""What is billed in another month than its own, since that was closed when it became known."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from callmark.accounts.models import Account
from callmark.calls.calendars import AccountCalendar, account_calendar
from callmark.calls.counted import Amounts
from callmark.calls.models import Adjustment, Call, DayTotal
from callmark.calls.models.totals import AMOUNTS
from callmark.calls.periods import Month
from callmark.policy.values import value_class
from callmark.tariffs.queries import has_tariff


@value_class
class Moved:
    """What is of the month ``of_month`` (to ``last_day``) and billed in ``month``.

    Of what was learned later, ``calls`` are those that it is about, and the rest is what that adds
    (below zero: takes away). ``billed_seconds`` and ``cost``: None where the account has no tariff.
    """

    of_month: date
    last_day: date
    month: date
    calls: int
    seconds: int
    billed_seconds: int | None
    cost: Decimal | None


@value_class
class MovedCalls:
    """``came``: calls of earlier months that are billed in a month. ``went``: its own that are
    billed in later ones. ``learned``: what was learned of its own calls after it was closed.
    """

    came: list[Moved]
    went: list[Moved]
    learned: list[Moved]


def late_of(call: Call, calendar: AccountCalendar) -> Month | None:
    """The month that a call is of, where that was closed when the call became known."""
    if call.day is None:
        return None
    own = calendar.own_month(call.day)
    return None if own.first == call.billing_month else own


def learned_later(call: Call) -> QuerySet[Adjustment]:
    """What was learned of a call after the month that it is billed in was closed, in order."""
    return Adjustment.objects.of(call.account_id).filter(call=call).order_by("at", "pk")


def moved_calls(account: Account, month: date) -> MovedCalls:
    """What is billed in the month that begins on this day and is not its own, and the reverse."""
    calendar = account_calendar(account)
    within = Q(day__gte=month, day__lt=calendar.ends(month))
    days = DayTotal.objects.of(account).filter(within | Q(month=month)).exclude(calls=0)
    sums: dict[tuple[date, date], Amounts] = {}
    for (day, billed), amounts in _summed(days, "day", "month").items():
        key = (calendar.own_month(day).first, billed)
        if key[0] != billed and month in key:
            sums[key] = amounts.plus(sums[key]) if key in sums else amounts
    adjusted = Adjustment.objects.of(account).filter(of_month=month)
    about = dict(adjusted.order_by().values_list("month").annotate(Count("call", distinct=True)))
    learned = {
        (of_month, billed): amounts._replace(calls=about[billed])
        for (of_month, billed), amounts in _summed(adjusted, "of_month", "month").items()
    }
    rated = has_tariff(account)

    def moved(those: Mapping[tuple[date, date], Amounts]) -> list[Moved]:
        return [
            Moved(of_month, calendar.ends(of_month) - timedelta(days=1), billed, *told)
            for (of_month, billed), amounts in sorted(those.items())
            for told in [amounts if rated else (amounts.calls, amounts.seconds, None, None)]
        ]

    came = {key: amounts for key, amounts in sums.items() if key[1] == month}
    went = {key: amounts for key, amounts in sums.items() if key[0] == month}
    return MovedCalls(moved(came), moved(went), moved(learned))


def _summed(
    rows: QuerySet[DayTotal] | QuerySet[Adjustment], *by: str
) -> dict[tuple[date, date], Amounts]:
    sums = {f"of_{name}": Sum(name) for name in AMOUNTS}
    found = rows.order_by().values(*by).annotate(**sums).values_list(*by, *sums)
    return {(one, other): Amounts(*amounts) for one, other, *amounts in found}
