"""Totals as a whole: counting them again from the calls, and what a deleted user leaves."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Case, CharField, Count, Max, QuerySet, Sum, Value, When

from callmark.accounts.locks import lock_account
from callmark.accounts.models import Account, User
from callmark.accounts.revisions import policy_changed
from callmark.calls.counted import NOTHING, STATE_OF_CALL, Amounts
from callmark.calls.counting import Sums, add_sums, amounts_of, count_adjustment
from callmark.calls.models import (
    Adjustment,
    Call,
    ClosedMonth,
    CodeTotal,
    CountedCall,
    DayTotal,
    Job,
    UserTotal,
)
from callmark.calls.models.totals import NOBODY
from callmark.calls.on_record import gather_again

_NAME = Case(
    When(account_code_lookup="", then=Value("")),
    default="account_code_name",
    output_field=CharField(),
)


@transaction.atomic
def count_again(account: Account) -> int:
    """Make the totals of open months anew from the calls on record; how many months.

    Closed months stay as they were kept: their calls may be gone.
    """
    lock_account(account.pk)
    closed = ClosedMonth.objects.of(account).values("month")
    for model in (DayTotal, CodeTotal, UserTotal):
        model.objects.of(account).exclude(month__in=closed).delete()
    kept = set(closed.values_list("month", flat=True))
    days, codes, users = recount(account, without=kept)
    add_sums(days, codes, users)
    gather_again(account)
    # Processes that remember something of the totals look again.
    policy_changed(account)
    return len({key[1] for key in codes.by_key})


def recount(account: Account, *, without: set[date]) -> tuple[Sums, Sums, Sums]:
    """What totals must be by the calls on record: of days, codes and users, but these months."""
    calls = Call.objects.of(account).filter(simulated=False, billing_month__isnull=False)
    calls = calls.exclude(billing_month__in=without).exclude(day=None).order_by()
    calls = calls.annotate(counted_state=STATE_OF_CALL, counted_name=_NAME)
    days, codes, users = Sums(), Sums(), Sums()
    day_rows = _summed(calls, "billing_month", "day", "call_type", "direction", "counted_state")
    for key, amounts, _ in day_rows:
        days.add((account.pk, *key), amounts)
    code_rows = _summed(
        calls,
        "billing_month",
        "account_code_lookup",
        "counted_name",
        "counted_state",
    )
    for key, amounts, encrypted in code_rows:
        codes.add((account.pk, *key), amounts, encrypted)
    for key, amounts, _ in _summed(calls, "billing_month", "user_id", "user_name", "counted_state"):
        month, user_id, name, state = key
        users.add((account.pk, month, user_id or NOBODY, name, state), amounts)
    for one in Adjustment.objects.of(account):
        if one.month not in without:
            count_adjustment(one, codes, users)
        if one.of_month not in without:
            count_adjustment(one, codes, users, month=one.of_month, sign=-1)
    return days, codes, users


def _summed(calls: QuerySet[Call], *columns: str) -> Iterator[tuple[tuple[Any, ...], Amounts, str]]:
    """Key, sums, and an encrypted code of the calls that have these columns in common."""
    rows = calls.values(*columns).annotate(
        of_code=Max("account_code_encrypted"),
        of_calls=Count("pk"),
        of_seconds=Sum("seconds"),
        of_billed=Sum("charge__billed_seconds"),
        of_cost=Sum("charge__amount"),
    )
    sums = ("of_code", "of_calls", "of_seconds", "of_billed", "of_cost")
    for *key, encrypted, count, seconds, billed, cost in rows.values_list(*columns, *sums):
        amounts = Amounts(count, seconds or 0, billed or 0, cost or NOTHING)
        yield tuple(key), amounts, encrypted


def count_everything_again() -> list[tuple[Account, int]]:
    """:func:`count_again` for every account; what is waiting to be moved is moved first."""
    from callmark.calls.jobs import move_some  # noqa: PLC0415 (it needs what is here)

    counted = []
    for account in Account.objects.order_by("slug"):
        for job in Job.objects.of(account).filter(batch=None, rerating=None, gathers=False):
            while not move_some(job):
                pass
            job.delete()
        counted.append((account, count_again(account)))
    return counted


def leave_to_nobody(person: User) -> None:
    """Count a user's calls under the name alone: the user is being deleted, the calls stay."""
    account_id = person.account_id
    users = Sums()
    mine = UserTotal.objects.of(account_id).filter(who=person.pk).select_for_update(no_key=True)
    for one in mine.order_by("pk"):
        key = (one.account_id, one.month, NOBODY, one.user_name, one.state)
        users.add(key, amounts_of(one))
    mine.delete()
    add_sums(Sums(), Sums(), users)
    calls = Call.objects.of(account_id).filter(user=person)
    CountedCall.objects.of(account_id).filter(call__in=calls.values("pk")).update(who=NOBODY)
    Adjustment.objects.of(account_id).filter(who=person.pk).update(who=NOBODY)
