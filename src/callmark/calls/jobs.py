"""Work on calls that the worker does in parts: corrections, another calendar, rating again."""

import logging
import time
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from callmark.accounts.models import Account
from callmark.batches import rest_since
from callmark.calls.correcting import correct_some
from callmark.calls.corrections import AT_ONCE
from callmark.calls.counting import counting
from callmark.calls.models import Call, CorrectionBatch, Job, Rerating
from callmark.calls.models.calls import CODE_WAS_REQUIRED
from callmark.calls.on_record import gather_some
from callmark.calls.reratings import rate_some
from callmark.calls.upserts import save_each

log = logging.getLogger("callmark.calls")

RATED_AT_ONCE = 500
"""Calls that are read at once: on SQLite a part, a twentieth of a second or so."""
REST_AFTER_TROUBLE = timedelta(minutes=1)


def work_some() -> bool:
    """Do one part of the oldest job; whether there was any."""
    began = time.monotonic()
    if not _part_of_the_oldest():
        return False
    rest_since(began)
    return True


def _part_of_the_oldest() -> bool:
    every = Job.objects.of_every_account("the worker works for all of them")
    rested = Q(taken_at=None) | Q(taken_at__lt=timezone.now() - REST_AFTER_TROUBLE)
    with transaction.atomic():
        job = (
            every.filter(rested)
            .select_for_update(no_key=True, skip_locked=True)
            .order_by("pk")
            .first()
        )
        if job is None:
            return False
        try:
            with transaction.atomic():
                _do_part(job)
        except DatabaseError:
            raise
        except Exception as problem:
            # The kind only: a message may quote what is stored.
            log.error("job %s could not be done: %s", job.pk, type(problem).__name__)
            Job.objects.of(job.account_id).filter(pk=job.pk).update(taken_at=timezone.now())
    return True


def work_all() -> int:
    """Do every job there is; how many parts it took."""
    count = 0
    while work_some():
        count += 1
    return count


def _do_part(job: Job) -> None:
    if job.rerating_id is not None:
        again = (
            Rerating.objects.of(job.account_id)
            .select_for_update(no_key=True)
            .get(pk=job.rerating_id)
        )
        if rate_some(again, job, RATED_AT_ONCE):
            job.delete()
        return
    if job.gathers:
        if gather_some(job):
            job.delete()
        return
    if job.batch_id is None:
        if move_some(job):
            job.delete()
        return
    batch = (
        CorrectionBatch.objects.of(job.account_id)
        .select_for_update(no_key=True)
        .get(pk=job.batch_id)
    )
    if not correct_some(batch, AT_ONCE):
        job.delete()


def calendar_has_changed(account: Account) -> None:
    """Bring the days and months of calls in open months to the account's calendar.

    A few at once; for many a job begins, which goes on from call to call.
    """
    job, _ = Job.objects.of(account).get_or_create(
        account=account, batch=None, rerating=None, gathers=False
    )
    job.cursor = None
    job.save()
    if move_some(job):
        job.delete()


def move_some(job: Job) -> bool:
    """Bring the next calls to the calendar; whether all have been."""
    with counting() as ledger:
        calendar = ledger.calendar(job.account_id)
        open_ones = ~Q(billing_month__in=calendar.closed_months) | Q(billing_month=None)
        calls = Call.objects.of(job.account_id).select_for_update(no_key=True).filter(open_ones)
        if job.cursor is not None:
            calls = calls.filter(pk__gt=job.cursor)
        some = list(calls.order_by("pk")[:AT_ONCE])
        ledger.seen(some)
        moved = []
        for call in some:
            day, month = calendar.day_and_month(call.started_at)
            if (day, month) != (call.day, call.billing_month):
                call.day, call.billing_month = day, month
                # Of calls that were stored before totals were kept, this was not told either.
                call.code_required = call.code_required or call.outcome in CODE_WAS_REQUIRED
                moved.append(call)
        save_each(moved, ["day", "billing_month", "code_required"])
    if len(some) < AT_ONCE:
        return True
    job.cursor = some[-1].pk
    job.save(update_fields=["cursor"])
    return False
