"""Who is asking."""

from datetime import datetime
from uuid import UUID

from ninja import Router

from callmark.accounts.models import Role
from callmark.api.description import Operation
from callmark.api.examples import ACCOUNT_ID, MOMENT, TOKEN_ID, USER_ID
from callmark.api.operations import operation
from callmark.api.schemas import Shown
from callmark.sign_in.api_tokens import Scope
from callmark.web.access import Caller, Needs

router = Router(tags=["Who am I"])


class TokenInUse(Shown):
    """The token of this very request."""

    id: UUID
    name: str
    account_id: UUID | None
    expires_at: datetime


class Me(Shown):
    """The person who asks, or for whom the token asks."""

    id: UUID
    name: str
    role: Role
    account_id: UUID | None
    scopes: list[Scope]
    token: TokenInUse | None


@operation(
    router,
    Operation(
        "GET",
        "/me",
        needs=Needs.SIGN_IN,
        scope=Scope.READ,
        example={
            "id": USER_ID,
            "name": "Olivia Office-Manager",
            "role": "administrator",
            "account_id": ACCOUNT_ID,
            "scopes": ["read"],
            "token": {
                "id": TOKEN_ID,
                "name": "billing export",
                "account_id": ACCOUNT_ID,
                "expires_at": MOMENT,
            },
        },
    ),
)
def get_me(caller: Caller) -> Me:
    """Tell who is asking, and with which scopes."""
    person, token = caller.person, caller.token
    in_use = None
    if token is not None:
        in_use = TokenInUse(
            id=token.pk,
            name=token.name,
            account_id=token.account_id,
            expires_at=token.expires_at,
        )
    return Me(
        id=person.pk,
        name=person.name,
        role=Role(person.role),
        account_id=person.account_id,
        scopes=sorted(caller.scopes),
        token=in_use,
    )
