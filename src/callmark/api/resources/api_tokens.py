"""API tokens: the keys of programs. Each acts for the person who made it.

An account's tokens and the operators' own: one function stands for both.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from pydantic import StrictInt

from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Asker, Here, Needs, Resource, Scope
from callmark.api.schemas import Line, Request, Shown, eg
from callmark.sign_in.api_tokens import MAX_DAYS, create_token
from callmark.sign_in.api_tokens import revoke_token as revoke
from callmark.sign_in.models import ApiToken


def tokens_of(asker: Asker | Here) -> QuerySet[ApiToken]:
    """The account's tokens, or those that are for every account."""
    account_id = asker.account.pk if asker.account else None
    return ApiToken.objects.of_account_or_none(account_id).select_related("created_by")


tokens = Resource("/accounts/{account_id}/tokens", "API tokens", needs=Needs.ADMINISTRATION)
token = tokens.one("/{token_id}", tokens_of)
operator_tokens = Resource("/tokens", "API tokens", needs=Needs.OPERATOR)
operator_token = operator_tokens.one("/{token_id}", tokens_of)


class Token(Shown):
    """A token, without its secret. `hint` is how the secret begins."""

    id: UUID = eg(examples.TOKEN_ID)
    name: str = eg("billing export")
    account_id: UUID | None = eg(examples.ACCOUNT_ID)
    scopes: list[Scope] = eg(["read"])
    hint: str = eg("cmk_x7Kq9v")
    created_by: str = eg("Olivia Office-Manager", row="created_by.name")
    created_at: datetime
    expires_at: datetime = eg("2027-02-21T09:30:00Z")
    last_used_at: datetime | None
    revoked_at: datetime | None
    usable: bool = eg(True, row="is_usable")


class TokenWithSecret(Token, shown_once=True):
    """A token just made. The secret is shown this once: keep it now."""

    secret: str = eg("cmk_x7Kq9v... (shown once)")


class TokenToMake(Request):
    """A token to make."""

    name: Line = eg("billing export", min_length=1)
    scopes: list[Scope] = eg(["read"], min_length=1, max_length=10)
    expires_in_days: StrictInt = eg(90, ge=1, le=MAX_DAYS, default=90)


@operator_tokens.get(
    name="list_operator_tokens",
    text="List the operators' tokens, which are for every account.",
    example={"account_id": None},
)
@tokens.get()
def list_account_tokens(asker: Asker | Here, query: PageQuery) -> Page[Token]:
    """List the account's tokens, also those revoked or expired."""
    return page_of(tokens_of(asker), query, ("-created_at", "id"), Token.of)


@operator_tokens.post(
    status=201,
    name="create_operator_token",
    text="Make a token for every account. Operators only.",
    example={"account_id": None},
)
@tokens.post(status=201)
def create_account_token(asker: Asker | Here, body: TokenToMake) -> TokenWithSecret:
    """Make a token for this account. It acts for you, within the scopes you choose."""
    new = create_token(
        asker.account,
        name=body.name,
        scopes=body.scopes,
        days=body.expires_in_days,
        actor=asker.person,
        made_with=asker.caller.token,
    )
    return TokenWithSecret.of(new.token, secret=new.secret)


@operator_token.delete(name="revoke_operator_token", text="Revoke an operator's token.")
@token.delete()
def revoke_account_token(asker: Asker | Here, found: ApiToken) -> None:
    """Revoke a token: it is useless at once."""
    revoke(found, actor=asker.person)
