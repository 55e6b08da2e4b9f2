"""The currency an account's calls are charged in, and rating calls that are on record again.

Rating again never touches a call, and nothing of a closed month: what such a month has cost stays.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext

from callmark.accounts.changes import change
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.audit.actions import Action
from callmark.calls.calendars import AccountCalendar, account_calendar, hold_calendars
from callmark.calls.counted import NOTHING, Row, keys_of, store_costs
from callmark.calls.counting import Sums, add_sums
from callmark.calls.listing import ORDER, beyond
from callmark.calls.models import BatchState, Call, DayTotal, Job, Rerating, UserTotal
from callmark.calls.rating import Priced, Rater, has_charges, store_charges
from callmark.tariffs.models import check_currency
from callmark.tariffs.queries import has_tariff


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
        account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
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
    were all.

    Month after month, each from its newest call on: where calls lie beside each other, and an
    index begins. By their ids, each part would look for its calls among all that there are.
    """
    account_id = rerating.account_id
    # Alone, for a twentieth of a second: a lock on each of the calls would write each of them.
    calendar = hold_calendars([account_id], alone=True)[account_id]
    if job.cursor_month is None:
        # What a version that went by ids had begun is begun again.
        job.cursor = job.cursor_at = None
        rerating.done = rerating.changed = 0
        rerating.cost_before = rerating.cost_after = NOTHING
    month = _open_month(account_id, calendar, since=job.cursor_month)
    if month != job.cursor_month:
        job.cursor = job.cursor_at = None
    rows, before = _next_calls(rerating, job, month, at_most)
    _rate(rerating, rows, before, Rater(account_id, calendar))
    rerating.done += len(rows)
    if len(rows) == at_most:
        job.cursor = next(reversed(rows))
        job.cursor_at = rows[job.cursor].started_at
    elif month is not None:
        job.cursor = job.cursor_at = None
        month = _open_month(account_id, calendar, since=month + timedelta(days=1))
    job.cursor_month = month
    job.save(update_fields=["cursor", "cursor_at", "cursor_month"])
    is_done = month is None
    rerating.state = BatchState.DONE if is_done else BatchState.RUNNING
    rerating.finished_at = timezone.now() if is_done else None
    rerating.save()
    return is_done


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


def _next_calls(
    rerating: Rerating, job: Job, month: date | None, at_most: int
) -> tuple[dict[UUID, Row], dict[UUID, _Charged]]:
    """The calls, and what those of them cost that cost anything."""
    calls = Call.objects.of(rerating.account_id).filter(simulated=False, billing_month=month)
    if rerating.since is not None:
        # The account's days, and what an index of moments can find of them in any time zone.
        first = datetime.combine(max(rerating.since, _LONG_AGO), time(), UTC) - _MORE_THAN_A_DAY
        calls = calls.filter(day__gte=rerating.since, started_at__gte=first)
    if job.cursor is not None and job.cursor_at is not None:
        calls = beyond(calls, job.cursor_at, job.cursor)
    charged = ("amount", "billed_seconds", "tariff_id", "rate")
    columns = (*_READ, *(f"charge__{name}" for name in charged))
    rows: dict[UUID, Row] = {}
    before: dict[UUID, _Charged] = {}
    found = calls.order_by(*ORDER).values_list("pk", *columns)
    for pk, *values, amount, billed, tariff, rate in found[:at_most] if month else ():
        rows[pk] = Row(rerating.account_id, month, *values)
        if amount is not None:
            before[pk] = (amount, billed, tariff, rate)
    return rows, before


_LONG_AGO = date(1970, 1, 1)
_MORE_THAN_A_DAY = timedelta(days=2)


def _rate(
    rerating: Rerating,
    rows: Mapping[UUID, Row],
    before: Mapping[UUID, _Charged],
    rater: Rater,
) -> None:
    """Rate these calls of an open month, which nobody changes; only what they cost differs then.

    In one pass, without a ledger: nothing but cost and billed time is added to their totals. Each
    total is there, with its encrypted code, since its calls were counted.
    """
    now: dict[UUID, Priced | None] = {}
    costs: dict[UUID, tuple[int, Decimal]] = {}
    sums = Sums(), Sums(), Sums()
    for pk, row in rows.items():
        was, found = before.get(pk), rater.price(row, None)
        if found is None:
            billed_now, new = 0, NOTHING
        else:
            billed_now, new = found.billed_seconds, found.amount
            rerating.cost_after += new
        if was == (found and _charged(found)):
            continue
        now[pk] = found
        old, billed = (was[0], billed_now - was[1]) if was else (NOTHING, billed_now)
        rerating.changed += old != new
        if not (billed or new != old) or (in_totals := keys_of(row)) is None:
            continue
        costs[pk] = (billed_now, new)
        change = new - old
        for of_table, key in zip(sums, in_totals, strict=True):
            of_table.add_cost(key, billed, change)
    rerating.cost_before += sum((amount for amount, *_ in before.values()), NOTHING)
    store_charges(dict.fromkeys(now, rerating.account_id), before, now)
    store_costs(costs)
    add_sums(*sums)


def last_rerating(account: Account) -> Rerating | None:
    """The one that was begun last."""
    return Rerating.objects.of(account).order_by("-at", "-pk").first()
