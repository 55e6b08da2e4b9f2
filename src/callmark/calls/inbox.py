"""Calls that should have a code and have none."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet

from callmark.accounts.models import Account, User
from callmark.calls.calendars import account_calendar
from callmark.calls.corrections import correctable
from callmark.calls.models import BatchState, Call, CorrectionBatch
from callmark.calls.queries import calls_of
from callmark.calls.suggesting import Suggestion, suggestions
from callmark.policy.values import value_class

COUNTED_AT_MOST = 999


class Empty(StrEnum):
    """Why nothing is to be assigned."""

    NOTHING_YET = "nothing_yet"
    """No call of the account has wanted a code so far."""
    ALL_DONE = "all_done"


@value_class
class InboxState:
    """``count`` is at most :data:`COUNTED_AT_MOST` + 1. ``empty`` None: there is something to do.

    ``since``: when the last correction was finished, where all is done.
    """

    count: int
    empty: Empty | None
    since: datetime | None


def to_assign(account: Account, person: User) -> QuerySet[Call]:
    """The calls to assign that this person may read, without an order.

    Those of closed months are not among them: their codes no longer change.
    """
    closed = account_calendar(account).closed_months
    return _without_code(account, person).exclude(billing_month__in=closed)


def count_in_closed_months(account: Account, person: User) -> int:
    """How many calls without their code stay so, as their months are closed; as in a state."""
    closed = account_calendar(account).closed_months
    return _count(_without_code(account, person).filter(billing_month__in=closed)) if closed else 0


def _without_code(account: Account, person: User) -> QuerySet[Call]:
    return calls_of(account, person).filter(needs_code=True)


def _count(calls: QuerySet[Call]) -> int:
    return calls.order_by()[: COUNTED_AT_MOST + 1].count()


def inbox_state(account: Account, person: User) -> InboxState:
    """How many calls are to be assigned, and if there are none, why."""
    if count := _count(to_assign(account, person)):
        return InboxState(count, None, None)
    if not calls_of(account, person).filter(code_required=True, simulated=False).exists():
        return InboxState(0, Empty.NOTHING_YET, None)
    finished = CorrectionBatch.objects.of(account).filter(state=BatchState.DONE)
    last = finished.order_by("-at").values_list("finished_at", flat=True).first()
    return InboxState(0, Empty.ALL_DONE, last)


def suggested(account: Account, person: User, calls: Sequence[Call]) -> dict[UUID, Suggestion]:
    """The suggestions for calls that this person may correct; one query more."""
    allowed = correctable(account, person).filter(pk__in=[one.pk for one in calls])
    mine = set(allowed.values_list("pk", flat=True))
    return suggestions(account, [one for one in calls if one.pk in mine])
