"""The currency an account's calls are charged in, and rating calls that are on record again.

Rating again never touches a call, and nothing of a closed month: what such a month has cost stays.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from callmark.accounts.changes import change
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.audit.actions import Action
from callmark.calls.calendars import account_calendar, hold_calendars
from callmark.calls.counting import (
    NOTHING,
    Amounts,
    Row,
    Sums,
    add_sums,
    code_key,
    counted,
    day_key,
    user_key,
)
from callmark.calls.models import BatchState, Call, DayTotal, Job, Rerating
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
                "Calls have been charged in another currency: it cannot be changed any more.",
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
        account = Account.objects.select_for_update().get(pk=account.pk)
        if not has_tariff(account):
            raise Refused("The account has no rates yet.", code="no_tariff")
        if Job.objects.of(account).exclude(rerating=None).exists():
            raise Refused("Calls are being rated again already.", code="under_way")
        totals = DayTotal.objects.of(account)
        totals = totals.exclude(month__in=account_calendar(account).closed_months)
        if since is not None:
            totals = totals.filter(day__gte=since)
        rerating.total = totals.aggregate(calls=Sum("calls"))["calls"] or 0
        rerating.save(force_insert=True)
        Job.objects.create(account=account, rerating=rerating)
    return rerating


def rate_some(rerating: Rerating, job: Job, at_most: int) -> bool:
    """Rate the next calls; whether all have been. Both rows are locked by who asks, and saved."""
    account_id = rerating.account_id
    with transaction.atomic():
        # Alone, for a fifth of a second: a lock on each of the calls would write each of them.
        calendar = hold_calendars([account_id], alone=True)[account_id]
        wanted = Q(simulated=False) & ~Q(billing_month__in=calendar.closed_months)
        if rerating.since is not None:
            wanted &= Q(day__gte=rerating.since)
        if job.cursor is not None:
            wanted &= Q(pk__gt=job.cursor)
        calls = Call.objects.of(account_id).filter(wanted).order_by("pk")
        charges = (f"charge__{name}" for name in Priced._fields)
        rows: dict[UUID, Row] = {}
        before: dict[UUID, Priced] = {}
        for pk, *values in calls.values_list("pk", *Row._fields, *charges)[:at_most]:
            rows[pk] = Row(*values[:_OF_CALL])
            if values[_OF_CALL] is not None:
                before[pk] = Priced(*values[_OF_CALL:])
        _rate(rerating, rows, before, Rater(account_id, calendar))
        rerating.done += len(rows)
        is_done = len(rows) < at_most
        rerating.state = BatchState.DONE if is_done else BatchState.RUNNING
        rerating.finished_at = timezone.now() if is_done else None
        rerating.save()
        job.cursor = next(reversed(rows), job.cursor)
        job.save(update_fields=["cursor"])
    return is_done


_OF_CALL = len(Row._fields)


def _rate(
    rerating: Rerating, rows: Mapping[UUID, Row], before: Mapping[UUID, Priced], rater: Rater
) -> None:
    """Rate these calls of open months, which nobody changes; only what they cost differs then.

    In one pass, without a ledger: nothing but cost and billed time is added to their totals.
    """
    now: dict[UUID, Priced | None] = {}
    days, codes, users = Sums(), Sums(), Sums()
    for pk, row in rows.items():
        was = before.get(pk)
        now[pk] = found = rater.price(row, was)
        if was == found:
            continue
        old, new = was.amount if was else NOTHING, found.amount if found else NOTHING
        rerating.changed += old != new
        billed = (found.billed_seconds if found else 0) - (was.billed_seconds if was else 0)
        if (one := counted(row, None)) is not None:
            more = Amounts(0, 0, billed, new - old)
            days.add(day_key(one), more)
            codes.add(code_key(one), more, one.encrypted)
            users.add(user_key(one), more)
    rerating.cost_before += sum((one.amount for one in before.values()), NOTHING)
    rerating.cost_after += sum((one.amount for one in now.values() if one), NOTHING)
    store_charges(dict.fromkeys(rows, rerating.account_id), before, now)
    add_sums(days, codes, users)


def last_rerating(account: Account) -> Rerating | None:
    """The one that was begun last."""
    return Rerating.objects.of(account).order_by("-at", "-pk").first()
