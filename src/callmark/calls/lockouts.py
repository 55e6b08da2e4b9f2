"""Telling from the records that a lockout has begun: once, when its last entry is stored."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models.functions import Coalesce

from callmark.accounts.activity import record
from callmark.accounts.models import User
from callmark.audit.actions import Action
from callmark.calls.models import CallAttempt, LockoutLift
from callmark.calls.queries import lockout_rule, typed_by
from callmark.policy.guessing import LockoutRule, WrongEntries


def record_lockouts(stored: Mapping[User, Collection[datetime]]) -> None:
    """Record each lockout that users' wrong entries, just stored, began; if they did.

    None of them of a test call. Judged as of the entries' own time: they may have waited in the
    spool.
    """
    stored = {who: moments for who, moments in stored.items() if moments}
    if not stored:
        return
    rule = lockout_rule()
    lifts = LockoutLift.objects.of_every_account("the users are named").filter(user__in=stored)
    lifted = dict(lifts.values_list("user_id", "lifted_at"))
    moments = _moments(stored, rule)
    for who, fresh in stored.items():
        entries = moments.get(who.pk, [])
        for until in lockouts_begun(entries, fresh, rule, lifted.get(who.pk)):
            after = {"locked_until": until, "wrong_entries": rule.wrong_entries}
            record(Action.LOCKED_OUT, who.account, who, actor=None, after=after)


def _moments(
    stored: Mapping[User, Collection[datetime]], rule: LockoutRule
) -> dict[UUID, list[datetime]]:
    """Every wrong entry on record that may matter to these, in order, by user."""
    remembered = timedelta(seconds=rule.remembered_seconds)
    since = {who.pk: min(moments) - remembered for who, moments in stored.items()}
    every = CallAttempt.objects.of_every_account("the users are named")
    rows = every.filter(
        typed_by(stored),
        call__simulated=False,
        counts_as_guess=True,
        at__gt=min(since.values()),
        at__lte=max(map(max, stored.values())),
    ).annotate(typed=Coalesce("user_id", "call__user_id"))
    found: dict[UUID, list[datetime]] = {}
    for user_id, at in rows.order_by("at").values_list("typed", "at"):
        if at > since[user_id]:
            found.setdefault(user_id, []).append(at)
    return found


def lockouts_begun(
    entries: Collection[datetime],
    fresh: Collection[datetime],
    rule: LockoutRule,
    lifted_at: datetime | None,
) -> list[datetime]:
    """The ends of the lockouts that began with one of the ``fresh`` among a user's entries."""
    so_far, before, begun = WrongEntries(), None, []
    for at in entries:
        if lifted_at is not None and (before is None or before <= lifted_at) and lifted_at < at:
            so_far = WrongEntries()
        was_locked_until = so_far.locked_until
        so_far, before = so_far.after_wrong_entry(at.timestamp(), rule), at
        if at in fresh and so_far.locked_until not in {None, was_locked_until}:
            assert so_far.locked_until is not None
            begun.append(datetime.fromtimestamp(so_far.locked_until, UTC))
    return begun
