"""Users who are locked out after too many wrong entries over several calls."""

from datetime import datetime
from uuid import UUID

from ninja import Router

from callmark.accounts.models import User
from callmark.api import examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.paging import Page
from callmark.api.schemas import Shown
from callmark.calls.queries import lift_lockout as lift
from callmark.calls.queries import lockouts_of
from callmark.sign_in.api_tokens import Scope
from callmark.web.access import Needs

router = Router(tags=["Lockouts"])


class Lockout(Shown):
    """A user whose validated prompts fail at once until the end."""

    user_id: UUID
    user_name: str
    ends_at: datetime


@operation(
    router,
    Operation(
        "GET",
        "/accounts/{account_id}/lockouts",
        needs=Needs.ADMINISTRATION,
        scope=Scope.READ,
        example=examples.page(
            {"user_id": examples.USER_ID, "user_name": "Ben", "ends_at": examples.LATER}
        ),
    ),
)
def list_lockouts(here: Here) -> Page[Lockout]:
    """List the lockouts in force now; always one page."""
    users = {str(user.pk): user for user in User.objects.of(here.account)}
    ends = sorted(lockouts_of(users.values()).items(), key=lambda one: (one[1], one[0]))
    items = [
        Lockout(user_id=users[pk].pk, user_name=users[pk].name, ends_at=end) for pk, end in ends
    ]
    return Page[Lockout](items=items, next=None)


@operation(
    router,
    Operation(
        "DELETE",
        "/accounts/{account_id}/lockouts/{user_id}",
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        status=204,
    ),
)
def lift_lockout(here: Here, user_id: UUID) -> None:
    """Let a user try again at once; without a lockout, earlier wrong entries are forgotten."""
    lift(here.user(user_id), here.person)
