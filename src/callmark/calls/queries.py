"""Reading call records, and the lockouts that follow from them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from callmark.accounts.access import may_read_history
from callmark.accounts.activity import note
from callmark.accounts.models import Account, User
from callmark.accounts.revisions import policy_changed
from callmark.audit.actions import Action
from callmark.calls.models import Call, CallAttempt, LockoutLift
from callmark.policy.guessing import LockoutRule, WrongEntries


def calls_of(account: Account, person: User) -> QuerySet[Call]:
    """The account's calls that this person may read: all of them, his own, or none."""
    calls = Call.objects.filter(account=account)
    if may_read_history(person, account):
        return calls
    if person.is_active and person.account_id == account.pk:
        return calls.filter(user=person)
    return calls.none()


def search_calls(calls: QuerySet[Call], text: str) -> QuerySet[Call]:
    """Calls with the text in number, user or code name; never in digits, for it is in a URL."""
    return calls.filter(
        Q(user_name__icontains=text)
        | Q(dialed__contains=text)
        | Q(e164__contains=text)
        | Q(account_code_name__icontains=text)
    )


def lockout_rule() -> LockoutRule:
    """The operator's lockout setting."""
    return LockoutRule(
        wrong_entries=settings.LOCKOUT_WRONG_ENTRIES,
        within_seconds=settings.LOCKOUT_WITHIN_SECONDS,
        locked_seconds=settings.LOCKOUT_SECONDS,
    )


def recent_wrong_entries(
    users: Iterable[User], unrecorded: Mapping[UUID, Sequence[datetime]] | None = None
) -> dict[str, WrongEntries]:
    """Users' wrong entries as the records tell them, by user id; those without are left out.

    ``unrecorded`` adds those of calls that are still at the prompt, by user id.
    """
    rule = lockout_rule()
    people = list(users)
    since = timezone.now() - timedelta(seconds=rule.within_seconds + rule.locked_seconds)
    lifted = dict(LockoutLift.objects.filter(user__in=people).values_list("user_id", "lifted_at"))
    guesses = CallAttempt.objects.filter(
        call__user__in=people, counts_as_guess=True, call__simulated=False, at__gt=since
    )
    moments = [*guesses.values_list("call__user_id", "at")]
    for user_id, times in (unrecorded or {}).items():
        moments += [(user_id, at) for at in times if at > since]
    found: dict[str, WrongEntries] = {}
    for user_id, at in sorted(moments, key=lambda one: one[1]):
        if user_id in lifted and at <= lifted[user_id]:
            continue
        entries = found.get(str(user_id), WrongEntries())
        found[str(user_id)] = entries.after_wrong_entry(at.timestamp(), rule)
    return found


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


@transaction.atomic
def lift_lockout(user: User, actor: User) -> None:
    """Let the user try again at once: earlier wrong entries no longer count."""
    until = lockout_of(user)
    LockoutLift.objects.update_or_create(
        user=user, defaults={"lifted_at": timezone.now(), "lifted_by": actor.name}
    )
    if user.account is not None:
        policy_changed(user.account)
    note(Action.LOCKOUT_LIFTED, user.account, user, actor=actor, before={"locked_until": until})
