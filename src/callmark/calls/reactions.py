"""What becomes of calls and their totals when something below them changes.

What that takes is loaded when it happens: most processes start without ever needing it.
"""

from callmark.accounts.models import Account, User
from callmark.accounts.signals import calendar_changed, person_leaves


def listen() -> None:
    """Connect to the signals of the parts below; once, when Django starts."""
    calendar_changed.connect(_on_calendar_changed, dispatch_uid="calls")
    person_leaves.connect(_on_person_leaves, dispatch_uid="calls")


def _on_calendar_changed(account: Account, **_: object) -> None:
    from callmark.calls.jobs import calendar_has_changed  # noqa: PLC0415

    calendar_has_changed(account)


def _on_person_leaves(person: User, **_: object) -> None:
    if person.account_id is not None:
        from callmark.calls.totals import leave_to_nobody  # noqa: PLC0415

        leave_to_nobody(person)
