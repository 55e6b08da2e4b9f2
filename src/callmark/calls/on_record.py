"""Counted calls of what was on record before they were kept, or when they are made anew."""

import time
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from callmark.accounts.models import Account
from callmark.calls.calendars import hold_calendars
from callmark.calls.counted import Row, counted, store_counted
from callmark.calls.listing import ORDER, beyond
from callmark.calls.models import Call, CountedCall, Job
from callmark.calls.rating import charges_of

GATHERED_AT_ONCE = 500
HELD_FOR = 0.1
"""Seconds in which nobody else changes a call of the account; what was begun then is ended.

By the clock: the charges of some hundred calls lie anywhere, and may each come from the disk.
"""


def are_gathered(account: Account) -> bool:
    """Whether every call on record is among the counted ones."""
    return not Job.objects.of(account).filter(gathers=True).exists()


def gather_some(job: Job) -> bool:
    """Write the counted calls of the next calls, the newest first; whether there are no more."""
    began = time.monotonic()
    with transaction.atomic():
        hold_calendars([job.account_id], alone=True)
        calls = Call.objects.of(job.account_id)
        while True:
            rest = calls
            if job.cursor_at is not None and job.cursor is not None:
                rest = beyond(calls, job.cursor_at, job.cursor)
            rows = _gather(rest)
            if not rows:
                return True
            job.cursor = next(reversed(rows))
            job.cursor_at = rows[job.cursor].started_at
            if time.monotonic() - began > HELD_FOR:
                break
        job.save(update_fields=["cursor", "cursor_at"])
    return False


def gather_again(account: Account) -> None:
    """Make all counted calls of an account anew. Who asks holds the account."""
    CountedCall.objects.of(account).delete()
    calls = Call.objects.of(account)
    rows = _gather(calls)
    while rows:
        last = next(reversed(rows))
        rows = _gather(beyond(calls, rows[last].started_at, last))


def _gather(calls: QuerySet[Call]) -> dict[UUID, Row]:
    """Write the counted calls of the first of these; which those are, in :data:`ORDER`."""
    found = calls.order_by(*ORDER).values_list("pk", *Row._fields)[:GATHERED_AT_ONCE]
    rows = {pk: Row(*values) for pk, *values in found}
    charges = charges_of(rows)
    store_counted({pk: counted(row, charges.get(pk)) for pk, row in rows.items()})
    return rows
