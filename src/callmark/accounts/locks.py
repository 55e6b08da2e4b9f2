"""An account held by one transaction until it ends; who writes its calls holds it with others.

So who locks it waits for those who are writing, and they find afterwards what was changed. Of what
is locked besides, a user comes first (calls over HTTP have locked theirs when they are written),
and all else afterwards: two who took them in another order would wait for each other.
"""

from collections.abc import Iterable
from uuid import UUID

from callmark.accounts.models import Account, User


def lock_account(account_id: UUID) -> Account:
    """The account as it is stored, for this transaction alone."""
    return Account.objects.select_for_update(no_key=True).get(pk=account_id)


def lock_users(account_id: UUID, ids: Iterable[UUID]) -> None:
    """Hold these users of the account, in one order for everybody."""
    users = User.objects.of(account_id).filter(pk__in=list(ids)).order_by("pk")
    list(users.select_for_update(no_key=True, of=("self",)).values_list("pk"))
