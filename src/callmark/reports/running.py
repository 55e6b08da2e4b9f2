"""What the worker does for reports: make what is due, send it, try again, forget old files.

A report is made for the moment it was due, also when the worker comes to it later. A worker that
dies loses nothing and sends perhaps one mail twice.
"""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.csv_files import FOR_PROGRAMS
from callmark.languages import speaking, speaking_as
from callmark.policy.texts import Text
from callmark.reports import exporting
from callmark.reports.definitions import Report
from callmark.reports.exports import old_exports
from callmark.reports.files import csv_text, file_name, xlsx_columns, xlsx_rows
from callmark.reports.handing_over import CannotSend, hand_over, tell_asker, title_of
from callmark.reports.making import make_report
from callmark.reports.models import Format, Run, RunState, Schedule, SentBy
from callmark.reports.report_paper import report_pdf
from callmark.reports.timing import next_due
from callmark.webhooks.schedule import pause_after
from callmark.xlsx_files import xlsx_parts

log = logging.getLogger("callmark.reports")

FILES_KEPT_FOR = timedelta(days=30)
RUNS_KEPT_FOR = timedelta(days=400)
_LEASE = timedelta(minutes=10)
"""Much longer than a report takes: then its worker is dead and another takes over."""


def work_some(now: datetime | None = None, chance: Callable[[], float] = random.random) -> bool:
    """Begin one report that is due, or make and send one that waits; whether there was any."""
    now = now or timezone.now()
    if _begin_due(now):
        return True
    run = _take(now) or _go_on(now)
    if run is None:
        return False
    try:
        if not _make_and_send(run):
            return True
    except DatabaseError:
        raise
    except (Refused, CannotSend) as problem:
        # What a person has asked for once is not asked again; a schedule can be put right.
        is_over = isinstance(problem, Refused) and run.schedule is None
        why = problem.given if isinstance(problem, Refused) else str(problem)
        _failed(run, why[:200], now, None if is_over else chance())
    except Exception as problem:
        # The kind only: a message may quote what is stored.
        log.error("report %s could not be made: %s", run.pk, type(problem).__name__)
        _failed(run, _in_words(problem), now, chance())
    else:
        done = {"state": RunState.DONE, "finished_at": now, "next_at": None, "problem": ""}
        _rows().filter(pk=run.pk).update(**done)
    return True


def _rows() -> QuerySet[Run]:
    return Run.objects.of_every_account("the worker makes reports for all of them")


@transaction.atomic
def _begin_due(now: datetime) -> bool:
    every = Schedule.objects.of_every_account("the worker makes reports for all of them")
    due = every.filter(active=True, next_at__lte=now).select_for_update(
        no_key=True, skip_locked=True, of=("self",)
    )
    schedule = due.select_related("account").order_by("next_at").first()
    if schedule is None:
        return False
    Run.objects.create(
        account=schedule.account, schedule=schedule, due_at=schedule.next_at, next_at=now
    )
    schedule.next_at = next_due(
        schedule.every, schedule.day, schedule.hour, schedule.account.zone, schedule.next_at
    )
    schedule.save(update_fields=["next_at"])
    return True


def _take(now: datetime) -> Run | None:
    waiting = _rows().filter(state=RunState.WAITING, next_at__lte=now).order_by("next_at")
    for run in waiting.select_related("account", "schedule__report", "asker")[:10]:
        mine = _rows().filter(pk=run.pk, state=RunState.WAITING, next_at=run.next_at)
        if mine.update(next_at=now + _LEASE, attempts=run.attempts + 1):
            run.attempts += 1
            return run
    return None


def _go_on(now: datetime) -> Run | None:
    """An export of which this process has made a part; nobody else takes it meanwhile."""
    for run_id in exporting.under_way():
        mine = _rows().filter(pk=run_id, state=RunState.WAITING)
        if mine.update(next_at=now + _LEASE):
            return mine.select_related("account", "asker").get()
        exporting.forget(run_id)
    return None


def _make_and_send(run: Run) -> bool:
    """Make it, or a part of it, and send it when it is whole; whether it is."""
    schedule = run.schedule
    if schedule is None:
        if not run.file_name and not exporting.make_some(run):
            return False
        tell_asker(run)
        return True
    if run.content is None:
        with speaking("en") if schedule.way == SentBy.WEBHOOK else speaking_as(run.account):
            _make(run, schedule)
    hand_over(run, schedule)
    return True


def _make(run: Run, schedule: Schedule) -> None:
    """The file of a schedule, in the language that is spoken."""
    report = make_report(
        run.account, schedule.report.definition, person=None, now=run.due_at, most=None
    )
    run.title = title_of(schedule.report, run.due_at)[:200]
    run.file_name = file_name(report, run.account.slug, schedule.format)
    run.content = _content(report, run.account, schedule.format, schedule.way)
    run.save(update_fields=["title", "file_name", "content"])


def _content(report: Report, account: Account, how: str, way: str) -> bytes:
    """The file. Raises :class:`Refused` if there cannot be one of this kind."""
    if how == Format.PDF:
        return report_pdf(report, account, with_codes=False)
    if how == Format.XLSX:
        rows = xlsx_rows(report, with_codes=False)
        columns = xlsx_columns(report, with_codes=False)
        return b"".join(xlsx_parts(columns, rows, sheet=report.title))
    form = FOR_PROGRAMS if way == SentBy.WEBHOOK else account.csv
    return form.mark + "".join(csv_text(report, with_codes=False, form=form)).encode()


def _failed(run: Run, problem: str, now: datetime, chance: float | None) -> None:
    """``chance`` None: it is not tried again."""
    pause = None if chance is None else pause_after(run.attempts, chance)
    is_over = pause is None
    _rows().filter(pk=run.pk).update(
        problem=problem,
        state=RunState.GIVEN_UP if is_over else RunState.WAITING,
        next_at=None if pause is None else now + pause,
        finished_at=now if is_over else None,
    )


def _in_words(problem: Exception) -> str:
    """In English: it is put into its reader's language when it is read."""
    kind = type(problem).__name__
    if isinstance(problem, SMTPException | OSError):
        return Text("the mail could not be sent ({kind}).", kind=kind)
    return Text("the report could not be made ({kind}).", kind=kind)


def count_old_files() -> int:
    """How many files, and runs of a year ago, there are to forget."""
    files, runs = _old(timezone.now())
    return files.count() + runs.count()


def forget_files() -> int:
    """Delete files that were kept long enough, and after a year the runs; how many there were."""
    files, runs = _old(timezone.now())
    return files.update(content=None) + runs.delete()[0]


def _old(now: datetime) -> tuple[QuerySet[Run], QuerySet[Run]]:
    too_old = Q(due_at__lt=now - RUNS_KEPT_FOR)
    runs = _rows().filter(too_old | Q(pk__in=old_exports(_rows(), now).values("pk")))
    files = _rows().filter(content__isnull=False, due_at__lt=now - FILES_KEPT_FOR)
    return files.exclude(state=RunState.WAITING), runs
