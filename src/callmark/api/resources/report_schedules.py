"""Schedules: when saved reports are made and sent, what came of it, and the files."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from pydantic import Field, StrictBool

from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Here, Needs, Resource
from callmark.api.schemas import Request, Shown, eg, unchanged
from callmark.reports import schedules as services
from callmark.reports.models import Every, Format, Run, RunState, Schedule, SentBy
from callmark.reports.saved import reports_of
from callmark.web.csv import file_answer
from callmark.web.problems import forbidden, not_found


def schedules_of(here: Here) -> QuerySet[Schedule]:
    """The account's schedules."""
    return services.schedules_of(here.account)


def runs_of(here: Here) -> QuerySet[Run]:
    """What the account's schedules have made."""
    runs = Run.objects.of(here.account).exclude(schedule=None).defer("content")
    return runs.annotate(is_kept=Q(content__isnull=False))


schedules = Resource(
    "/accounts/{account_id}/report-schedules", "Schedules of reports", needs=Needs.ADMINISTRATION
)
schedule = schedules.one("/{schedule_id}", schedules_of)
runs = Resource(
    "/accounts/{account_id}/report-runs", "Schedules of reports", needs=Needs.MEMBERSHIP
)
run = runs.one("/{run_id}", runs_of)

DayOf = Annotated[
    int,
    Field(
        ge=1,
        le=31,
        description="Of a month (in a shorter one its last day), or of a week from Monday, 1.",
    ),
]
Hour = Annotated[int, Field(ge=0, le=23, description="In the account's time zone.")]
Recipients = Annotated[
    str, Field(max_length=2000, description="Mail addresses, separated by commas.")
]


class ReportSchedule(Shown):
    """When a saved report is made, and how it is sent. Files hold no digits of codes."""

    id: UUID = eg(examples.SCHEDULE_ID)
    report_id: UUID = eg(examples.SAVED_REPORT_ID)
    report_name: str = eg("The bill", row="report.name")
    every: Every = eg("month")
    day: int = eg(2)
    hour: int = eg(6)
    way: SentBy = eg("attachment")
    format: Format = eg("xlsx")
    recipients: str = eg("olivia@harper-law.example")
    active: bool = eg(True)
    next_at: datetime = eg("2026-12-02T11:00:00Z")
    created_at: datetime


class ReportRun(Shown):
    """One time a report was due. `is_kept`: its file can be read."""

    id: UUID = eg(examples.RUN_ID)
    schedule_id: UUID = eg(examples.SCHEDULE_ID)
    due_at: datetime
    state: RunState = eg("done")
    attempts: int = eg(1)
    next_at: datetime | None = eg(None, "When it is tried again.")
    finished_at: datetime | None = eg(examples.MOMENT)
    problem: str = eg("")
    title: str = eg("The bill: By code (the bill)")
    file_name: str = eg("by-code-harper-2026-10-01.xlsx")
    is_kept: bool = eg(True)


class ScheduleToAdd(
    Request,
    example={
        "report_id": examples.SAVED_REPORT_ID,
        "every": "month",
        "day": 2,
        "hour": 6,
        "way": "attachment",
        "format": "xlsx",
        "recipients": "olivia@harper-law.example",
    },
):
    """A saved report to send."""

    report_id: UUID
    every: Every
    day: DayOf
    hour: Hour = 6
    way: SentBy
    format: Format = Format.XLSX
    recipients: Recipients = ""


class ScheduleChange(Request, example={"active": False}):
    """What to change; what is left out stays."""

    every: Every = unchanged()
    day: DayOf = unchanged()
    hour: Hour = unchanged()
    way: SentBy = unchanged()
    format: Format = unchanged()
    recipients: Recipients = unchanged()
    active: Annotated[StrictBool, Field(description="Off: it is not due.")] = unchanged()


@schedules.get()
def list_report_schedules(here: Here, query: PageQuery) -> Page[ReportSchedule]:
    """List the schedules of the account's reports."""
    return page_of(schedules_of(here), query, ("created_at", "id"), ReportSchedule.of)


@schedules.post(status=201)
def add_report_schedule(here: Here, body: ScheduleToAdd) -> ReportSchedule:
    """Send a saved report from now on; it is shared on the account by that."""
    report = reports_of(here.account, here.person).filter(pk=body.report_id).first()
    if report is None:
        raise not_found()
    added = services.add_schedule(
        here.account,
        report,
        body.model_dump(mode="json", exclude={"report_id"}),
        portal_url=here.request.build_absolute_uri("/"),
        actor=here.person,
    )
    return ReportSchedule.of(added)


@schedule.patch()
def update_report_schedule(here: Here, found: Schedule, body: ScheduleChange) -> ReportSchedule:
    """Change when a report is made and how it is sent; turn it off and on."""
    changes = body.model_dump(mode="json", exclude_unset=True)
    return ReportSchedule.of(services.change_schedule(found, changes, actor=here.person))


@schedule.delete()
def delete_report_schedule(here: Here, found: Schedule) -> None:
    """Send it no more, and delete what it has made; the report stays."""
    services.delete_schedule(found, actor=here.person)


@schedule.post("/run", status=202)
def run_report_schedule(here: Here, found: Schedule) -> ReportRun:
    """Have the report made and sent at once."""
    made = services.run_now(found, actor=here.person)
    return ReportRun.of(made, is_kept=False)


@runs.get()
def list_report_runs(here: Here, query: PageQuery) -> Page[ReportRun]:
    """List what schedules have made, the newest first."""
    _readers_only(here)
    return page_of(runs_of(here), query, ("-due_at", "-id"), ReportRun.of)


@run.get("/file", example="Account code,Calls,...\r\n")
def get_report_file(here: Here, found: Run) -> HttpResponse:
    """Get the file that was made, as long as it is kept: 30 days."""
    _readers_only(here)
    made = get_object_or_404(Run.objects.of(here.account), pk=found.pk)
    if made.content is None:
        raise not_found()
    return file_answer(bytes(made.content), made.file_name, services.type_of(made))


def _readers_only(here: Here) -> None:
    if not here.may_read_history:
        raise forbidden("Only those who may read the whole history see these reports.")
