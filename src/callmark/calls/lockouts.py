"""Telling from the records that a lockout has begun: once, when its last entry is stored."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from callmark.accounts.activity import record
from callmark.accounts.models import User
from callmark.audit.actions import Action
from callmark.calls.models import Call, CallAttempt, LockoutLift
from callmark.calls.queries import lockout_rule, typed_by
from callmark.policy.guessing import WrongEntries


def record_lockout(call: Call, who: User, stored: Collection[datetime]) -> None:
    """Record the lockout that a user's wrong entries, just stored, began; if they did."""
    if not stored or call.simulated:
        return
    if until := lockout_begun(who, stored):
        after = {"locked_until": until, "wrong_entries": lockout_rule().wrong_entries}
        record(Action.LOCKED_OUT, call.account, who, actor=None, after=after)


def lockout_begun(user: User, stored: Collection[datetime]) -> datetime | None:
    """The end of the lockout that began with one of these wrong entries; None without one.

    It is judged as of the entries' own time: they may have waited in the spool.
    """
    rule = lockout_rule()
    since = min(stored) - timedelta(seconds=rule.within_seconds + rule.locked_seconds)
    every = CallAttempt.objects.of_every_account("the user is named")
    moments = every.filter(
        typed_by([user]),
        call__simulated=False,
        counts_as_guess=True,
        at__gt=since,
        at__lte=max(stored),
    ).values_list("at", flat=True)
    lifted_at = LockoutLift.objects.of(user).values_list("lifted_at", flat=True).first()
    entries, before, until = WrongEntries(), since, None
    for at in moments.order_by("at"):
        if lifted_at is not None and before <= lifted_at < at:
            entries = WrongEntries()
        was_locked_until = entries.locked_until
        entries, before = entries.after_wrong_entry(at.timestamp(), rule), at
        if at in stored and entries.locked_until not in {None, was_locked_until}:
            until = entries.locked_until
    return datetime.fromtimestamp(until, UTC) if until else None
