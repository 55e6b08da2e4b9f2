"""The services of API tokens, which live with the API.

The portal and the API are two doors to the same house: neither imports the other. So the services
are looked up by name, as Django looks up what settings name, and these protocols say what of
them the portal uses.
"""

from collections.abc import Iterable
from typing import Protocol, cast

from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string

from callmark.accounts.models import Account, User

SERVICES = "callmark.api.tokens"

SCOPES = (
    ("read", "Read", "Settings, users, codes and the call history."),
    ("write", "Change", "Settings, users, codes and webhooks: what you may change yourself."),
    ("call_control", "Control calls", "For a telephone switch that asks what to do with a call."),
)
"""Value, name and what it allows, from the least to the most special."""

LASTS = ((30, "30 days"), (90, "90 days"), (180, "180 days"), (365, "1 year"), (730, "2 years"))


class NewToken(Protocol):
    """A token just made, with its secret."""

    @property
    def token(self) -> Model:
        """The row."""

    @property
    def secret(self) -> str:
        """What the program sends; never to be had again."""


class _Create(Protocol):
    def __call__(
        self, account: Account, *, name: str, scopes: Iterable[str], days: int, actor: User
    ) -> NewToken: ...


class _Revoke(Protocol):
    def __call__(self, token: Model, *, actor: User) -> None: ...


def create_token(
    account: Account, *, name: str, scopes: Iterable[str], days: int, actor: User
) -> NewToken:
    """Make a token that acts for ``actor``. Raises :class:`Refused`."""
    create = cast(_Create, import_string(f"{SERVICES}.create_token"))
    return create(account, name=name, scopes=scopes, days=days, actor=actor)


def revoke_token(token: Model, *, actor: User) -> None:
    """Make the token useless at once."""
    cast(_Revoke, import_string(f"{SERVICES}.revoke_token"))(token, actor=actor)


def tokens_of(account: Account) -> QuerySet[Model]:
    """The account's tokens, newest first, with who made them."""
    tokens: QuerySet[Model] = account.api_tokens.select_related("created_by")
    return tokens
