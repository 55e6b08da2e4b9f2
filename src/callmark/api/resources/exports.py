"""Long files that the worker makes in the background: asked for, watched, got, by one person."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from pydantic import Field, StrictBool

from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Here, Needs, Resource
from callmark.api.resources.calls import ConditionsInABody
from callmark.api.resources.reports import ReportQuestionInABody
from callmark.api.schemas import Request, Shown, eg
from callmark.reports import exports as services
from callmark.reports.models import About, Format, Run, RunState
from callmark.reports.schedules import type_of
from callmark.web.csv import parts_stream
from callmark.web.problems import not_found


def exports_of(here: Here) -> QuerySet[Run]:
    """The caller's own."""
    return services.exports_of(here.account, here.person).select_related("account")


exports = Resource("/accounts/{account_id}/exports", "Exports", needs=Needs.MEMBERSHIP)
export = exports.one("/{export_id}", exports_of)


class Export(Shown):
    """A file that is made in the background, and kept for 7 days after it was asked for.

    It holds names of codes, not their digits. While it is made `lines_done` grows up to
    `lines_total`.
    """

    id: UUID = eg(examples.EXPORT_ID)
    about: About = eg("calls")
    format: Format = eg("csv")
    state: RunState = eg("done", "`given_up`: `problem` says why.")
    lines_done: int = eg(1_032_321)
    lines_total: int | None = eg(1_032_321, "Null until it is begun.")
    problem: str = eg("")
    file_name: str = eg("calls-harper-law-2026-11-23.csv", "Empty until it is there.")
    size: int = eg(311_204_118, "Bytes of it so far.")
    asked_at: datetime = eg(row="due_at")
    finished_at: datetime | None = eg(examples.LATER)


class ExportToMake(
    Request,
    example={"about": "calls", "format": "csv", "calls": {"since": "2026-10-01T04:00:00Z"}},
):
    """What to write. `calls` and `report` are asked as their own operations ask."""

    about: About
    format: Format = Format.CSV
    calls: Annotated[
        ConditionsInABody, Field(description="Which calls; nobody's code by its digits.")
    ] = Field(default_factory=ConditionsInABody)
    report: ReportQuestionInABody = Field(default_factory=ReportQuestionInABody)
    for_programs: Annotated[
        StrictBool,
        Field(description="CSV with commas and points; false: as people of the account have it."),
    ] = True


@exports.get()
def list_exports(here: Here, query: PageQuery) -> Page[Export]:
    """List the files that you have asked for, the newest first."""
    return page_of(exports_of(here), query, ("-due_at", "-id"), Export.of)


@exports.post(status=202)
def make_export(here: Here, body: ExportToMake) -> Export:
    """Have a file made of calls or of all lines of a report; a mail tells you when it is there."""
    at, plain = here.request.build_absolute_uri("/"), body.for_programs
    if body.about == About.CALLS:
        asked = services.ask_for_calls(
            here.account,
            body.calls.filter(here),
            body.format,
            actor=here.person,
            portal_url=at,
            for_programs=plain,
        )
    else:
        asked = services.ask_for_report(
            here.account,
            body.report.words(),
            body.format,
            actor=here.person,
            portal_url=at,
            for_programs=plain,
        )
    return Export.of(asked)


@export.get()
def get_export(here: Here, found: Run) -> Export:  # noqa: ARG001
    """Get how far a file is."""
    return Export.of(found)


@export.get("/file", example="started (UTC),user,direction,...\r\n")
def get_export_file(here: Here, found: Run) -> StreamingHttpResponse:  # noqa: ARG001
    """Get the file; until it is made there is none. Nobody else can."""
    if not found.file_name:
        raise not_found()
    answer = parts_stream(services.parts_of(found), found.file_name, type_of(found))
    answer["Content-Length"] = str(found.size)
    return answer


@export.delete()
def delete_export(here: Here, found: Run) -> None:
    """Delete your file, or have it made no further."""
    services.delete_export(found, actor=here.person)
