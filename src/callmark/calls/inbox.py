"""Calls that should have a code and have none, each with the code it is likely to be of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery, UUIDField, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from callmark.accounts.models import Account, User
from callmark.calls.calendars import account_calendar
from callmark.calls.corrections import correctable
from callmark.calls.models import BatchState, Call, CorrectionBatch, Direction
from callmark.calls.queries import calls_of
from callmark.codes.models import AccountCode, KnownNumber

COUNTED_AT_MOST = 999
_LOOKED_BACK = timedelta(days=400)
_USERS_LOOKED_BACK = timedelta(days=30)


class Why(StrEnum):
    """Why a code is suggested. Programs read the values: they never change."""

    KNOWN_NUMBER = "known_number"
    SAME_NUMBER_SAME_USER = "same_number_same_user"
    SAME_NUMBER = "same_number"
    SAME_USER = "same_user"


WHY_IN_WORDS = {
    Why.KNOWN_NUMBER: "The number is known for this code",
    Why.SAME_NUMBER_SAME_USER: "The user's last call with this number had it",
    Why.SAME_NUMBER: "The last call with this number had it",
    Why.SAME_USER: "The user's last call had it",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The code that a call is likely to be of."""

    code: AccountCode
    why: Why

    @property
    def in_words(self) -> str:
        """Why, in a sentence."""
        return WHY_IN_WORDS[self.why]


class Empty(StrEnum):
    """Why nothing is to be assigned."""

    NOTHING_YET = "nothing_yet"
    """No call of the account has wanted a code so far."""
    ALL_DONE = "all_done"


@dataclass(frozen=True, slots=True)
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


def suggestions(account: Account, calls: Sequence[Call]) -> dict[UUID, Suggestion]:
    """The likely code of each call, by the call's id; four queries for a page of them.

    A number that is known for one code suggests it; then the code of the last call with the same
    number, the same user's first; then that of the user's last call. Only active codes.
    """
    numbers = {number for call in calls if (number := _other_number(call))}
    known = _known(account, numbers)
    by_number = _last_codes(account, numbers)
    by_user = _last_codes_of_users(account, {one.user_id for one in calls if one.user_id})
    found = {}
    for call in calls:
        number, user = _other_number(call), call.user_id
        same = by_number.get(number, {})
        guesses = (
            (known.get(number), Why.KNOWN_NUMBER),
            (same.get(user) if user else None, Why.SAME_NUMBER_SAME_USER),
            (next(iter(same.values()), None), Why.SAME_NUMBER),
            (by_user.get(user) if user else None, Why.SAME_USER),
        )
        for code, why in guesses:
            if code is not None:
                found[call.pk] = Suggestion(code, why)
                break
    return found


def suggested(account: Account, person: User, calls: Sequence[Call]) -> dict[UUID, Suggestion]:
    """The suggestions for calls that this person may correct; one query more."""
    allowed = correctable(account, person).filter(pk__in=[one.pk for one in calls])
    mine = set(allowed.values_list("pk", flat=True))
    return suggestions(account, [one for one in calls if one.pk in mine])


def _other_number(call: Call) -> str:
    """The number of the other party, in E.164; '' where it is not known as such."""
    if call.direction == Direction.INBOUND:
        return call.caller if call.caller.startswith("+") else ""
    return call.e164


def _known(account: Account, numbers: Iterable[str]) -> dict[str, AccountCode]:
    rows = KnownNumber.objects.of(account).filter(e164__in=numbers, code__active=True)
    codes: dict[str, list[AccountCode]] = {}
    for row in rows.select_related("code"):
        codes.setdefault(row.e164, []).append(row.code)
    # Of a number that several codes know it says nothing.
    return {number: those[0] for number, those in codes.items() if len(those) == 1}


def _last_codes(
    account: Account, numbers: Iterable[str]
) -> dict[str, dict[UUID | None, AccountCode]]:
    """By number and user, the code of their last call; of each number the newest first."""
    last = _last_calls(account, _LOOKED_BACK, "e164", "user_id").filter(e164__in=numbers)
    found: dict[str, dict[UUID | None, AccountCode]] = {}
    for row in last.order_by("-started_at"):
        if row.code is not None:
            found.setdefault(row.e164, {})[row.user_id] = row.code
    return found


def _last_codes_of_users(account: Account, users: Iterable[UUID]) -> dict[UUID, AccountCode]:
    # One look into the index for each: of all their calls only the last is read.
    theirs = _with_code(account, _USERS_LOOKED_BACK).filter(user_id=OuterRef("pk"))
    last = theirs.order_by("-started_at", "-pk").values("code_id")[:1]
    last_code = Subquery(last, output_field=UUIDField())
    people = User.objects.of(account).filter(pk__in=users).annotate(last_code=last_code)
    code_of = dict(people.filter(last_code__isnull=False).values_list("pk", "last_code"))
    codes = AccountCode.objects.of(account).in_bulk(list(set(code_of.values())))
    return {user: codes[pk] for user, pk in code_of.items() if pk in codes}


def _with_code(account: Account, looked_back: timedelta) -> QuerySet[Call]:
    return Call.objects.of(account).filter(
        code__active=True, simulated=False, started_at__gt=timezone.now() - looked_back
    )


def _last_calls(account: Account, looked_back: timedelta, *columns: str) -> QuerySet[Call]:
    """Of the calls with an active code, the newest one for each value of these columns."""
    place = Window(
        RowNumber(), partition_by=[F(one) for one in columns], order_by=[F("started_at").desc()]
    )
    with_code = _with_code(account, looked_back)
    return with_code.annotate(place=place).filter(place=1).select_related("code")
