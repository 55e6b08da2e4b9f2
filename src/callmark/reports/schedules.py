"""Changing schedules, and having a report made now. All or nothing; raises :class:`Refused`."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext

from callmark.accounts.changes import change
from callmark.accounts.locks import lock_account
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.accounts.versions import refuse_if_changed, version_of
from callmark.audit.actions import Action
from callmark.reports.models import Every, Format, Run, RunState, SavedReport, Schedule, SentBy
from callmark.reports.paper import TYPE as PDF_TYPE
from callmark.reports.paper import pdf_is_possible
from callmark.reports.timing import next_due
from callmark.webhooks.models import Event
from callmark.webhooks.outbox import subscribed
from callmark.xlsx_files import TYPE as XLSX_TYPE

MOST_SCHEDULES = 50
"""Of one account."""

MOST_RECIPIENTS = 20
CHANGES = frozenset({"every", "day", "hour", "way", "format", "recipients", "active"})


def schedules_of(account: Account) -> QuerySet[Schedule]:
    """The account's schedules, with their reports."""
    return Schedule.objects.of(account).select_related("report", "account")


def count_unsent(account: Account) -> int:
    """How many were given up when they were last due: nobody has got that report."""
    last = Run.objects.of(account).filter(schedule=OuterRef("pk")).order_by("-due_at", "-pk")
    every = Schedule.objects.of(account).annotate(last=Subquery(last.values("state")[:1]))
    return every.filter(active=True, last=RunState.GIVEN_UP).count()


def add_schedule(
    account: Account,
    report: SavedReport,
    values: Mapping[str, object],
    *,
    portal_url: str = "",
    now: datetime | None = None,
    actor: User | None,
) -> Schedule:
    """Send a kept report from now on; it is shared by that. ``values``: :data:`CHANGES`."""
    schedule = Schedule(account=account, report=report, portal_url=portal_url)
    with change(account, Action.SCHEDULE_ADDED, schedule, actor=actor):
        lock_account(account.pk)
        if Schedule.objects.of(account).count() >= MOST_SCHEDULES:
            raise Refused(
                gettext("An account can have {most} schedules. Delete one first.").format(
                    most=MOST_SCHEDULES
                )
            )
        _assign(schedule, values, now or timezone.now())
        if not report.shared:
            report.shared = True
            report.save(update_fields=["shared"])
    return schedule


def change_schedule(
    schedule: Schedule,
    values: Mapping[str, object],
    *,
    portal_url: str = "",
    now: datetime | None = None,
    expected_version: str | None = None,
    actor: User | None,
) -> Schedule:
    """Change when it is due and how it is sent, or turn it off and on (``active``).

    ``expected_version`` is compared with :func:`schedule_version`; None: changed in any case.
    """
    with change(schedule.account, Action.SCHEDULE_CHANGED, schedule, actor=actor):
        refuse_if_changed(expected_version, schedule_version(schedule))
        schedule.portal_url = portal_url or schedule.portal_url
        _assign(schedule, values, now or timezone.now())
    return schedule


def schedule_version(schedule: Schedule) -> str:
    """What changes whenever somebody changes a schedule."""
    return version_of(schedule, CHANGES)


def delete_schedule(schedule: Schedule, *, actor: User | None) -> None:
    """Send it no more, and delete what was made by it; the report stays."""
    with change(schedule.account, Action.SCHEDULE_DELETED, schedule, actor=actor):
        schedule.delete()


def run_now(schedule: Schedule, *, now: datetime | None = None, actor: User | None) -> Run:
    """Have it made and sent at once, as if it were due now; the worker does it."""
    now = now or timezone.now()
    with change(schedule.account, Action.SCHEDULE_RUN, schedule, actor=actor):
        if schedule.runs.filter(state=RunState.WAITING).exists():
            raise Refused(gettext("This report is being made already."), code="being_made")
        return Run.objects.create(
            account=schedule.account, schedule=schedule, due_at=now, next_at=now
        )


def recipients_in(text: str) -> list[str]:
    """Addresses separated by commas or lines. Raises :class:`Refused` for what is none."""
    found = text.replace("\n", ",").replace(";", ",").split(",")
    addresses = list(dict.fromkeys(one.strip() for one in found if one.strip()))
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError:
            raise Refused(
                gettext("“{address}” is no mail address.").format(address=address), "recipients"
            ) from None
    if len(addresses) > MOST_RECIPIENTS:
        raise Refused(
            gettext("Send it to at most {most} addresses.").format(most=MOST_RECIPIENTS),
            "recipients",
        )
    return addresses


def _assign(schedule: Schedule, values: Mapping[str, object], now: datetime) -> None:
    if unknown := values.keys() - CHANGES:
        raise ValueError(f"these fields cannot be changed: {sorted(unknown)}")
    for name, value in values.items():
        setattr(schedule, name, value)
    if schedule.every not in Every.values:
        raise Refused(gettext("Choose how often."), "every")
    if not 1 <= schedule.day <= (7 if schedule.every == Every.WEEK else 31):
        raise Refused(gettext("This is no such day."), "day")
    if not 0 <= schedule.hour <= 23:
        raise Refused(gettext("Choose an hour from 0 to 23."), "hour")
    if schedule.way not in SentBy.values:
        raise Refused(gettext("Choose how it is sent."), "way")
    if schedule.format not in Format.values:
        raise Refused(gettext("Choose a kind of file."), "format")
    if schedule.format == Format.PDF and not pdf_is_possible():
        raise Refused(
            gettext("PDF files cannot be made on this installation."), "format", code="no_pdf"
        )
    schedule.recipients = ", ".join(recipients_in(schedule.recipients))
    if len(schedule.recipients) > 2000:
        raise Refused(gettext("These addresses are too long."), "recipients")
    if schedule.way == SentBy.WEBHOOK:
        schedule.recipients = ""
        if not subscribed(schedule.account_id, Event.REPORT_READY):
            raise Refused(
                gettext("No webhook of the account is told when a report is ready."), "way"
            )
    elif not schedule.recipients:
        raise Refused(gettext("Enter the address to send it to."), "recipients")
    zone = schedule.account.zone
    schedule.next_at = next_due(schedule.every, schedule.day, schedule.hour, zone, now)


def type_of(run: Run) -> str:
    """The media type of a run's file."""
    if run.file_name.endswith(".csv"):
        return "text/csv; charset=utf-8"
    return PDF_TYPE if run.file_name.endswith(".pdf") else XLSX_TYPE
