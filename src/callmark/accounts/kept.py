"""What people keep under a name: their own, or shared on the account. The rules of all of it.

When a person is deleted, what they shared stays with the account and their own goes.
"""

from typing import Any, Protocol, TypeVar

from django.db.models import Model, Q, QuerySet

from callmark.accounts.access import may_administer
from callmark.accounts.models import Account, User
from callmark.accounts.names import refuse_bad_name
from callmark.accounts.refused import Refused

NAME_LENGTH = 60
MOST_OF_A_PERSON = 50

Rows = TypeVar("Rows", bound=Model)


class Kept(Protocol):
    """Such a row."""

    account: Any
    owner_id: Any
    shared: Any


def seen_by(rows: QuerySet[Rows], person: User) -> QuerySet[Rows]:
    """Of these rows of an account, those that the person sees: their own, and those shared."""
    return rows.filter(Q(owner=person) | Q(shared=True))


def name_to_keep(name: str) -> str:
    """The name without spaces around it. Raises :class:`Refused` for one that cannot be."""
    name = name.strip()
    if not name or len(name) > NAME_LENGTH:
        raise Refused(f"Enter a name of at most {NAME_LENGTH} characters.", "name")
    refuse_bad_name(name)
    return name


def refuse_to_share(account: Account, what: str, *, shared: bool, actor: User) -> None:
    """Refuse to share (``what``: 'reports') to who does not administer the account."""
    if shared and not may_administer(actor, account):
        raise Refused(f"Only an administrator shares {what}.", "shared", code="forbidden")


def refuse_one_too_many(mine: QuerySet[Any], what: str) -> None:
    """Refuse one more to a person who has as many as there can be."""
    if mine.count() >= MOST_OF_A_PERSON:
        raise Refused(f"You have {MOST_OF_A_PERSON} saved {what}: delete one first.", "name")


def refuse_to_delete(kept: Kept, what: str, *, actor: User) -> None:
    """Refuse to delete somebody else's (``what``: 'report'), but a shared one to administrators."""
    own = kept.owner_id == actor.pk
    if not own and not (kept.shared and may_administer(actor, kept.account)):
        raise Refused(f"This {what} belongs to somebody else.", code="forbidden")
