"""How long call records and activity are kept, and deleting what is older, a part at a time.

A part is a short transaction of its own with its own audit entry: a million records are deleted
beside the running installation, and nothing is lost or told wrongly if it is stopped half-way.
"""

from datetime import UTC, date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from callmark.accounts.activity import record
from callmark.accounts.models import Account
from callmark.audit.actions import Action
from callmark.audit.append_only import OLDER_THAN
from callmark.audit.recording import Named
from callmark.audit.retention import delete_some_entries, midnight, old_entries, one_at_a_time
from callmark.calls.counting import counting
from callmark.calls.models import Call
from callmark.policy.values import value_class

DELETED_AT_ONCE = 250
"""On SQLite a sixth of a second at most, in which nobody else writes."""


@value_class
class Kept:
    """For how many days; None: forever."""

    calls: int | None
    activity: int | None


def kept_by(account: Account | None) -> Kept:
    """What holds for an account, by itself or by the operator's settings; None: for what belongs
    to no account.
    """
    calls, activity = settings.CALLS_KEEP_DAYS, settings.ACTIVITY_KEEP_DAYS
    if account is not None and account.calls_kept_days is not None:
        calls = account.calls_kept_days
    if account is not None and account.activity_kept_days is not None:
        activity = account.activity_kept_days
    return Kept(calls or None, activity or None)


def first_day_kept(days: int) -> date:
    """The first day (UTC) of which everything is kept."""
    return timezone.now().astimezone(UTC).date() - timedelta(days=days)


def old_calls(account: Account) -> QuerySet[Call]:
    """The account's call records that are older than it keeps them."""
    calls = Call.objects.of(account)
    days = kept_by(account).calls
    return calls.filter(started_at__lt=midnight(first_day_kept(days))) if days else calls.none()


@transaction.atomic
def delete_some_calls(account: Account) -> int:
    """Delete the oldest of :func:`old_calls` with all that belongs to them; return how many."""
    one_at_a_time()
    days = kept_by(account).calls
    if not days:
        return 0
    some = list(
        old_calls(account).order_by("started_at").values_list("pk", flat=True)[:DELETED_AT_ONCE]
    )
    if not some:
        return 0
    with counting() as ledger:
        # What a closed month counted stays; totals of an open one are of the calls on record.
        closed = [month for month, _ in ledger.calendar(account.pk).closed]
        calls = Call.objects.of(account).filter(pk__in=some)
        ledger.seen(calls.exclude(billing_month__in=closed), to_delete=True)
        _, deleted = calls.only("pk").delete()
    after = {OLDER_THAN: first_day_kept(days).isoformat(), "count": deleted[Call._meta.label]}
    record(Action.CALLS_DELETED, account, account, actor=None, after=after)
    return deleted[Call._meta.label]


def count_old_activity(account: Account | None) -> int:
    """How many audit entries are older than they are to be kept."""
    days = kept_by(account).activity
    if not days:
        return 0
    return old_entries(account.pk if account else None, first_day_kept(days)).count()


def delete_some_activity(account: Account | None) -> int:
    """Delete the oldest of them; return how many."""
    days = kept_by(account).activity
    if not days:
        return 0
    named = Named(account.pk, account.name) if account else None
    return delete_some_entries(named, first_day_kept(days), DELETED_AT_ONCE)
