"""Entries of codes on calls: stored with them, and counted for lockouts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max

from callmark.accounts.models import User
from callmark.calls.lockouts import record_lockouts
from callmark.calls.models import Call, CallAttempt
from callmark.calls.records import Attempt
from callmark.calls.upserts import add_each

People = Mapping[UUID, User]
"""Users by id, looked up before."""


def user_of(account_id: object, user_id: str | None) -> User | None:
    """The account's user, if there is one still."""
    if user_id is None:
        return None
    return User.objects.of(account_id).filter(pk=user_id).first()


def known_user(people: People, account_id: object, user_id: str | None) -> User | None:
    """The same, of people who were looked up before."""
    found = people.get(UUID(user_id)) if user_id else None
    return found if found is not None and str(found.account_id) == str(account_id) else None


def add_attempts(call: Call, attempts: Sequence[Attempt], typed_by: User | None = None) -> None:
    """Add entries that are not on the call yet; ``typed_by`` is None for the payer's own."""
    if not attempts:
        return
    known = set(call.attempts.values_list("at", "entered_by", "result"))
    fresh = [one for one in attempts if (one.at, one.entered_by, one.result.value) not in known]
    if fresh:
        ids = {UUID(one.user_id) for one in fresh if one.user_id}
        people = {one.pk: one for one in User.objects.of(call.account_id).filter(pk__in=ids)}
        first = last_position(call) + 1
        _store(_rows(call, fresh, people, typed_by, first))


def add_first_attempts(calls: Sequence[tuple[Call, Sequence[Attempt]]], people: People) -> None:
    """Add the entries of calls that have none yet. Those who typed them are in ``people``."""
    _store([row for call, attempts in calls for row in _rows(call, attempts, people, None, 1)])


def last_position(call: Call) -> int:
    """Where the newest of the call's entries stands; 0 without any."""
    return call.attempts.aggregate(last=Max("position"))["last"] or 0


def _rows(
    call: Call, attempts: Sequence[Attempt], people: People, typed_by: User | None, first: int
) -> list[CallAttempt]:
    return [
        CallAttempt(
            call=call,
            position=position,
            user=typed_by or known_user(people, call.account_id, attempt.user_id),
            result=attempt.result.value,
            at=attempt.at,
            entered_by=attempt.entered_by,
            counts_as_guess=attempt.counts_as_guess,
            account_code_name=attempt.account_code_name,
        )
        for position, attempt in enumerate(attempts, start=first)
    ]


def _store(rows: Sequence[CallAttempt]) -> None:
    if not rows:
        return
    add_each(rows)
    guesses: dict[User, set[datetime]] = {}
    for row in rows:
        who: Any = row.user or row.call.user
        if row.counts_as_guess and not row.call.simulated and who is not None:
            guesses.setdefault(who, set()).add(row.at)
    record_lockouts(guesses)
