"""Reports: asking for one, as figures or as a file, and keeping what is asked under a name."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from pydantic import BaseModel, Field, StrictBool, StrictInt

from callmark.accounts.activity import record_codes_exported
from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Here, Needs, Resource
from callmark.api.schemas import AS_A_DAY, Cost, Line, QueryFlag, Request, Shown, eg
from callmark.calls.models import CallTypeChoice, Direction
from callmark.calls.periods import Preset
from callmark.keys.installed import keyring
from callmark.reports import definitions, models
from callmark.reports import saved as services
from callmark.reports.definitions import Part, What, definition_from
from callmark.reports.files import csv_text, file_name, xlsx_columns, xlsx_rows
from callmark.reports.making import make_report
from callmark.reports.paper import TYPE as PDF_TYPE
from callmark.reports.report_paper import report_pdf
from callmark.web.csv import csv_stream, file_answer, xlsx_stream
from callmark.web.problems import forbidden
from callmark.xlsx_files import TYPE as XLSX_TYPE

MOST_LINES = 1000


def reports_of(here: Here) -> QuerySet[models.SavedReport]:
    """The caller's own saved reports, and those shared on the account."""
    return services.reports_of(here.account, here.person).select_related("account")


reports = Resource("/accounts/{account_id}/reports", "Reports", needs=Needs.MEMBERSHIP)
saved_report = reports.one("/saved/{saved_report_id}", reports_of)

Day = Annotated[date, Field(ge=date(1970, 1, 2), le=date(2999, 11, 30)), AS_A_DAY]
Codes = Annotated[
    str,
    Field(
        max_length=8000,
        description="Ids of account codes, separated by commas; `!` before one leaves it out.",
    ),
]


class ReportQuestion(BaseModel):
    """What a report tells; all that is left out is not asked. Default: last month's bill."""

    what: What = What.CODE
    period: Annotated[
        Preset | None,
        Field(description="By the account's calendar; left out: last month, or the two days."),
    ] = None
    since: Annotated[Day | None, Field(description="The first day.")] = None
    until: Annotated[Day | None, Field(description="The last day.")] = None
    codes: Codes = ""
    user_id: UUID | None = None
    number: Annotated[
        str, Field(max_length=40, description="With + and its country, or how it begins.")
    ] = ""
    at_least_seconds: Annotated[int | None, Field(ge=0, le=2**31 - 1)] = None
    at_most_seconds: Annotated[int | None, Field(ge=0, le=2**31 - 1)] = None
    call_type: CallTypeChoice | None = None
    direction: Direction | None = None
    compare: Annotated[
        QueryFlag, Field(description="With the period before it: a month with the month before.")
    ] = True
    sort: Annotated[
        str,
        Field(
            max_length=20,
            description="`label`, `calls`, `seconds`, `billed_seconds`, `cost` or `change` (of"
            " talk, in percent); `-` before it: down.",
        ),
    ] = ""

    def words(self) -> dict[str, str]:
        """As a definition is read."""
        names = {
            "user_id": "user",
            "at_least_seconds": "at_least",
            "at_most_seconds": "at_most",
        }
        told = self.model_dump(mode="json", include=set(ReportQuestion.model_fields))
        told["compare"] = "" if self.compare else "no"
        return {
            names.get(name, name): str(value)
            for name, value in told.items()
            if value not in (None, "")
        }


class ReportQuestionInABody(ReportQuestion):
    """The same in a body: numbers are numbers there, and flags are flags, not texts."""

    at_least_seconds: Annotated[StrictInt | None, Field(ge=0, le=2**31 - 1)] = None
    at_most_seconds: Annotated[StrictInt | None, Field(ge=0, le=2**31 - 1)] = None
    compare: Annotated[
        StrictBool, Field(description="With the period before it: a month with the month before.")
    ] = True


class ReportQuery(ReportQuestion):
    """A question, and how many lines are wanted."""

    limit: Annotated[int, Field(ge=1, le=MOST_LINES, description="Lines at most.")] = 100


class Figures(Shown):
    """Sums of calls. Calls are legs; seconds are of talk."""

    calls: int = eg(41)
    seconds: int = eg(18_610)
    billed_seconds: int | None = eg(None, "Null where the account has no rates.")
    cost: Cost | None = eg(None, "Null where the account has no rates.")


class ReportLine(Shown):
    """A line: one code, user, type, number or time; or (`part`) what belongs to none of them."""

    part: Part = eg("one")
    label: str = eg("Harper v. Castellan", "As it is called now; of a time its first day.")
    id: UUID | None = eg(examples.CODE_ID, "Of the code or the user, while there is one.")
    account_code: str = eg("1234", "The code's digits; masked for those who may not see them.")
    figures: Figures
    before: Figures | None = eg(None, "In the period before, if the report compares.")


class Report(Shown):
    """A report. `lines` are the first of `count`; `rest` and `total` are of all calls."""

    title: str = eg("By code (the bill)")
    first_day: date = eg("2026-10-01", row="period.first")
    last_day: date = eg("2026-10-31", row="period.last")
    billed_in: date | None = eg(
        "2026-10-01",
        "The month in which its calls are billed; null: they are those that started in the period.",
        row="month",
    )
    made_at: datetime
    count: int = eg(12)
    lines: list[ReportLine]
    rest: list[ReportLine] = eg([])
    total: Figures
    total_before: Figures | None = eg(None)
    notes: list[str] = eg(["The month is open."])


class SavedReport(Shown):
    """A report under a name; `asked` is the query of the page's address."""

    id: UUID = eg(examples.SAVED_REPORT_ID)
    name: str = eg("The bill")
    asked: dict[str, str] = eg({"what": "code", "period": "last_month"})
    shared: bool
    is_own: bool = eg(True)
    created_at: datetime


class ReportToSave(
    Request, example={"name": "The bill", "asked": {"what": "code"}, "shared": False}
):
    """A report to keep; one of yours with this name is replaced."""

    name: Annotated[Line, Field(min_length=1, max_length=60)]
    asked: Annotated[
        dict[str, Annotated[str, Field(max_length=8000)]],
        Field(max_length=20, description="The query of the page's address, as names and values."),
    ]
    shared: StrictBool = False


def _line(here: Here, line: definitions.Line) -> ReportLine:
    digits = keyring().decrypt(line.code_encrypted)
    shown: dict[str, Any] = {"part": line.key.part, "account_code": here.shown_code(digits)}
    return ReportLine.of(line, **shown)


@reports.get()
def run_report(here: Here, query: ReportQuery) -> Report:
    """Make a report of the calls you may read."""
    asked = definition_from(query.words())
    made = make_report(here.account, asked, person=here.person, most=query.limit)
    if any(line.code_encrypted for line in made.lines):
        here.record_codes_read("calls")
    lines, rest = ([_line(here, one) for one in part] for part in (made.lines, made.rest))
    return Report.of(made, lines=lines, rest=rest, notes=list(made.notes))


@reports.get("/export", example="Account code,Calls,...\r\nHarper v. Castellan,41,...\r\n")
def export_report(here: Here, query: ReportQuestion) -> StreamingHttpResponse:
    """Get all lines of a report and their total as a CSV file."""
    made, with_codes = _whole(here, query)
    lines = csv_text(made, with_codes=with_codes)
    return csv_stream(lines, file_name(made, here.account.slug, "csv"))


@reports.get("/export/workbook", example="A file to save.", content_type=XLSX_TYPE)
def export_report_workbook(here: Here, query: ReportQuestion) -> StreamingHttpResponse:
    """Get the same as a workbook (XLSX)."""
    made, with_codes = _whole(here, query)
    columns = xlsx_columns(made, with_codes=with_codes)
    rows = xlsx_rows(made, with_codes=with_codes)
    return xlsx_stream(columns, rows, file_name(made, here.account.slug, "xlsx"), sheet=made.title)


@reports.get("/export/pdf", example="A file to save.", content_type=PDF_TYPE)
def export_report_pdf(here: Here, query: ReportQuestion) -> HttpResponse:
    """Get the same on paper (PDF), of at most 5,000 lines."""
    made, with_codes = _whole(here, query)
    data = report_pdf(made, here.account, with_codes=with_codes)
    return file_answer(data, file_name(made, here.account.slug, "pdf"), PDF_TYPE)


def _whole(here: Here, query: ReportQuestion) -> tuple[definitions.Report, bool]:
    asked = definition_from(query.words())
    made = make_report(here.account, asked, person=here.person, most=None)
    with_codes = here.may_see_codes and any(line.code_encrypted for line in made.lines)
    if with_codes:
        record_codes_exported(here.account, actor=here.person, where="calls")
    return made, with_codes


def _saved(here: Here, saved: models.SavedReport) -> SavedReport:
    return SavedReport.of(saved, is_own=saved.owner_id == here.person.pk)


@reports.get("/saved")
def list_saved_reports(here: Here, query: PageQuery) -> Page[SavedReport]:
    """List your saved reports and those that are shared on the account."""
    return page_of(reports_of(here), query, ("name", "id"), lambda saved: _saved(here, saved))


@reports.post("/saved", status=201)
def save_report(here: Here, body: ReportToSave) -> SavedReport:
    """Keep a report under a name."""
    saved = services.save_report(
        here.account, name=body.name, asked=body.asked, shared=body.shared, actor=here.person
    )
    return _saved(here, saved)


@saved_report.delete()
def delete_saved_report(here: Here, saved: models.SavedReport) -> None:
    """Delete your own saved report; a shared one also as an administrator."""
    if saved.owner_id != here.person.pk and not here.may_administer:
        raise forbidden("This report belongs to somebody else.")
    services.delete_report(saved, actor=here.person)
