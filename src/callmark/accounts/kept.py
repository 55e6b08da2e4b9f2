"""What people keep under a name: their own, or shared on the account. The rules of all of it.

When a person is deleted, what they shared stays with the account and their own goes.
"""

from typing import Any, Protocol, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext, gettext_lazy

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


_SHARED_BY = {
    "reports": gettext_lazy("Only an administrator shares reports."),
    "filters": gettext_lazy("Only an administrator shares filters."),
}
_TOO_MANY = {
    "reports": gettext_lazy("You have {most} saved reports: delete one first."),
    "filters": gettext_lazy("You have {most} saved filters: delete one first."),
}
_NOT_YOURS = {
    "report": gettext_lazy("This report belongs to somebody else."),
    "filter": gettext_lazy("This filter belongs to somebody else."),
}


def seen_by(rows: QuerySet[Rows], person: User) -> QuerySet[Rows]:
    """Of these rows of an account, those that the person sees: their own, and those shared."""
    return rows.filter(Q(owner=person) | Q(shared=True))


def name_to_keep(name: str) -> str:
    """The name without spaces around it. Raises :class:`Refused` for one that cannot be."""
    name = name.strip()
    if not name or len(name) > NAME_LENGTH:
        raise Refused(
            gettext("Enter a name of at most {name_length} characters.").format(
                name_length=NAME_LENGTH
            ),
            "name",
        )
    refuse_bad_name(name)
    return name


def refuse_to_share(account: Account, what: str, *, shared: bool, actor: User) -> None:
    """Refuse to share (``what``: 'reports') to who does not administer the account."""
    if shared and not may_administer(actor, account):
        raise Refused(
            str(_SHARED_BY[what]),
            "shared",
            code="forbidden",
        )


def refuse_one_too_many(mine: QuerySet[Any], what: str) -> None:
    """Refuse one more to a person who has as many as there can be."""
    if mine.count() >= MOST_OF_A_PERSON:
        raise Refused(
            str(_TOO_MANY[what]).format(most=MOST_OF_A_PERSON),
            "name",
        )


def refuse_to_delete(kept: Kept, what: str, *, actor: User) -> None:
    """Refuse to delete somebody else's (``what``: 'report'), but a shared one to administrators."""
    own = kept.owner_id == actor.pk
    if not own and not (kept.shared and may_administer(actor, kept.account)):
        raise Refused(str(_NOT_YOURS[what]), code="forbidden")
