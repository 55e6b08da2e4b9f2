"""Call history. A user reads their own calls, a reporter all, an administrator with the codes."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from pydantic import BaseModel, StrictBool, StrictInt

from callmark.accounts.activity import record_codes_exported
from callmark.accounts.refused import Refused
from callmark.api import examples
from callmark.api.paging import MAX_LIMIT, Page, PageQuery, page_of_calls
from callmark.api.resource import Here, Needs, Resource, Scope
from callmark.api.schemas import (
    AS_A_DAY,
    NULL_IF_EMPTY,
    Cost,
    Line,
    Moment,
    QueryFlag,
    Request,
    Shown,
    eg,
    if_rated,
    maybe,
)
from callmark.calls import models, queries
from callmark.calls.calendars import calendar_of
from callmark.calls.corrections import corrections_of
from callmark.calls.export import csv_lines, xlsx_columns, xlsx_rows
from callmark.calls.filters import CallFilter
from callmark.calls.models import BatchKind, CallOutcome, Direction, EnteredBy, Payer
from callmark.calls.periods import Preset, period_of
from callmark.calls.sums import found_by, sum_of
from callmark.calls.whole_numbers import by_whole_number
from callmark.policy.code_entry import EntryResult
from callmark.policy.numbering import CallType
from callmark.web.csv import csv_stream, xlsx_stream
from callmark.web.problems import forbidden
from callmark.xlsx_files import TYPE as XLSX_TYPE


def calls_of(here: Here) -> QuerySet[models.Call]:
    """The calls that the caller may read."""
    return queries.calls_of(here.account, here.person).select_related("charge")


def _charged(name: str) -> Callable[[models.Call], object]:
    return lambda call: getattr(getattr(call, "charge", None), name, None)


calls = Resource("/accounts/{account_id}/calls", "Calls", needs=Needs.MEMBERSHIP)
call = calls.one("/{call_id}", calls_of)


class CallAttempt(Shown):
    """One entry of a code. Wrong digits are never kept."""

    position: int = eg(1)
    result: EntryResult = eg("accepted")
    entered_by: EnteredBy = eg("prompt")
    typed_by: UUID | None = eg(
        None, "Who typed it, where that is not the user who pays.", row="user_id"
    )
    at: datetime


class Call(Shown):
    """A call's record: one leg, asked for by one payer (`user_id`).

    `account_code` is masked for those who may not see codes.
    """

    id: UUID = eg(examples.CALL_ID)
    user_id: UUID | None = eg(examples.USER_ID)
    user_name: str = eg("Ben Attorney")
    payer: Payer = eg("user", "`unknown`: no user has the phone that asked.")
    direction: Direction = eg("outbound")
    caller: str = eg("101")
    dialed: str = eg("9011442079460000", "As it was asked for.")
    number: str = eg(
        "011442079460000", "What the switch was to dial; empty: no number can be made of it."
    )
    e164: Annotated[str | None, NULL_IF_EMPTY] = eg("+442079460000")
    call_type: Annotated[CallType | None, NULL_IF_EMPTY] = eg("international", "Of outbound calls.")
    outcome: CallOutcome = eg("connected")
    started_at: datetime
    answered_at: datetime | None = eg(examples.MOMENT)
    ended_at: datetime | None = eg(examples.LATER)
    seconds: int | None = eg(250)
    disposition: str = eg("ANSWERED")
    account_code: str = eg("1234")
    account_code_name: str = eg("Harper v. Castellan")
    code_id: UUID | None = eg(examples.CODE_ID)
    entered_by: Annotated[EnteredBy | None, NULL_IF_EMPTY] = eg("prompt")
    switch: str = eg("main")
    leg: int = eg(1, "Which question of its channel it was, from 1.")
    simulated: bool
    needs_code: bool = eg(False, "It should have a code and has none.")
    not_billable: bool = eg(False, "Somebody has said that nobody is billed for it.")
    day: date | None = eg("2026-11-23", "The account's day on which it started.")
    billing_month: date | None = eg(
        "2026-11-01",
        "First day of the month in which it is billed: its own, or the first that was open when "
        "it became known.",
    )
    cost: Cost | None = eg("0.60", "Null where it falls under no rate.", row=_charged("amount"))
    currency: str | None = eg("USD", row=_charged("currency"))
    billed_seconds: int | None = eg(300, row=_charged("billed_seconds"))
    tariff_version: str | None = eg("1", "Of the rates.", row=_charged("tariff_version"))


class CallCorrection(Shown):
    """What somebody put right on the call: the names of the code before and after."""

    correction_id: UUID = eg(examples.CORRECTION_ID, row="batch_id")
    kind: BatchKind = eg("assign", row="batch.kind")
    by_name: str = eg("Olivia", row="batch.by_name")
    at: datetime
    before_name: str = eg("")
    after_name: str = eg("Harper v. Castellan")


class CallSum(Shown):
    """How many calls, and their talk; not `exact`: there are more than were looked at.

    What they cost is null then, and where the account has no rates.
    """

    calls: int = eg(312)
    seconds: int = eg(148_800)
    exact: bool = eg(True)
    cost: Cost | None = eg("276.31")
    currency: str | None = eg("USD", row=if_rated("currency"))
    billed_seconds: int | None = eg(161_220)


class CallDetail(Call):
    """Everything on a call's record."""

    why: list[str] = eg([*examples.WHY, "the entry is one of the account's codes"])
    attempts: list[CallAttempt] = eg(row="attempts.all")
    corrections: list[CallCorrection] = eg([], row=corrections_of)
    other_legs: list[UUID] = eg([], "Of the same conversation, those that you may read.")


class CallConditions(BaseModel):
    """Which calls; what is left out is not filtered."""

    since: Moment | None = eg(examples.MOMENT, "Started at or after this moment.", default=None)
    until: Moment | None = maybe("Started before this moment.")
    period: Preset | None = maybe(
        "In place of these two: whole days of the account's calendar. Not `custom`."
    )
    user_id: UUID | None = None
    code_id: UUID | None = None
    code_name: Line = maybe("Part of the code's name then.", "")
    code_ids: list[UUID] = eg(
        description="With any of these codes.", max_length=100, default_factory=list
    )
    user_ids: list[UUID] = eg(
        description="Of any of these users.", max_length=100, default_factory=list
    )
    untagged: QueryFlag | None = maybe("Without (or with) a code.")
    to_assign: QueryFlag | None = maybe("Should have a code and has none.")
    not_billable: QueryFlag | None = None
    billing_month: Annotated[date, AS_A_DAY] | None = maybe(
        "Billed in the month that begins on this day."
    )
    at_least_seconds: int | None = maybe(ge=0, le=10**8)
    at_most_seconds: int | None = maybe(ge=0, le=10**8)
    call_type: CallType | None = None
    direction: Direction | None = None
    outcome: CallOutcome | None = None
    payer: Payer | None = None
    number: str = maybe(
        "Part of the number. A whole one is found in all years at once.",
        "",
        pattern=r"^[0-9+*#]{0,40}$",
    )
    simulated: QueryFlag | None = None

    def filter(self, here: Here) -> CallFilter:
        """The same for the call history. Raises :class:`Refused` for what no call can be."""
        least, most = self.at_least_seconds, self.at_most_seconds
        if least is not None and most is not None and most < least:
            raise Refused("This is shorter than the shortest.", "at_most_seconds")
        asked = self.model_dump(exclude={"cursor", "limit", "all", "period"})
        asked["since"], asked["until"] = self._moments(here)
        several = {"code_ids": frozenset(self.code_ids), "user_ids": frozenset(self.user_ids)}
        return by_whole_number(CallFilter(**asked | several), here.account)

    def _moments(self, here: Here) -> tuple[datetime | None, datetime | None]:
        if self.since and self.until and self.until < self.since:
            raise Refused("This moment is before 'since'.", "until", code="bad_period")
        if self.period is None:
            return self.since, self.until
        if self.since or self.until or self.period == Preset.CUSTOM:
            raise Refused("Name a period or two moments, not both.", "period", code="bad_period")
        period = period_of(self.period, calendar_of(here.account), timezone.now())
        return period.since, period.until


class CallQuery(PageQuery, CallConditions):
    """A page of which calls."""


class ConditionsInABody(CallConditions):
    """The same in a body: numbers are numbers there, and flags are flags, not texts."""

    untagged: StrictBool | None = None
    to_assign: StrictBool | None = None
    not_billable: StrictBool | None = None
    simulated: StrictBool | None = None
    at_least_seconds: StrictInt | None = maybe(ge=0, le=10**8)
    at_most_seconds: StrictInt | None = maybe(ge=0, le=10**8)


class CallSearch(ConditionsInABody, CallQuery, Request):
    """As in the list, and by the code's digits: in a body, since addresses are logged."""

    account_code: str = eg("1234", max_length=7, default="")
    limit: StrictInt = eg(MAX_LIMIT, ge=1, le=MAX_LIMIT, default=50)


def _page(here: Here, search: CallFilter, query: PageQuery) -> Page[Call]:
    def shown(call: models.Call) -> Call:
        return Call.of(call, account_code=here.shown_code(call.account_code))

    found = found_by(search.by_index(), here.account, here.person).select_related("charge")
    page = page_of_calls(found, query, shown, search.by_looking())
    if any(call.account_code for call in page.items):
        here.record_codes_read("calls")
    return page


@calls.get()
def list_calls(here: Here, query: CallQuery) -> Page[Call]:
    """List the calls you may read, the newest first.

    Of what must be looked for call by call (a part of a number or a name, a type, a length), a page
    looks at 15,000 calls: it may have fewer than `limit`, or none, and a `next` all the same.
    """
    return _page(here, query.filter(here), query)


@calls.post("/search", safe=True)
def search_calls(here: Here, body: CallSearch) -> Page[Call]:
    """List calls, also by the digits of their code (for those who may see codes)."""
    if body.account_code:
        here.caller.require(Scope.CODES_READ)
    if body.account_code and not here.may_see_codes:
        raise forbidden("Only administrators may search for a code's digits: search by name.")
    return _page(here, body.filter(here), body)


@calls.get("/sum")
def sum_calls(here: Here, query: CallConditions) -> CallSum:
    """Get how many calls a list would have, and their seconds of talk.

    Exact for whole days of the account with `simulated=false`, whatever the type, the direction and
    how calls stand with codes; of anything else, up to 15,000 calls are looked at.
    """
    return CallSum.of(sum_of(query.filter(here), here.account, here.person))


@calls.get(
    "/export",
    example="started (UTC),user,direction,...\r\n2026-11-23 09:30:00,Ben,Outbound,...\r\n",
)
def export_calls(here: Here, query: CallConditions) -> StreamingHttpResponse:
    """Get the calls you may read as a CSV file, the newest first, times in UTC.

    It is sent while it is made. If that fails on the way, the last line begins with `INCOMPLETE`.
    """
    lines = csv_lines(_to_export(here, query), zone=UTC, with_codes=here.may_see_codes)
    return csv_stream(lines, f"calls-{here.account.slug}.csv")


@calls.get("/export/workbook", example="A file to save.", content_type=XLSX_TYPE)
def export_calls_workbook(here: Here, query: CallConditions) -> StreamingHttpResponse:
    """Get the same calls as a workbook (XLSX), whose cells are texts, figures and times.

    It is sent while it is made. If that fails on the way, the last row begins with `INCOMPLETE`.
    """
    rows = xlsx_rows(_to_export(here, query), zone=UTC, with_codes=here.may_see_codes)
    columns = xlsx_columns(UTC, here.account.currency)
    return xlsx_stream(columns, rows, f"calls-{here.account.slug}.xlsx", sheet="Calls")


def _to_export(here: Here, query: CallConditions) -> QuerySet[models.Call]:
    if here.may_see_codes:
        record_codes_exported(here.account, actor=here.person, where="calls")
    return query.filter(here).narrow(calls_of(here))


@call.get()
def get_call(here: Here, call: models.Call) -> CallDetail:
    """Read everything on one call's record, with each attempt and the reasons."""
    if call.account_code_lookup:
        here.record_codes_read("calls")
    return CallDetail.of(
        call,
        account_code=here.shown_code(call.account_code),
        other_legs=[one.pk for one in queries.other_legs(call, here.person)],
    )
