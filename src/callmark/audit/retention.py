"""Deleting entries that are older than they are to be kept: the one way past the triggers.

The entry that tells of it is written first; the database asks for it (:mod:`append_only`).
"""

from datetime import UTC, date, datetime, time
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from callmark.audit.actions import Action
from callmark.audit.append_only import OLDER_THAN, TABLE
from callmark.audit.models import AuditEntry
from callmark.audit.recording import Named, Target, record

INSTALLATION = Target("installation", "", "what belongs to no account")
# Any number that nothing else of ours locks.
_LOCK = 0x63616C6C


def midnight(day: date) -> datetime:
    """When the day begins, in UTC."""
    return datetime.combine(day, time.min, UTC)


def one_at_a_time() -> None:
    """Wait for others that delete old records; until the transaction ends. So counts are true.

    On SQLite there is one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def old_entries(account_id: UUID | None, before: date) -> QuerySet[AuditEntry]:
    """An account's entries from before that day, or (None) those of no account."""
    entries = AuditEntry.objects.of_account_or_none(account_id).filter(at__lt=midnight(before))
    return entries.exclude(action=Action.ACTIVITY_DELETED)


@transaction.atomic
def delete_some_entries(account: Named | None, before: date, at_most: int) -> int:
    """Delete the oldest of :func:`old_entries`, and record that; return how many.

    The database refuses it for entries of the last thirty days.
    """
    one_at_a_time()
    old = old_entries(account.id if account else None, before)
    moments = list(old.order_by("at").values_list("at", flat=True)[:at_most])
    if not moments:
        return 0
    last = moments[-1]
    count = old.filter(at__lte=last).count()
    target = Target("account", str(account.id), account.name) if account else INSTALLATION
    after = {OLDER_THAN: before.isoformat(), "count": count}
    record(Action.ACTIVITY_DELETED, target, account=account, after=after)
    _delete(account.id if account else None, last)
    return count


def _delete(account_id: UUID | None, last: datetime) -> None:
    """By hand: the model itself refuses."""
    adapted = connection.ops.adapt_datetimefield_value(last)
    whose, parameters = "account_id IS NULL", [adapted, Action.ACTIVITY_DELETED.value]
    if account_id is not None:
        as_stored = AuditEntry._meta.get_field("account_id").get_db_prep_value(
            account_id, connection
        )
        whose, parameters = "account_id = %s", [as_stored, *parameters]
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {TABLE} WHERE {whose} AND at <= %s AND action <> %s",  # noqa: S608
            parameters,
        )
