"""The currency an account's calls are charged in, and rating calls that are on record again.

Rating again never touches a call, and nothing of a closed month: what such a month has cost stays.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext

from callmark.accounts.changes import change
from callmark.accounts.locks import lock_account
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.audit.actions import Action
from callmark.calls.calendars import AccountCalendar, account_calendar, hold_calendars
from callmark.calls.counted import NOTHING, Row, keys_of, to_store_costs
from callmark.calls.counting import Costs, add_costs
from callmark.calls.listing import ORDER, beyond
from callmark.calls.models import BatchState, Call, DayTotal, Job, Rerating, UserTotal
from callmark.calls.rating import Priced, Rater, has_charges, to_store_charges
from callmark.calls.unawaited import unawaited
from callmark.calls.upserts import Prepared
from callmark.tariffs.models import check_currency
from callmark.tariffs.queries import has_tariff

HELD_FOR = 0.25
"""Seconds in which nobody else changes a call of the account; what was begun then is ended.

On SQLite, where nobody else writes anything meanwhile, it is for as many calls as are read at once.
"""

_FIRST = 125
"""Calls that are read first, where others are read meanwhile."""


def set_currency(account: Account, currency: str, *, actor: User | None) -> Account:
    """Set what the account's calls are charged in (ISO 4217). Refused once any has been charged."""
    try:
        check_currency(currency)
    except ValidationError as problem:
        raise Refused(problem.messages[0], "currency", code="no_such_currency") from None
    with change(account, Action.CURRENCY_SET, account, actor=actor, only=("currency",)) as changed:
        if account.currency == currency:
            changed.is_needed = False
        elif account.currency and has_charges(account.pk):
            raise Refused(
                gettext(
                    "Calls have been charged in another currency: it cannot be changed any more."
                ),
                "currency",
                code="calls_charged",
            )
        account.currency = currency
    return account


def rate_again(account: Account, *, since: date | None, actor: User | None) -> Rerating:
    """Begin to rate all calls from a day on (None: all) again, by the rates that hold now.

    The worker does it in parts (:mod:`callmark.calls.jobs`); open months only.
    """
    rerating = Rerating(
        account=account, since=since, by_name=actor.name if actor else "command line"
    )
    with change(account, Action.CALLS_RATED_AGAIN, rerating, actor=actor, about=account):
        # Two at once would each tell half of what has changed.
        account = lock_account(account.pk)
        if not has_tariff(account):
            raise Refused(gettext("The account has no rates yet."), code="no_tariff")
        if Job.objects.of(account).exclude(rerating=None).exists():
            raise Refused(gettext("Calls are being rated again already."), code="under_way")
        totals = DayTotal.objects.of(account)
        totals = totals.exclude(month__in=account_calendar(account).closed_months)
        if since is not None:
            totals = totals.filter(day__gte=since)
        rerating.total = totals.aggregate(calls=Sum("calls"))["calls"] or 0
        rerating.save(force_insert=True)
        Job.objects.create(account=account, rerating=rerating)
    return rerating


def rate_some(rerating: Rerating, job: Job, at_most: int) -> bool:
    """Rate the next calls in the transaction of who asks, and has locked both rows; whether that
    were all. ``at_most`` are read at once.

    Month after month, each from its newest call on: where calls lie beside each other, and an
    index begins. By their ids, each part would look for its calls among all that there are.
    """
    account_id = rerating.account_id
    # Alone, for a quarter of a second: a lock on each of the calls would write each of them.
    calendar = hold_calendars([account_id], alone=True)[account_id]
    if job.cursor_month is None:
        # What a version that went by ids had begun is begun again.
        job.cursor = job.cursor_at = None
        rerating.done = rerating.changed = 0
        rerating.cost_before = rerating.cost_after = NOTHING
    month = _open_month(account_id, calendar, since=job.cursor_month)
    if month != job.cursor_month:
        job.cursor = job.cursor_at = None
    if month is not None and _rate_some_of(month, rerating, job, calendar, at_most):
        job.cursor = job.cursor_at = None
        month = _open_month(account_id, calendar, since=month + timedelta(days=1))
    job.cursor_month = month
    job.save(update_fields=["cursor", "cursor_at", "cursor_month"])
    is_done = month is None
    rerating.state = BatchState.DONE if is_done else BatchState.RUNNING
    rerating.finished_at = timezone.now() if is_done else None
    rerating.save()
    return is_done


def _rate_some_of(
    month: date, rerating: Rerating, job: Job, calendar: AccountCalendar, at_most: int
) -> bool:
    """Rate the month's next calls for :data:`HELD_FOR`; whether those were its last.

    PostgreSQL writes what some cost, and reads the next, while we rate those in between. Nobody
    changes any of them meanwhile, and all is kept or none of it: it is one transaction.
    """
    began, rater = time.monotonic(), Rater(rerating.account_id, calendar)
    in_totals: tuple[Costs, Costs, Costs] = ({}, {}, {})
    with unawaited() as database:
        # Few at first: the database waits for us until those are read, and the next are asked for.
        asked = min(at_most, _FIRST) if database.works_beside_us else at_most
        coming = database.ask(_next_calls(rerating, job, month)[:asked])
        store = _to_store(_Rated())
        is_last = is_over = False
        while not is_over:
            database.wait()
            # At once, as it was put together while the database had something else to do.
            store()
            calls = _read(rerating.account_id, month, coming())
            is_last = len(calls) < asked
            is_held_on = database.works_beside_us and time.monotonic() - began < HELD_FOR
            is_over = is_last or not is_held_on
            if calls:
                job.cursor, last, _ = calls[-1]
                job.cursor_at = last.started_at
            if not is_over:
                asked = at_most
                coming = database.ask(_next_calls(rerating, job, month)[:asked])
            store = _to_store(_rate(rerating, calls, rater, in_totals))
        store()
        add_costs(rerating.account_id, month, in_totals)
    return is_last


def _open_month(account_id: UUID, calendar: AccountCalendar, since: date | None) -> date | None:
    """The first open month with calls, from this day on."""
    months = UserTotal.objects.of(account_id).exclude(month__in=calendar.closed_months)
    if since is not None:
        months = months.filter(month__gte=since)
    return months.order_by("month").values_list("month", flat=True).first()


_READ = tuple(one for one in Row._fields if one not in Row._field_defaults)[2:]
"""What of a call of an account's open month decides what it costs, and where that is added up."""

_Charged = tuple[Decimal, int, UUID | None, str]
"""Of a charge, what a version of a tariff does not tell: see :func:`_charged`."""


def _charged(price: Priced) -> _Charged:
    return (price.amount, price.billed_seconds, price.tariff_id, price.rate)


def _next_calls(rerating: Rerating, job: Job, month: date) -> QuerySet[Call, tuple[Any, ...]]:
    """The calls that are to be rated after the last one, with what they cost."""
    calls = Call.objects.of(rerating.account_id).filter(simulated=False, billing_month=month)
    if rerating.since is not None:
        # The account's days, and what an index of moments can find of them in any time zone.
        first = (
            datetime.combine(max(rerating.since, _LONG_AGO), time_of_day(), UTC) - _MORE_THAN_A_DAY
        )
        calls = calls.filter(day__gte=rerating.since, started_at__gte=first)
    if job.cursor is not None and job.cursor_at is not None:
        calls = beyond(calls, job.cursor_at, job.cursor)
    return calls.order_by(*ORDER).values_list("pk", *_READ, *_CHARGED)


_CHARGED = ("charge__amount", "charge__billed_seconds", "charge__tariff_id", "charge__rate")


_Found = tuple[UUID, Row, _Charged | None]
"""A call, and what it costs if it costs anything."""


def _read(account_id: UUID, month: date, found: Iterable[tuple[Any, ...]]) -> list[_Found]:
    return [
        (
            pk,
            Row(account_id, month, *values),
            None if amount is None else (amount, billed, tariff, rate),
        )
        for pk, *values, amount, billed, tariff, rate in found
    ]


_LONG_AGO = date(1970, 1, 1)
_MORE_THAN_A_DAY = timedelta(days=2)


@dataclass(slots=True)
class _Rated:
    """Of calls that cost something else now: which cost nothing any more, what the others cost,
    and what all of them count as.
    """

    gone: list[UUID] = field(default_factory=list)
    charges: list[tuple[Any, ...]] = field(default_factory=list)
    costs: list[tuple[UUID, int, Decimal]] = field(default_factory=list)


def _rate(
    rerating: Rerating,
    calls: Sequence[_Found],
    rater: Rater,
    in_totals: tuple[Costs, Costs, Costs],
) -> _Rated:
    """Rate these calls of an open month, which nobody changes; only what they cost differs then.

    In one pass, without a ledger: nothing but cost and billed time is added to their totals. Each
    total is there, with its encrypted code, since its calls were counted.
    """
    rated = _Rated()
    for pk, row, was in calls:
        found = rater.price(row, None)
        if found is None:
            billed_now, new = 0, NOTHING
        else:
            billed_now, new = found.billed_seconds, found.amount
            rerating.cost_after += new
        if was is not None:
            rerating.cost_before += was[0]
        if was == (found and _charged(found)):
            continue
        if found is None:
            rated.gone.append(pk)
        else:
            rated.charges.append((pk, row.account_id, *found))
        old, billed = (was[0], billed_now - was[1]) if was else (NOTHING, billed_now)
        rerating.changed += old != new
        if not (billed or new != old) or (keys := keys_of(row)) is None:
            continue
        rated.costs.append((pk, billed_now, new))
        change = new - old
        for of_table, key in zip(in_totals, keys, strict=True):
            had = of_table.get(key)
            of_table[key] = (had[0] + billed, had[1] + change) if had else (billed, change)
    rerating.done += len(calls)
    return rated


def _to_store(rated: _Rated) -> Prepared:
    store_charges = to_store_charges(rated.gone, rated.charges)
    store_costs = to_store_costs(rated.costs)

    def store() -> None:
        store_charges()
        store_costs()

    return store


def last_rerating(account: Account) -> Rerating | None:
    """The one that was begun last."""
    return Rerating.objects.of(account).order_by("-at", "-pk").first()
