"""Bills: the firm, timekeepers, statements, and files for billing systems."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from pydantic import Field, StrictBool

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.api import examples
from callmark.api.paging import MAX_LIMIT, Cursor, LineMark, Page, PageQuery, page_of
from callmark.api.resource import Here, Needs, Resource
from callmark.api.resources.codes import codes_of
from callmark.api.resources.months import FIRST, FirstDay, MonthQuery
from callmark.api.resources.users import users_of
from callmark.api.schemas import Line, Request, Shown, eg, maybe, unchanged
from callmark.calls.months import month_from
from callmark.codes.models import AccountCode
from callmark.languages import speaking_as
from callmark.reports import statements as of_code
from callmark.reports.handover import files, models, services
from callmark.reports.handover.formats import BadFormat, Format, read_format
from callmark.reports.handover.gathering import Billing, billing
from callmark.reports.handover.values import WhyNot
from callmark.reports.paper import TYPE as PDF_TYPE
from callmark.reports.statement_files import file_name, statement_pdf
from callmark.web.csv import file_answer
from callmark.web.problems import forbidden

ADMINISTRATION = Needs.ADMINISTRATION
firm = Resource("/accounts/{account_id}/firm", "Bills", needs=ADMINISTRATION)
timekeepers = Resource("/accounts/{account_id}/users", "Bills", needs=ADMINISTRATION)
timekeeper = timekeepers.one("/{user_id}", users_of)


def formats_of(here: Here) -> QuerySet[models.SavedFormat]:
    """The formats that the account has saved."""
    return models.SavedFormat.objects.of(here.account).select_related("account")


formats = Resource("/accounts/{account_id}/hand-over-formats", "Bills", needs=ADMINISTRATION)
one_format = formats.one("/{format_id}", formats_of)
bills = Resource("/accounts/{account_id}/hand-over", "Bills", needs=ADMINISTRATION)
statements = Resource("/accounts/{account_id}/statements", "Bills", needs=Needs.MEMBERSHIP)
statement_of = statements.one("/{code_id}", codes_of)

Unit = Literal[1, 6, 60, 360, 900]
OPTIONS = {"format": "ledes", "lines": "fees", "activity": "A106", "unit": 360}


class FirmDetails(Shown):
    """What bills tell of the firm. An empty name is the account's."""

    firm_name: str = eg("Harper & Partners LLP")
    address: str = eg("1 Main Street\nNew York, NY 10001")
    law_firm_id: str = eg("98-7654321", "What clients' billing systems know the firm by.")
    invoice_prefix: str = eg("TEL-")
    next_invoice: int = eg(12, "Taken only when an invoice is made.")
    time_unit: int = eg(60, "In seconds: what statements round each call up to.")
    mask_numbers: bool = eg(False, "Without the last four digits of numbers.")
    show_codes: bool = eg(False, "Statements print the digits of the code.")


class FirmChange(Request, example={"law_firm_id": "98-7654321", "invoice_prefix": "TEL-"}):
    """What to change; what is left out stays."""

    firm_name: Line = unchanged()
    address: Annotated[str, Field(max_length=500)] = unchanged()
    law_firm_id: Annotated[Line, Field(max_length=20)] = unchanged()
    invoice_prefix: Annotated[Line, Field(max_length=10)] = unchanged()
    next_invoice: Annotated[int, Field(ge=1, le=999_999_999)] = unchanged()
    time_unit: Unit = unchanged()
    mask_numbers: StrictBool = unchanged()
    show_codes: StrictBool = unchanged()


class Timekeeper(Shown):
    """What a user is called on bills."""

    timekeeper_id: str = eg("BA")
    timekeeper_name: str = eg("Attorney, Ben", "Surname, first name.")
    classification: str = eg("AS", "PT, AS, OC, LC, PL or OT, as LEDES has them.")
    hourly_rate: Decimal | None = eg("300.00", "Null: their time is not billed.")


class TimekeeperChange(
    Request, example={"timekeeper_id": "BA", "timekeeper_name": "Attorney, Ben"}
):
    """What to change; what is left out stays."""

    timekeeper_id: Annotated[Line, Field(max_length=20)] = unchanged()
    timekeeper_name: Annotated[Line, Field(max_length=60)] = unchanged()
    classification: Literal["", "PT", "AS", "OC", "LC", "PL", "OT"] = unchanged()
    hourly_rate: Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2)] | None = (
        unchanged()
    )


Options = Annotated[
    dict[str, Any],
    Field(description="`format` is `ledes` or `csv`; the rest are the choices in it."),
]


class SavedFormat(Shown):
    """A format to hand calls over in, and the choices in it."""

    id: UUID = eg(examples.FORMAT_ID)
    name: str = eg("Clients with LEDES")
    options: dict[str, Any] = eg({**OPTIONS, "description": "Telephone charges"})


class FormatToSave(Request, example={"name": "Clients with LEDES", "options": OPTIONS}):
    """A format to keep; one of this name is replaced."""

    name: Annotated[Line, Field(min_length=1, max_length=60)]
    options: Options


class HandOver(Request, example={"month": FIRST, "options": OPTIONS}):
    """Which month, and in which format."""

    month: FirstDay
    options: Options


class CsvHandOver(HandOver, example={"month": FIRST, "options": {"format": "csv"}}):
    """Which month, and in which format; for LEDES the month must be closed."""


class LeftOut(Shown):
    """What is not in the file, and why."""

    why: WhyNot = eg("no_client_id")
    detail: str = eg("have a code without a client id: enter it", row="message")
    about: str = eg("Harper v. Castellan")
    code_id: UUID | None = eg(examples.CODE_ID)
    user_id: UUID | None = eg(None)
    calls: int = eg(3)


class HandOverPreview(Shown):
    """What the file would be. No invoice number is taken."""

    first_lines: list[str] = eg(["LEDES1998B[]\r\n"], row="first")
    lines: int = eg(43)
    invoices: int = eg(3)
    total: Decimal = eg("276.31")
    left_out: list[LeftOut]


class StatementCode(Shown):
    """A code that has a statement in the month."""

    code_id: UUID = eg(examples.CODE_ID, row="code.pk")
    name: str = eg("Harper v. Castellan", row="code.name")
    calls: int = eg(41)
    seconds: int = eg(18_610)


class StatementsQuery(MonthQuery):
    """Which month, and which part of its list."""

    cursor: Cursor = ""
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] | None = maybe(
        "Rows in a page. Left out: all of them at once, as before this list had pages."
    )


class StatementQuery(MonthQuery):
    """Which month, and which part of its lines."""

    cursor: Cursor = ""
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] | None = maybe(
        "Lines in a page. Left out: all of them at once, as before a statement had pages."
    )


class StatementLine(Shown):
    """A call; times as on the statement. `cost` is null where it falls under no rate.

    With `of_month` (its first day) it is what was learned of a call after that month was closed:
    the difference, which may be below zero.
    """

    started: datetime = eg("2026-03-03T09:41:00-05:00")
    number: str = eg("+44 20 7946 0000")
    who: str = eg("Ben Attorney")
    talk: str = eg("7:01")
    billed: str = eg("8 min")
    cost: str | None = eg("1.24")
    of_month: date | None = eg(None)


class Statement(Shown):
    """What a client can be sent about a code's calls of a month.

    `lines` may be those of a page; all else is of all of them. `next` is null on the last page. A
    page of lines that have changed since the page before is refused with `invalid_cursor`.
    """

    is_open: bool = eg(False, "The month is not closed: the statement is preliminary.")
    first_day: date = eg(FIRST, row="month.first")
    last_day: date = eg("2026-03-31", row="month.last")
    name: str = eg("Harper v. Castellan", row="matter.name")
    lines: list[StatementLine]
    next: str | None = eg(None)
    calls: int = eg(1)
    talk: str = eg("7:01")
    billed: str = eg("8 min")
    cost: str | None = eg("1.24")
    currency: str = eg("USD")
    basis: list[str] = eg(["Billed time: minutes, each call rounded up."])


def _to_bill(here: Here, month: date | None) -> Billing:
    if not here.may_read_history:
        raise forbidden("Only those who may read the whole history see its figures.")
    return billing(here.account, month_from(here.account, month))


def _format(options: dict[str, Any]) -> Format:
    try:
        return read_format(options)
    except BadFormat as bad:
        raise Refused(bad.message, f"options.{bad.field}") from None


@firm.get()
def get_firm_details(here: Here) -> FirmDetails:
    """Read letter head, law firm id, invoice numbers, and what statements tell."""
    return FirmDetails.of(services.firm_of(here.account))


@firm.patch()
def update_firm_details(here: Here, body: FirmChange) -> FirmDetails:
    """Change them. The next invoice number never goes back to one that is taken."""
    changes = body.model_dump(exclude_unset=True)
    return FirmDetails.of(services.save_firm(here.account, changes, actor=here.person))


@timekeeper.get("/timekeeper")
def get_timekeeper(_here: Here, user: User) -> Timekeeper:
    """Read what a user is called on bills, and the hourly rate."""
    return Timekeeper.of(services.timekeeper_of(user))


@timekeeper.patch("/timekeeper")
def update_timekeeper(here: Here, user: User, body: TimekeeperChange) -> Timekeeper:
    """Change what a user is called on bills, or the hourly rate."""
    changes = body.model_dump(exclude_unset=True)
    return Timekeeper.of(services.save_timekeeper(user, changes, actor=here.person))


@formats.get()
def list_hand_over_formats(here: Here, query: PageQuery) -> Page[SavedFormat]:
    """List the formats that the account has saved."""
    return page_of(formats_of(here), query, ("name", "id"), SavedFormat.of)


@formats.post(status=201)
def save_hand_over_format(here: Here, body: FormatToSave) -> SavedFormat:
    """Keep a format under a name."""
    _format(body.options)
    return SavedFormat.of(
        services.save_format(here.account, name=body.name, options=body.options, actor=here.person)
    )


@one_format.delete()
def delete_hand_over_format(here: Here, saved: models.SavedFormat) -> None:
    """Delete a saved format."""
    services.delete_format(saved, actor=here.person)


@bills.post("/preview", safe=True)
def preview_hand_over(here: Here, body: HandOver) -> HandOverPreview:
    """Read how a month's file would begin, what it would hold, and what is left out and why."""
    to_bill = _to_bill(here, body.month)
    return HandOverPreview.of(files.preview(to_bill, _format(body.options)))


@bills.post("/file", example='"Date","Client"\r\n')
def make_hand_over_file(here: Here, body: CsvHandOver) -> HttpResponse:
    """Get a month's file for a billing system. Invoices take their numbers, or keep them."""
    to_bill = _to_bill(here, body.month)
    made = files.make_file(to_bill, _format(body.options), actor=here.person)
    kind = "text/plain; charset=us-ascii" if made.is_text else "text/csv; charset=utf-8"
    return HttpResponse("".join(made.lines), content_type=kind)


@statements.get()
def list_statements(here: Here, query: StatementsQuery) -> Page[StatementCode]:
    """List the codes that have a statement in a month, by name."""
    to_bill = _to_bill(here, query.month)
    codes = of_code.codes_with_statements(to_bill)
    part = PageQuery.model_construct(cursor=query.cursor, limit=query.limit or codes.count())
    page = page_of(codes, part, ("name", "id"), lambda code: code)
    found = of_code.headings(to_bill, page.items, are_all=query.limit is None)
    return Page(items=[StatementCode.of(one) for one in found], next=page.next)


@statement_of.get()
def get_statement(here: Here, code: AccountCode, query: StatementQuery) -> Statement:
    """Read the statement of a code: its calls of a month, sums, and the basis of their cost."""
    to_bill = _to_bill(here, query.month)
    mark = LineMark.read(query.cursor, f"{code.pk} {to_bill.month.first}")
    made = of_code.statement(to_bill, code, with_digits=False, first=mark.first, most=query.limit)
    mark.check(made.before)
    first = mark.first + len(made.lines)
    following = None
    if made.lines and first < made.count:
        following = LineMark(mark.of, first, str(made.lines[-1].call_id)).cursor()
    return Statement.of(made, next=following)


@statement_of.get("/pdf", example="A file to save.", content_type=PDF_TYPE)
def get_statement_pdf(here: Here, code: AccountCode, query: MonthQuery) -> HttpResponse:
    """Get the same on paper (PDF), without the code's digits."""
    with speaking_as(here.account):
        made = of_code.statement(_to_bill(here, query.month), code, with_digits=False)
    return file_answer(statement_pdf(made), file_name(made), PDF_TYPE)
