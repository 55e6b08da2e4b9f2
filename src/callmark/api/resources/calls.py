"""Call history. A user reads their own calls, a reporter all, an administrator with the codes."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from ninja import Query, Router
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
)

from callmark.accounts.activity import record_codes_exported
from callmark.api import examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.paging import MAX_LIMIT, Page, PageQuery, page_of
from callmark.api.schemas import Line, QueryFlag, Request, Shown
from callmark.calls import models
from callmark.calls.export import csv_lines
from callmark.calls.filters import CallFilter
from callmark.calls.models import CallOutcome, Direction, EnteredBy, Payer
from callmark.calls.queries import calls_of, other_legs
from callmark.codes.secrecy import masked
from callmark.policy.code_entry import EntryResult
from callmark.policy.numbering import CallType
from callmark.sign_in.api_tokens import Scope
from callmark.web.access import Needs
from callmark.web.csv import csv_download
from callmark.web.problems import forbidden, not_found

router = Router(tags=["Calls"])

PATH = "/accounts/{account_id}/calls"
ORDER = ("-started_at", "id")


def _in_utc(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 2999:
        raise ValueError("use a year from 1970 to 2999")
    return moment.astimezone(UTC)


def _written_out(value: object) -> object:
    """A number would be taken for seconds since 1970, which nobody means."""
    if not isinstance(value, str) or "T" not in value.upper():
        raise ValueError("write the moment as 2026-11-23T09:30:00Z")
    return value


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_written_out),
    AfterValidator(_in_utc),
    Field(description="ISO 8601 with a zone, such as 2026-11-23T09:30:00Z."),
]


class CallAttempt(Shown):
    """One entry of a code. Wrong digits are never kept."""

    position: int
    result: EntryResult
    entered_by: EnteredBy
    typed_by: Annotated[
        UUID | None, Field(description="Who typed it, where that is not the user who pays.")
    ]
    at: datetime


class Call(Shown):
    """A call's record: one leg, asked for by one payer (`user_id`).

    `account_code` is masked for those who may not see codes.
    """

    id: UUID
    user_id: UUID | None
    user_name: str
    payer: Annotated[Payer, Field(description="`unknown`: no user has the phone that asked.")]
    direction: Direction
    caller: str
    dialed: Annotated[str, Field(description="As it was asked for.")]
    number: Annotated[
        str, Field(description="What the switch was to dial; empty: no number can be made of it.")
    ]
    e164: str | None
    call_type: Annotated[CallType | None, Field(description="Of outbound calls.")]
    outcome: CallOutcome
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    seconds: int | None
    disposition: str
    account_code: str
    account_code_name: str
    code_id: UUID | None
    entered_by: EnteredBy | None
    switch: str
    leg: Annotated[int, Field(description="Which question of its channel it was, from 1.")]
    simulated: bool


class CallDetail(Call):
    """Everything on a call's record."""

    why: list[str]
    attempts: list[CallAttempt]
    other_legs: Annotated[
        list[UUID], Field(description="Of the same conversation, those that you may read.")
    ]


class CallConditions(BaseModel):
    """Which calls; what is left out is not filtered."""

    since: Annotated[Moment | None, Field(description="Started at or after this moment.")] = None
    until: Annotated[Moment | None, Field(description="Started before this moment.")] = None
    user_id: UUID | None = None
    code_id: UUID | None = None
    code_name: Annotated[Line, Field(description="Part of the code's name then.")] = ""
    untagged: Annotated[QueryFlag | None, Field(description="Without (or with) a code.")] = None
    call_type: CallType | None = None
    direction: Direction | None = None
    outcome: CallOutcome | None = None
    payer: Payer | None = None
    number: Annotated[
        str, Field(pattern=r"^[0-9+*#]{0,40}$", description="Part of the number.")
    ] = ""
    simulated: QueryFlag | None = None


class CallQuery(PageQuery, CallConditions):
    """A page of which calls."""


class CallSearch(CallQuery, Request):
    """As in the list, and by the code's digits: in a body, since addresses are logged."""

    account_code: Annotated[str, Field(max_length=7)] = ""
    untagged: StrictBool | None = None
    simulated: StrictBool | None = None
    limit: Annotated[StrictInt, Field(ge=1, le=MAX_LIMIT)] = 50


def shown(here: Here, call: models.Call) -> dict[str, Any]:
    """What both views of a call show, as this caller may see it."""
    code = call.account_code
    return {
        "id": call.pk,
        "user_id": call.user_id,
        "user_name": call.user_name,
        "payer": call.payer,
        "direction": call.direction,
        "caller": call.caller,
        "dialed": call.dialed,
        "number": call.number,
        "e164": call.e164 or None,
        "call_type": call.call_type or None,
        "outcome": call.outcome,
        "started_at": call.started_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "seconds": call.seconds,
        "disposition": call.disposition,
        "account_code": code if here.may_see_codes else masked(code),
        "account_code_name": call.account_code_name,
        "code_id": call.code_id,
        "entered_by": call.entered_by or None,
        "switch": call.switch,
        "leg": call.leg,
        "simulated": call.simulated,
    }


def _page(here: Here, calls: QuerySet[models.Call], query: PageQuery) -> Page[Call]:
    page = page_of(calls, query, ORDER, lambda call: Call(**shown(here, call)))
    if any(call.account_code for call in page.items):
        here.record_codes_read("calls")
    return page


def _filter(query: CallConditions, account_code: str = "") -> CallFilter:
    values = query.model_dump(exclude={"cursor", "limit", "account_code"})
    return CallFilter(**values, account_code=account_code)


@operation(
    router,
    Operation(
        "GET",
        PATH,
        needs=Needs.MEMBERSHIP,
        scope=Scope.READ,
        example=examples.page(examples.CALL),
    ),
)
def list_calls(
    here: Here,
    query: Query[CallQuery],
) -> Page[Call]:
    """List the calls you may read, the newest first."""
    calls = _filter(query).narrow(calls_of(here.account, here.person))
    return _page(here, calls, query)


@operation(
    router,
    Operation(
        "POST",
        f"{PATH}/search",
        needs=Needs.MEMBERSHIP,
        scope=Scope.READ,
        safe=True,
        example=examples.page(examples.CALL),
        body_example={"account_code": "1234", "since": examples.MOMENT, "limit": MAX_LIMIT},
    ),
)
def search_calls(here: Here, body: CallSearch) -> Page[Call]:
    """List calls, also by the digits of their code (for those who may see codes)."""
    if body.account_code:
        here.caller.require(Scope.CODES_READ)
    if body.account_code and not here.may_see_codes:
        raise forbidden("Only administrators may search for a code's digits: search by name.")
    search = _filter(body, body.account_code)
    calls = search.with_code(calls_of(here.account, here.person), here.account.pk)
    return _page(here, calls, body)


@operation(
    router,
    Operation(
        "GET",
        f"{PATH}/export",
        needs=Needs.MEMBERSHIP,
        scope=Scope.READ,
        example="started (UTC),user,direction,...\r\n2026-11-23 09:30:00,Ben,Outbound,...\r\n",
        content_type="text/csv",
    ),
)
def export_calls(here: Here, query: Query[CallConditions]) -> FileResponse:
    """Get the calls you may read as a CSV file, the newest first, times in UTC."""
    calls = _filter(query).narrow(calls_of(here.account, here.person)).order_by(*ORDER)
    if here.may_see_codes:
        record_codes_exported(here.account, actor=here.person, where="calls")
    lines = csv_lines(calls, zone=UTC, with_codes=here.may_see_codes)
    return csv_download(lines, f"calls-{here.account.slug}.csv")


@operation(
    router,
    Operation(
        "GET",
        f"{PATH}/{{call_id}}",
        needs=Needs.MEMBERSHIP,
        scope=Scope.READ,
        example=examples.CALL
        | {
            "why": [*examples.WHY, "the entry is one of the account's codes"],
            "attempts": [
                {
                    "position": 1,
                    "result": "accepted",
                    "entered_by": "prompt",
                    "typed_by": None,
                    "at": examples.MOMENT,
                }
            ],
            "other_legs": [],
        },
    ),
)
def get_call(here: Here, call_id: UUID) -> CallDetail:
    """Read everything on one call's record, with each attempt and the reasons."""
    call = calls_of(here.account, here.person).filter(pk=call_id).first()
    if call is None:
        raise not_found()
    if call.account_code_lookup:
        here.record_codes_read("calls")
    attempts = [
        CallAttempt(
            position=one.position,
            result=EntryResult(one.result),
            entered_by=EnteredBy(one.entered_by),
            typed_by=one.user_id,
            at=one.at,
        )
        for one in call.attempts.all()
    ]
    others = [one.pk for one in other_legs(call, here.person)]
    return CallDetail(**shown(here, call), why=call.why, attempts=attempts, other_legs=others)
