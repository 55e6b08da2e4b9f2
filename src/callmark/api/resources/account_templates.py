"""Templates for accounts: what a new one can begin with. Operators only."""

from datetime import datetime
from uuid import UUID

from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Asker, Needs, Resource
from callmark.api.schemas import Line, Request, Shown, eg
from callmark.codes import templates as services
from callmark.codes.template_models import AccountTemplate as Template

templates = Resource("/account-templates", "Accounts", needs=Needs.OPERATOR)
template = templates.one("/{template_id}", lambda _asker: Template.objects.all())


class AccountTemplate(Shown):
    """An account's settings under a name: how it dials and counts, and its code settings."""

    id: UUID = eg(examples.TEMPLATE_ID)
    name: str = eg("Law firms")
    country: str = eg("US", row=lambda one: one.account_values.get("country", ""))
    code_length: int | None = eg(
        4,
        "Null: account codes are not set up in it.",
        row=lambda one: one.code_values.get("code_length"),
    )
    updated_at: datetime


class NewAccountTemplate(Request):
    """A name, and the account whose settings it holds from now on."""

    name: Line = eg("Law firms", min_length=1)
    account_id: UUID = eg(examples.ACCOUNT_ID)


@templates.get()
def list_account_templates(_asker: Asker, query: PageQuery) -> Page[AccountTemplate]:
    """List the templates."""
    return page_of(Template.objects.all(), query, ("name", "id"), AccountTemplate.of)


@templates.post(status=201)
def save_account_template(asker: Asker, body: NewAccountTemplate) -> AccountTemplate:
    """Keep what an account has as a template; one of the same name becomes this."""
    account = Account.objects.filter(pk=body.account_id).first()
    if account is None:
        raise Refused("There is no such account.", "account_id", code="no_such_account")
    return AccountTemplate.of(services.save_template(account, body.name, actor=asker.person))


@template.delete()
def delete_account_template(asker: Asker, row: Template) -> None:
    """Delete a template; accounts that began with it stay as they are."""
    services.delete_template(row, actor=asker.person)
