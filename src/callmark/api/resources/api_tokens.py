"""API tokens: the keys of programs. Each acts for the person who made it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field, StrictInt

from callmark.api import examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.schemas import Line, Request, Shown
from callmark.sign_in.api_tokens import MAX_DAYS, NewToken, Scope, create_token, revoke_token
from callmark.sign_in.models import ApiToken
from callmark.web.access import Caller, Needs
from callmark.web.problems import not_found

router = Router(tags=["API tokens"])

PATH = "/accounts/{account_id}/tokens"
ORDER = ("-created_at", "id")


class Token(Shown):
    """A token, without its secret. `hint` is how the secret begins."""

    id: UUID
    name: str
    account_id: UUID | None
    scopes: list[Scope]
    hint: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    usable: bool


class TokenWithSecret(Token):
    """A token just made. The secret is shown this once: keep it now."""

    secret: str


class TokenToMake(Request):
    """A token to make."""

    name: Annotated[Line, Field(min_length=1)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=10)]
    expires_in_days: Annotated[StrictInt, Field(ge=1, le=MAX_DAYS)] = 90


def _fields(token: ApiToken) -> dict[str, object]:
    alive = token.revoked_at is None and token.expires_at > timezone.now()
    return {
        "id": token.pk,
        "name": token.name,
        "account_id": token.account_id,
        "scopes": token.scopes,
        "hint": token.hint,
        "created_by": token.created_by.name,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "revoked_at": token.revoked_at,
        "usable": alive and token.created_by.is_active,
    }


def _shown(token: ApiToken) -> Token:
    return Token.model_validate(_fields(token))


def _with_secret(new: NewToken) -> TokenWithSecret:
    return TokenWithSecret.model_validate(_fields(new.token) | {"secret": new.secret})


def _tokens_of(account_id: UUID | None) -> QuerySet[ApiToken]:
    return ApiToken.objects.of_account_or_none(account_id).select_related("created_by")


def _token(account_id: UUID | None, token_id: UUID) -> ApiToken:
    token = _tokens_of(account_id).filter(pk=token_id).first()
    if token is None:
        raise not_found()
    return token


_EXAMPLE = {
    "id": examples.TOKEN_ID,
    "name": "billing export",
    "account_id": examples.ACCOUNT_ID,
    "scopes": ["read"],
    "hint": "cmk_x7Kq9v",
    "created_by": "Olivia Office-Manager",
    "created_at": examples.MOMENT,
    "expires_at": "2027-02-21T09:30:00Z",
    "last_used_at": None,
    "revoked_at": None,
    "usable": True,
}
_NEW_EXAMPLE = _EXAMPLE | {"secret": "cmk_x7Kq9v... (shown once)"}
_BODY = {"name": "billing export", "scopes": ["read"], "expires_in_days": 90}
_OPERATORS = {"account_id": None}


@operation(
    router,
    Operation(
        "GET",
        PATH,
        needs=Needs.ADMINISTRATION,
        scope=Scope.READ,
        example=examples.page(_EXAMPLE),
    ),
)
def list_account_tokens(
    here: Here,
    query: Query[PageQuery],
) -> Page[Token]:
    """List the account's tokens, also those revoked or expired."""
    return page_of(_tokens_of(here.account.pk), query, ORDER, _shown)


@operation(
    router,
    Operation(
        "POST",
        PATH,
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        status=201,
        secret=True,
        example=_NEW_EXAMPLE,
        body_example=_BODY,
    ),
)
def create_account_token(here: Here, body: TokenToMake) -> TokenWithSecret:
    """Make a token for this account. It acts for you, within the scopes you choose."""
    return _with_secret(
        create_token(
            here.account,
            name=body.name,
            scopes=body.scopes,
            days=body.expires_in_days,
            actor=here.person,
            made_with=here.caller.token,
        )
    )


@operation(
    router,
    Operation(
        "DELETE",
        f"{PATH}/{{token_id}}",
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        status=204,
    ),
)
def revoke_account_token(here: Here, token_id: UUID) -> None:
    """Revoke a token: it is useless at once."""
    revoke_token(_token(here.account.pk, token_id), actor=here.person)


@operation(
    router,
    Operation(
        "GET",
        "/tokens",
        needs=Needs.OPERATOR,
        scope=Scope.READ,
        example=examples.page(_EXAMPLE | _OPERATORS),
    ),
)
def list_operator_tokens(
    _caller: Caller,
    query: Query[PageQuery],
) -> Page[Token]:
    """List the operators' tokens, which are for every account."""
    return page_of(_tokens_of(None), query, ORDER, _shown)


@operation(
    router,
    Operation(
        "POST",
        "/tokens",
        needs=Needs.OPERATOR,
        scope=Scope.WRITE,
        status=201,
        secret=True,
        example=_NEW_EXAMPLE | _OPERATORS,
        body_example=_BODY,
    ),
)
def create_operator_token(
    caller: Caller,
    body: TokenToMake,
) -> TokenWithSecret:
    """Make a token for every account. Operators only."""
    return _with_secret(
        create_token(
            None,
            name=body.name,
            scopes=body.scopes,
            days=body.expires_in_days,
            actor=caller.person,
            made_with=caller.token,
        )
    )


@operation(
    router,
    Operation(
        "DELETE",
        "/tokens/{token_id}",
        needs=Needs.OPERATOR,
        scope=Scope.WRITE,
        status=204,
    ),
)
def revoke_operator_token(caller: Caller, token_id: UUID) -> None:
    """Revoke an operator's token."""
    revoke_token(_token(None, token_id), actor=caller.person)
