"""What becomes of calls and their totals when something below them changes."""

from callmark.accounts.deletion import person_leaves
from callmark.accounts.models import Account, User
from callmark.accounts.services import calendar_changed
from callmark.calls.jobs import calendar_has_changed
from callmark.calls.totals import leave_to_nobody


def listen() -> None:
    """Connect to the signals of the parts below; once, when Django starts."""
    calendar_changed.connect(_on_calendar_changed, dispatch_uid="calls")
    person_leaves.connect(_on_person_leaves, dispatch_uid="calls")


def _on_calendar_changed(account: Account, **_: object) -> None:
    calendar_has_changed(account)


def _on_person_leaves(person: User, **_: object) -> None:
    if person.account_id is not None:
        leave_to_nobody(person)
