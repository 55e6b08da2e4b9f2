"""Reading call records, and the lockouts that follow from them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from callmark.accounts.access import may_read_history
from callmark.accounts.changes import change
from callmark.accounts.models import Account, User
from callmark.audit.actions import Action
from callmark.calls.models import Call, CallAttempt, LockoutLift
from callmark.policy.guessing import LockoutRule, WrongEntries, wrong_entries_at


def calls_of(account: Account, person: User) -> QuerySet[Call]:
    """The account's calls that this person may read: all of them, their own, or none."""
    calls = Call.objects.of(account)
    if may_read_history(person, account):
        return calls
    if person.is_active and person.account_id == account.pk:
        return calls.filter(user=person)
    return calls.none()


MOST_LEGS = 50
"""Of one conversation that a page shows: far more than any real one has."""


def other_legs(call: Call, person: User) -> QuerySet[Call]:
    """The other legs of the call's conversation that this person may read, the first one first."""
    if not call.linked_id:
        return Call.objects.none()
    legs = calls_of(call.account, person).filter(switch=call.switch, linked_id=call.linked_id)
    return legs.exclude(pk=call.pk).order_by("started_at", "leg", "pk")[:MOST_LEGS]


def lockout_rule() -> LockoutRule:
    """The operator's lockout setting."""
    return LockoutRule(
        wrong_entries=settings.LOCKOUT_WRONG_ENTRIES,
        within_seconds=settings.LOCKOUT_WITHIN_SECONDS,
        locked_seconds=settings.LOCKOUT_SECONDS,
    )


def recent_guesses(users: Iterable[User] | None = None) -> dict[str, list[float]]:
    """When users made wrong entries that may still count, by user id; of everybody for a gate."""
    since = timezone.now() - timedelta(seconds=lockout_rule().remembered_seconds)
    return guesses_since(since, users)


def guesses_since(since: datetime, users: Iterable[User] | None = None) -> dict[str, list[float]]:
    """When users made wrong entries after a moment, by user id; of everybody for a gate."""
    every = CallAttempt.objects.of_every_account("a gate asks about them all, others name users")
    guesses = every.filter(counts_as_guess=True, at__gt=since, call__simulated=False)
    if users is not None:
        guesses = guesses.filter(typed_by(users))
    found: dict[str, list[float]] = {}
    typed = guesses.annotate(typed_by=Coalesce("user_id", "call__user_id")).order_by()
    for user_id, at in typed.values_list("typed_by", "at"):
        if user_id is not None:
            found.setdefault(str(user_id), []).append(at.timestamp())
    return found


def typed_by(users: Iterable[User]) -> Q:
    """Attempts that these users typed: on their own legs, or on a colleague's."""
    people = list(users)
    return Q(user__in=people) | Q(user__isnull=True, call__user__in=people)


def forgiven_until(users: Iterable[User]) -> dict[str, float]:
    """When users' lockouts were lifted last, by user id: earlier wrong entries do not count."""
    lifts = LockoutLift.objects.of_every_account("the users are named").filter(user__in=users)
    moments = lifts.values_list("user_id", "lifted_at")
    return {str(user_id): lifted_at.timestamp() for user_id, lifted_at in moments}


def recent_wrong_entries(users: Iterable[User]) -> dict[str, WrongEntries]:
    """Users' wrong entries as the records tell them, by user id; those without are left out."""
    rule, people = lockout_rule(), list(users)
    forgiven = forgiven_until(people)
    return {
        user_id: wrong_entries_at(moments, rule, forgiven.get(user_id, 0.0))
        for user_id, moments in recent_guesses(people).items()
    }


def lockout_of(user: User) -> datetime | None:
    """When this user's lockout ends, or None when there is none now."""
    return lockouts_of([user]).get(str(user.pk))


def lockouts_of(users: Iterable[User]) -> dict[str, datetime]:
    """The ends of the lockouts in force now, by user id."""
    now = timezone.now().timestamp()
    return {
        user_id: datetime.fromtimestamp(entries.locked_until, UTC)
        for user_id, entries in recent_wrong_entries(users).items()
        if entries.locked_until is not None and entries.is_locked(now)
    }


def lift_lockout(user: User, actor: User) -> None:
    """Let the user try again at once: earlier wrong entries no longer count."""
    with change(user.account, Action.LOCKOUT_LIFTED, user, actor=actor) as lifted:
        lifted.before["locked_until"] = lockout_of(user)
        # A gate whose clock was wrong may have written entries that are still to come: no moment
        # of a lift would forgive them.
        every = CallAttempt.objects.of_every_account("the user is named")
        to_come = every.filter(typed_by([user]), counts_as_guess=True, at__gt=timezone.now())
        to_come.update(counts_as_guess=False)
        LockoutLift.objects.of(user).update_or_create(
            user=user, defaults={"lifted_at": timezone.now(), "lifted_by": actor.name}
        )
