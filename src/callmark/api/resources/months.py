"""An account's months: what is billed in them, and closing them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from callmark.api import examples
from callmark.api.resource import Here, Needs, Resource
from callmark.api.schemas import AS_A_DAY, Cost, Request, Shown, eg, if_rated, maybe
from callmark.calls import months as services
from callmark.calls.models import TagState
from callmark.calls.months import WarningKind
from callmark.calls.moved import moved_calls
from callmark.gate.unstored import warnings_before_closing
from callmark.web.problems import forbidden

months = Resource("/accounts/{account_id}/months", "Months", needs=Needs.MEMBERSHIP)
FirstDay = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2999, 12, 1)), AS_A_DAY]
FIRST, OTHER, LAST = "2026-03-01", "2026-02-01", "2026-03-31"


class Closing(Shown):
    """When a month was closed, by whom, and the figures it was closed with."""

    closed_at: datetime
    closed_by: str = eg("Olivia")
    tariff_version: str = eg("", "Which rates; empty while there are none.")
    calls: int = eg(312)
    seconds: int = eg(148_800)
    billed_seconds: int | None = eg(161220, row=if_rated("billed_seconds"))
    cost: Cost | None = eg("276.31", row=if_rated("cost"))
    currency: str | None = eg("USD", row=if_rated("currency"))
    to_assign: int = eg(0)


class Month(Shown):
    """A month by its first day; `closed` is null while it is open."""

    month: date = eg(FIRST, row="month.first")
    last_day: date = eg(LAST, row="month.last")
    is_over: bool = eg(True)
    calls: int = eg(312)
    seconds: int = eg(148_800)
    billed_seconds: int | None = eg(161220, row=if_rated("billed_seconds"))
    cost: Cost | None = eg("276.31", row=if_rated("cost"))
    currency: str | None = eg("USD", row=if_rated("currency"))
    closed: Closing | None = eg(Closing)


class Months(Shown):
    """The months with calls, the newest first."""

    items: list[Month]


class CodeFigure(Shown):
    """Calls of one code (as it was called then) in the month; '' for those without one."""

    account_code: str = eg("1234")
    name: str = eg("Harper v. Castellan")
    code_id: UUID | None = eg(examples.CODE_ID, "Null for one that is no code any more.")
    state: TagState = eg("tagged")
    calls: int = eg(41)
    seconds: int = eg(18_610)
    billed_seconds: int | None = eg(19440, row=if_rated("billed_seconds"))
    cost: Cost | None = eg("48.20", row=if_rated("cost"))


class UserFigure(Shown):
    """Calls of one user (as they were called then) in the month."""

    user_id: UUID | None = eg(examples.USER_ID)
    name: str = eg("Ben Attorney")
    state: TagState = eg("tagged")
    calls: int = eg(41)
    seconds: int = eg(18_610)
    billed_seconds: int | None = eg(19440, row=if_rated("billed_seconds"))
    cost: Cost | None = eg("48.20", row=if_rated("cost"))


class Adjustment(Shown):
    """What was learned of a call after its month was closed: it is in this month's figures."""

    call_id: UUID | None = eg(examples.CALL_ID)
    of_month: date = eg(OTHER)
    calls: int = eg(0)
    seconds: int = eg(60)
    billed_seconds: int | None = eg(60)
    cost: Cost | None = eg("0.10")
    account_code_name: str = eg("Harper v. Castellan")
    user_name: str = eg("Ben Attorney")
    at: datetime


class Moved(Shown):
    """What is of one month and billed in another: its own was closed when it became known."""

    of_month: date = eg(OTHER)
    month: date = eg(FIRST, "The month in which it is billed.")
    calls: int = eg(2)
    seconds: int = eg(360)
    billed_seconds: int | None = eg(360)
    cost: Cost | None = eg("0.60")


class MovedCalls(Shown):
    """What is billed in another month than its own."""

    came: list[Moved] = eg(description="Calls of earlier months that are billed in this one.")
    went: list[Moved] = eg(
        [], "Calls of this month that became known after it was closed, and where they are billed."
    )
    learned: list[Moved] = eg(
        [],
        "What was learned of this month's calls after it was closed: `calls` are those that it is "
        "about, the rest is what that adds.",
    )


class Warn(Shown):
    """Why it may be too early to close the month."""

    kind: WarningKind = eg("calls_to_assign")
    count: int = eg(6)
    message: str = eg("calls have no code yet")


class MonthFigures(Shown):
    """What is billed in a month. Of a closed one this never changes.

    Here and in all figures: time as rates bill it, and cost, are null where there are no rates.
    """

    month: date = eg(FIRST, row="month.first")
    last_day: date = eg(LAST, row="month.last")
    closed: Closing | None = eg(None)
    calls: int = eg(312)
    seconds: int = eg(148_800)
    billed_seconds: int | None = eg(161220, row=if_rated("billed_seconds"))
    cost: Cost | None = eg("276.31", row=if_rated("cost"))
    currency: str | None = eg("USD", row=if_rated("currency"))
    to_assign: int = eg(6)
    by_code: list[CodeFigure]
    by_user: list[UserFigure]
    adjustments: list[Adjustment]
    moved: MovedCalls
    warnings: list[Warn] = eg([], "Of an open month.")


class MonthQuery(BaseModel):
    """Which month."""

    month: FirstDay | None = maybe(
        "Its first day, such as 2026-10-01; left out: the month that it is now."
    )


class MonthToClose(Request):
    """The month that begins on this day."""

    month: FirstDay = eg(FIRST)


class MonthToReopen(Request):
    """The closed month that begins on this day."""

    month: FirstDay = eg(OTHER)


def _refuse_those_who_may_not(here: Here) -> None:
    if not here.may_read_history:
        raise forbidden("Only reporters and administrators see an account's figures: ask one.")


@months.get()
def list_months(here: Here) -> Months:
    """List the account's months with calls, and this one."""
    _refuse_those_who_may_not(here)
    return Months(items=[Month.of(one) for one in services.months(here.account)])


@months.get("/figures")
def get_month_figures(here: Here, query: MonthQuery) -> MonthFigures:
    """Read what is billed in a month, by code and by user; of an open one also what to wait for."""
    _refuse_those_who_may_not(here)
    first = services.month_from(here.account, query.month)
    found = services.figures(here.account, first)
    if any(one.lookup for one in found.by_code):
        here.record_codes_read("calls")
    unrated = {} if found.cost is not None else {"billed_seconds": None, "cost": None}
    return MonthFigures.of(
        found,
        by_code=[
            CodeFigure.of(one, account_code=here.shown_code(one.account_code))
            for one in found.by_code
        ],
        adjustments=[Adjustment.of(one, **unrated) for one in found.adjustments],
        moved=moved_calls(here.account, first),
        warnings=[] if found.closed else warnings_before_closing(here.account, first),
    )


@months.post("/close", needs=Needs.ADMINISTRATION)
def close_month(here: Here, body: MonthToClose) -> Closing:
    """Close a month that is over: its codes no longer change, and its figures are kept for good."""
    return Closing.of(services.close_month(here.account, body.month, actor=here.person))


@months.post("/reopen", needs=Needs.ADMINISTRATION)
def reopen_month(here: Here, body: MonthToReopen) -> None:
    """Open a closed month again; the activity tells, with the figures it had."""
    services.reopen_month(here.account, body.month, actor=here.person)
