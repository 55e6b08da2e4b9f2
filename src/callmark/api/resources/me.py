"""Who is asking."""

from datetime import datetime
from uuid import UUID

from callmark.accounts.models import Role
from callmark.api import examples
from callmark.api.resource import Asker, Needs, Resource, Scope
from callmark.api.schemas import Shown, eg

me = Resource("/me", "Who am I", needs=Needs.SIGN_IN)


class TokenInUse(Shown):
    """The token of this very request."""

    id: UUID = eg(examples.TOKEN_ID)
    name: str = eg("billing export")
    account_id: UUID | None = eg(examples.ACCOUNT_ID)
    expires_at: datetime


class Me(Shown):
    """The person who asks, or for whom the token asks."""

    id: UUID = eg(examples.USER_ID)
    name: str = eg("Olivia Office-Manager")
    role: Role = eg("administrator")
    account_id: UUID | None = eg(examples.ACCOUNT_ID)
    scopes: list[Scope] = eg(["read"])
    token: TokenInUse | None = eg(TokenInUse)


@me.get()
def get_me(asker: Asker) -> Me:
    """Tell who is asking, and with which scopes."""
    return Me.of(asker.person, scopes=sorted(asker.caller.scopes), token=asker.caller.token)
