"""Users who are locked out after too many wrong entries over several calls."""

from datetime import datetime
from uuid import UUID

from callmark.accounts.models import User
from callmark.api import examples
from callmark.api.paging import Page
from callmark.api.resource import Here, Needs, Resource
from callmark.api.schemas import Shown, eg
from callmark.calls import queries

lockouts = Resource("/accounts/{account_id}/lockouts", "Lockouts", needs=Needs.ADMINISTRATION)
lockout = lockouts.one("/{user_id}", lambda here: User.objects.of(here.account))


class Lockout(Shown):
    """A user whose validated prompts fail at once until the end."""

    user_id: UUID = eg(examples.USER_ID)
    user_name: str = eg("Ben")
    ends_at: datetime = eg(examples.LATER)


@lockouts.get()
def list_lockouts(here: Here) -> Page[Lockout]:
    """List the lockouts in force now; always one page."""
    users = {str(user.pk): user for user in User.objects.of(here.account)}
    ends = sorted(queries.lockouts_of(users.values()).items(), key=lambda one: (one[1], one[0]))
    items = [
        Lockout(user_id=users[pk].pk, user_name=users[pk].name, ends_at=end) for pk, end in ends
    ]
    return Page[Lockout](items=items, next=None)


@lockout.delete()
def lift_lockout(here: Here, user: User) -> None:
    """Let a user try again at once; without a lockout, earlier wrong entries are forgotten."""
    queries.lift_lockout(user, here.person)
