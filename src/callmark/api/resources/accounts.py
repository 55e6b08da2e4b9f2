"""Accounts: the customer organizations."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db.models import Q
from pydantic import Field, StrictBool

from callmark.accounts import services
from callmark.accounts.checks import KEPT_AT_MOST
from callmark.accounts.csv_forms import CsvChoice
from callmark.accounts.refused import Refused
from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Asker, Here, Needs, Resource
from callmark.api.schemas import Line, Request, Shown, eg, maybe, unchanged
from callmark.codes.template_models import AccountTemplate
from callmark.codes.templates import add_account_from
from callmark.languages import Language
from callmark.policy.settings import STAR_CODE_DEFAULT

accounts = Resource("/accounts", "Accounts", needs=Needs.OPERATOR)

Country = Annotated[
    str, Field(pattern="^[A-Z]{2}$", description="ISO 3166 alpha-2, such as US or GB.")
]
Prefix = Annotated[
    str, Field(pattern="^[0-9]{0,4}$", description="Dialed for an outside line; may be empty.")
]
Regions = Annotated[
    list[Country], Field(max_length=30, description="+1 regions that are billed as international.")
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
Days = Annotated[int | None, Field(ge=0, le=KEPT_AT_MOST)]
ZONE = "America/New_York"
KEPT = "Days; 0: forever; null: as the operator's settings say."
CallsKept = Annotated[Days, Field(description=f"Call records. {KEPT}")]
ActivityKept = Annotated[Days, Field(description=f"Audit entries. {KEPT}")]
AnswerFirst = Annotated[
    StrictBool, Field(description="Answer callers before they are asked, for phones that need it.")
]


class Account(Shown):
    """A customer organization."""

    id: UUID = eg(examples.ACCOUNT_ID)
    slug: str = eg("harper-law")
    name: str = eg("Harper Law")
    country: str = eg("US")
    outside_prefix: str = eg("9")
    star_code: str = eg("*50")
    international_regions: list[str] = eg(["JM"])
    own_numbers: list[str] = eg(["600", "*97", "_7XX"])
    answer_first: AnswerFirst
    calls_kept_days: CallsKept = eg(3650)
    activity_kept_days: ActivityKept
    time_zone: str = eg(ZONE, "Of its days and months (IANA).", row="zone.key")
    billing_day: int = eg(1, "On which its months begin.")
    csv_choice: CsvChoice = eg(
        "", "How the portal writes CSV: as in the country, `comma` or `semicolon`."
    )
    language: Language = eg(
        "",
        "Of its pages, mails, reports and spoken prompts: `en`, `es` or `fr`; empty: the "
        "installation's.",
    )
    users_may_correct: bool = eg(False, "Users correct the codes of their own calls.")
    created_at: datetime


class NewAccount(Request):
    """An account to add. The slug stays for good."""

    slug: str = eg(
        "harper-law", "Left out: made from the name.", pattern="^[a-z0-9-]{0,40}$", default=""
    )
    name: Line = eg("Harper Law", min_length=1)
    country: Country = eg("US", default="US")
    outside_prefix: Prefix = eg("9", default="")
    star_code: StarCode = STAR_CODE_DEFAULT
    international_regions: Regions = Field(default_factory=list)
    own_numbers: OwnNumbers = Field(default_factory=list)
    template_id: UUID | None = maybe(
        "A template to begin with; what is sent besides counts more.", None
    )


class AccountChange(Request):
    """What to change; what is left out stays."""

    name: Line = unchanged("Harper Law", min_length=1)
    country: Country = unchanged()
    outside_prefix: Prefix = unchanged("9")
    star_code: StarCode = unchanged()
    international_regions: Regions = unchanged()
    own_numbers: OwnNumbers = unchanged()
    answer_first: AnswerFirst = unchanged()
    calls_kept_days: CallsKept = unchanged()
    activity_kept_days: ActivityKept = unchanged()


class AccountCalendar(Request):
    """What to change; what is left out stays."""

    time_zone: str = unchanged(
        ZONE, max_length=64, description="IANA name; empty: that of the account's country."
    )
    billing_day: int = unchanged(1, ge=1, le=28, strict=True)
    csv_choice: CsvChoice = unchanged()
    language: Language = unchanged()
    users_may_correct: StrictBool = unchanged()


class AccountQuery(PageQuery):
    """Which accounts."""

    q: Line = maybe("Part of the name or slug.", "")


@accounts.get(needs=Needs.SIGN_IN)
def list_accounts(asker: Asker, query: AccountQuery) -> Page[Account]:
    """List the accounts you may know of.

    An operator sees all of them, everybody else their own.
    """
    found = asker.caller.accounts()
    if query.q:
        found = found.filter(Q(name__icontains=query.q) | Q(slug__icontains=query.q))
    return page_of(found, query, ("name", "id"), Account.of)


@accounts.post(status=201)
def create_account(asker: Asker, body: NewAccount) -> Account:
    """Add an account. Operators only."""
    named = body.template_id
    template = AccountTemplate.objects.filter(pk=named).first() if named else None
    if named and template is None:
        raise Refused("There is no such template.", "template_id", code="no_such_template")
    values = body.model_dump(exclude={"slug", "name", "template_id"}, exclude_unset=True)
    return Account.of(
        add_account_from(template, values, slug=body.slug, name=body.name, actor=asker.person)
    )


@accounts.get("/{account_id}", needs=Needs.MEMBERSHIP)
def get_account(here: Here) -> Account:
    """Read one account."""
    return Account.of(here.account)


@accounts.patch("/{account_id}")
def update_account(here: Here, body: AccountChange) -> Account:
    """Change an account. Operators only: the outside prefix decides what callers reach.

    Records that are older than they are to be kept are deleted within a day: call records of at
    least 7 days, audit entries of at least 30.
    """
    changes = body.model_dump(exclude_unset=True)
    return Account.of(services.change_account(here.account, changes, actor=here.person))


@accounts.patch("/{account_id}/calendar", needs=Needs.ADMINISTRATION)
def update_account_calendar(here: Here, body: AccountCalendar) -> Account:
    """Change how an account counts days and months, and whether users correct their own calls.

    Calls of open months move to their new days and months; closed months stay as they are.
    """
    changes = body.model_dump(exclude_unset=True)
    return Account.of(services.change_account(here.account, changes, actor=here.person))
