"""Limits: budgets of a month, and how many calls or minutes an hour or a day."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import QuerySet
from pydantic import Field

from callmark.accounts.models import User
from callmark.api import etags, examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Here, Needs, Resource, Versioned
from callmark.api.schemas import Line, Request, Shown, eg, unchanged
from callmark.calls import limits as services
from callmark.calls.models import CallLimit
from callmark.codes.models import AccountCode
from callmark.policy.limits import LimitOf, LimitPer, LimitUnit, WhenReached
from callmark.policy.numbering import CallType
from callmark.web.problems import Problem


def limits_of(here: Here) -> QuerySet[CallLimit]:
    """The account's limits."""
    return CallLimit.objects.of(here.account).select_related("account", "user", "code")


limits = Resource("/accounts/{account_id}/limits", "Limits", needs=Needs.ADMINISTRATION)
limit = limits.one("/{limit_id}", limits_of)

Amount = Annotated[
    int, Field(ge=1, le=1_000_000, description="Calls, minutes or money, as `unit` says.")
]
WarnAt = Annotated[int, Field(ge=1, le=100, description="Percent; 100 is warned at in any case.")]
Of = Annotated[LimitOf, Field(description="Whose calls are counted together.")]
TypeOfCalls = Annotated[
    CallType | None, Field(description="Only calls of this type; null: all outside calls.")
]


class Usage(Shown):
    """What is used in the running period."""

    since: datetime
    until: datetime
    used: int = eg(3, "In whole ones of `unit`; where each user has their own, the highest.")


class Limit(Shown):
    """A budget (a month's) or a velocity limit (an hour or a day), and what is used of it."""

    id: UUID = eg(examples.LIMIT_ID)
    name: str = eg("Calls abroad")
    scope: LimitOf = eg("each_user")
    user_id: UUID | None = eg(None)
    code_id: UUID | None = eg(None)
    call_type: CallType | None = eg("international")
    amount: int = eg(20)
    unit: LimitUnit = eg("calls")
    per: LimitPer = eg("hour")
    warn_at: int = eg(80)
    then: WhenReached = eg("refuse")
    usage: Usage
    created_at: datetime


class NewLimit(
    Request,
    example={
        "name": "Calls abroad",
        "scope": "each_user",
        "call_type": "international",
        "amount": 20,
        "unit": "calls",
        "per": "hour",
        "then": "refuse",
    },
):
    """A limit to set. A month's is in minutes or money; `user_id` or `code_id` if it is one's."""

    name: Line
    scope: Of
    user_id: UUID | None = None
    code_id: UUID | None = None
    call_type: TypeOfCalls = None
    amount: Amount
    unit: LimitUnit
    per: LimitPer
    warn_at: WarnAt = 80
    then: WhenReached = WhenReached.WARN


class LimitChange(Request, example={"amount": 30, "then": "refuse"}):
    """What to change; what is left out stays."""

    name: Line = unchanged()
    scope: Of = unchanged()
    user_id: UUID | None = unchanged()
    code_id: UUID | None = unchanged()
    call_type: TypeOfCalls = unchanged()
    amount: Amount = unchanged()
    unit: LimitUnit = unchanged()
    per: LimitPer = unchanged()
    warn_at: WarnAt = unchanged()
    then: WhenReached = unchanged()


def _shown(row: CallLimit) -> Limit:
    used = services.used_of(row)
    highest = max(used.amounts.values(), default=0)
    usage = Usage(since=used.since, until=used.until, used=row.in_unit(highest))
    return Limit.of(row, call_type=row.call_type or None, usage=usage)


def _answer(row: CallLimit) -> Versioned[Limit]:
    return Versioned(_shown(row), services.limit_version(row))


def _values(here: Here, body: NewLimit | LimitChange) -> dict[str, Any]:
    """What the service takes: rows in place of ids."""
    values = body.model_dump(mode="json", exclude_unset=isinstance(body, LimitChange))
    for name, model in (("user", User), ("code", AccountCode)):
        if f"{name}_id" in values:
            key = values.pop(f"{name}_id")
            values[name] = model.objects.of(here.account).filter(pk=key).first() if key else None
            if key and values[name] is None:
                raise Problem(422, "unknown_id", "No such row here.", field=f"{name}_id")
    if "call_type" in values:
        values["call_type"] = values["call_type"] or ""
    return values


@limits.get()
def list_limits(here: Here, query: PageQuery) -> Page[Limit]:
    """List the limits by name, with what is used of each."""
    return page_of(limits_of(here), query, ("name", "id"), _shown)


@limits.post(status=201)
def add_limit(here: Here, body: NewLimit) -> Versioned[Limit]:
    """Limit calls. What was used of the running period counts at once.

    Emergency and internal calls are never limited.
    """
    return _answer(services.add_limit(here.account, _values(here, body), actor=here.person))


@limit.get()
def get_limit(here: Here, row: CallLimit) -> Versioned[Limit]:  # noqa: ARG001
    """Read a limit and what is used of it; the ETag is needed to change it."""
    return _answer(row)


@limit.patch(if_match=True)
def update_limit(here: Here, row: CallLimit, body: LimitChange) -> Versioned[Limit]:
    """Change a limit."""
    seen = services.limit_version(row)
    etags.require_match(here.if_match, seen)
    values = _values(here, body)
    changed = services.change_limit(row, values, expected_version=seen, actor=here.person)
    return _answer(changed)


@limit.delete()
def remove_limit(here: Here, row: CallLimit) -> None:
    """Limit these calls no longer."""
    services.remove_limit(row, actor=here.person)
