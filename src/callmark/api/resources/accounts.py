"""Accounts: the customer organizations."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field, StrictBool

from callmark.accounts import models
from callmark.accounts.services import add_account, change_account
from callmark.api import examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.schemas import Line, Request, Shown, unchanged
from callmark.policy.settings import STAR_CODE_DEFAULT
from callmark.sign_in.api_tokens import Scope
from callmark.web.access import Caller, Needs

router = Router(tags=["Accounts"])

Country = Annotated[
    str, Field(pattern="^[A-Z]{2}$", description="ISO 3166 alpha-2, such as US or GB.")
]
Prefix = Annotated[
    str, Field(pattern="^[0-9]{0,4}$", description="Dialed for an outside line; may be empty.")
]
Regions = Annotated[
    list[Country],
    Field(max_length=30, description="+1 regions that are billed as international."),
]
OwnNumbers = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=40)]],
    Field(
        max_length=500,
        description="The switch's own numbers (groups, queues, conferences, mailboxes), which are "
        "internal: 600, *97, or a pattern such as _7XX.",
    ),
]
StarCode = Annotated[
    str, Field(pattern=r"^\*[0-9]{2,4}$", description="Dialed to tag a call under way.")
]
KEPT = "Days; 0: forever; null: as the operator's settings say."
CallsKept = Annotated[
    int | None, Field(ge=0, le=models.KEPT_AT_MOST, description=f"Call records. {KEPT}")
]
ActivityKept = Annotated[
    int | None, Field(ge=0, le=models.KEPT_AT_MOST, description=f"Audit entries. {KEPT}")
]

AnswerFirst = Annotated[
    StrictBool,
    Field(description="Answer callers before they are asked, for phones that need it."),
]


class Account(Shown):
    """A customer organization."""

    id: UUID
    slug: str
    name: str
    country: str
    outside_prefix: str
    star_code: str
    international_regions: list[str]
    own_numbers: list[str]
    answer_first: AnswerFirst
    calls_kept_days: CallsKept
    activity_kept_days: ActivityKept
    created_at: datetime


class NewAccount(Request):
    """An account to add. The slug stays for good."""

    slug: Annotated[str, Field(pattern="^[a-z0-9-]{1,40}$")]
    name: Annotated[Line, Field(min_length=1)]
    country: Country = "US"
    outside_prefix: Prefix = ""
    star_code: StarCode = STAR_CODE_DEFAULT
    international_regions: Regions = Field(default_factory=list)
    own_numbers: OwnNumbers = Field(default_factory=list)


class AccountChange(Request):
    """What to change; what is left out stays."""

    name: Annotated[Line, Field(min_length=1)] = unchanged()
    country: Country = unchanged()
    outside_prefix: Prefix = unchanged()
    star_code: StarCode = unchanged()
    international_regions: Regions = unchanged()
    own_numbers: OwnNumbers = unchanged()
    answer_first: AnswerFirst = unchanged()
    calls_kept_days: CallsKept = unchanged()
    activity_kept_days: ActivityKept = unchanged()


class AccountQuery(PageQuery):
    """Which accounts."""

    q: Annotated[Line, Field(description="Part of the name or slug.")] = ""


def shown(account: models.Account) -> Account:
    """The account as the API shows it."""
    return Account.model_validate(account, from_attributes=True)


@operation(
    router,
    Operation(
        "GET",
        "/accounts",
        needs=Needs.SIGN_IN,
        scope=Scope.READ,
        example=examples.page(examples.ACCOUNT),
    ),
)
def list_accounts(
    caller: Caller,
    query: Query[AccountQuery],
) -> Page[Account]:
    """List the accounts you may know of.

    An operator sees all of them, everybody else their own.
    """
    accounts = caller.accounts()
    if query.q:
        accounts = accounts.filter(name__icontains=query.q) | accounts.filter(
            slug__icontains=query.q
        )
    return page_of(accounts, query, ("name", "id"), shown)


_NEW: dict[str, Any] = {
    name: examples.ACCOUNT[name] for name in ("slug", "name", "country", "outside_prefix")
}


@operation(
    router,
    Operation(
        "POST",
        "/accounts",
        needs=Needs.OPERATOR,
        scope=Scope.WRITE,
        status=201,
        example=examples.ACCOUNT,
        body_example=_NEW,
    ),
)
def create_account(caller: Caller, body: NewAccount) -> Account:
    """Add an account. Operators only."""
    values = body.model_dump(exclude={"star_code", "international_regions"})
    account = add_account(
        **values, international_regions=tuple(body.international_regions), actor=caller.person
    )
    if body.star_code != account.star_code:
        change_account(account, {"star_code": body.star_code}, actor=caller.person)
    return shown(account)


@operation(
    router,
    Operation(
        "GET",
        "/accounts/{account_id}",
        needs=Needs.MEMBERSHIP,
        scope=Scope.READ,
        example=examples.ACCOUNT,
    ),
)
def get_account(here: Here) -> Account:
    """Read one account."""
    return shown(here.account)


@operation(
    router,
    Operation(
        "PATCH",
        "/accounts/{account_id}",
        needs=Needs.OPERATOR,
        scope=Scope.WRITE,
        example=examples.ACCOUNT,
        body_example={"name": "Harper Law", "outside_prefix": "9"},
    ),
)
def update_account(here: Here, body: AccountChange) -> Account:
    """Change an account. Operators only: the outside prefix decides what callers reach.

    Records that are older than they are to be kept are deleted within a day: call records of at
    least 7 days, audit entries of at least 30.
    """
    changes = body.model_dump(exclude_unset=True)
    return shown(change_account(here.account, changes, actor=here.person))
