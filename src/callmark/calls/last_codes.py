"""The code that each user entered last, as the records tell it: for their next call.

Only what the user entered themselves counts: not a default code, nor what somebody corrected. The
code is passed on as it is stored, encrypted.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from callmark.accounts.models import User
from callmark.calls.models import Call, CallAttempt, EnteredBy
from callmark.calls.queries import guesses_since, lockout_rule
from callmark.policy.guessing import locked_at
from callmark.policy.prompt_options import KEPT_MINUTES
from callmark.policy.values import value_class

REMEMBERED_DAYS = 30
"""A call that is longer ago is nobody's last one any more."""

OVERLAP = 500
"""Entries that are read again: those of a transaction that ended after a later one's."""

_ENTERED = (EnteredBy.PROMPT, EnteredBy.STAR_CODE, EnteredBy.DIALED, EnteredBy.LAST_CALL)


@value_class
class LastCode:
    """A code that a user entered: encrypted, and when (epoch seconds)."""

    sealed: str = field(repr=False)
    at: float


LastByUser = Mapping[str, LastCode]
"""By the user's id."""


def last_codes_of(users: "QuerySet[User]") -> dict[str, LastCode]:
    """What these users entered last, of the calls that are theirs to pay."""
    since = timezone.now() - timedelta(days=REMEMBERED_DAYS)
    calls = Call.objects.of_every_account("the users are named").filter(
        user=OuterRef("pk"),
        started_at__gt=since,
        simulated=False,
        entered_by__in=_ENTERED,
    )
    newest = calls.order_by("-started_at", "-id").values("pk")[:1]
    found = users.annotate(last_call=Subquery(newest)).exclude(last_call=None)
    call_ids = list(found.order_by().values_list("last_call", flat=True))
    entries: dict[str, LastCode] = {}
    for start in range(0, len(call_ids), 500):
        entries |= _by_user(_accepted().filter(call_id__in=call_ids[start : start + 500]))
    return entries


def newest_entry() -> int:
    """How far the records have come: the position of the newest entry."""
    every = CallAttempt.objects.of_every_account("a gate asks about them all")
    return every.aggregate(newest=Max("pk"))["newest"] or 0


def last_codes_since(position: int) -> tuple[int, dict[str, LastCode]]:
    """What has come to the records after a position, of everybody; and the position now."""
    newest = newest_entry()
    if newest == position:
        return newest, {}
    return newest, _by_user(_accepted().filter(pk__gt=position - OVERLAP))


def lockouts_since_kept(users: Iterable[User] | None = None) -> dict[str, float]:
    """When users were locked out last (epoch seconds), by user id: as far back as codes are kept.

    A lift lets them try again; it does not bring back a code that was kept.
    """
    rule = lockout_rule()
    kept = timedelta(minutes=KEPT_MINUTES[-1], seconds=rule.remembered_seconds)
    moments = guesses_since(timezone.now() - kept, users)
    return lockouts_in(moments)


def lockouts_in(guesses: Mapping[str, Iterable[float]]) -> dict[str, float]:
    """When the last lockout began of users who made wrong entries at these moments."""
    rule = lockout_rule()
    begun = {user_id: locked_at(moments, rule) for user_id, moments in guesses.items()}
    return {user_id: at for user_id, at in begun.items() if at is not None}


def _accepted() -> "QuerySet[CallAttempt]":
    """Accepted entries that gave their call the code that it has."""
    every = CallAttempt.objects.of_every_account("users are named, or a gate asks about them all")
    accepted = every.filter(result=CallAttempt.Result.ACCEPTED)
    later = accepted.filter(call=OuterRef("call"), at__gt=OuterRef("at"))
    mine = accepted.filter(call__simulated=False, call__entered_by__in=_ENTERED)
    return mine.exclude(Exists(later)).annotate(typed=Coalesce("user_id", "call__user_id"))


def _by_user(attempts: "QuerySet[Any]") -> dict[str, LastCode]:
    found: dict[str, LastCode] = {}
    rows = attempts.order_by("at").values_list("typed", "call__account_code_encrypted", "at")
    for user_id, sealed, at in rows:
        if user_id is not None and sealed:
            found[str(user_id)] = LastCode(sealed, at.timestamp())
    return found


def users_of(account_ids: Collection[UUID | str]) -> "QuerySet[User]":
    """The users of these accounts."""
    every = User.objects.of_every_account("the accounts are named")
    return every.filter(account_id__in=account_ids, is_active=True)
