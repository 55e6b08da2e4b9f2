"""People who sign in: their roles, whether they may come in, their second factors.

Raises :class:`Refused`. ``actor`` is who asks; None: somebody at the server's command line.
"""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from callmark.accounts.access import may_administer, refuse_losing_the_last
from callmark.accounts.activity import note
from callmark.accounts.models import Account, Role, User
from callmark.accounts.refused import Refused
from callmark.accounts.services import change_person
from callmark.audit.actions import Action
from callmark.sign_in.auditing import tell
from callmark.sign_in.models import Invitation
from callmark.sign_in.second_factors import with_second_factor
from callmark.sign_in.sessions import end_sessions

ACCOUNT_ROLES = (Role.ADMINISTRATOR, Role.REPORTER, Role.USER)


def may_manage(actor: User, account: Account | None) -> bool:
    """Whether the actor may decide who signs in to the account; None: who is an operator."""
    if account is None:
        return actor.is_active and actor.role == Role.OPERATOR
    return may_administer(actor, account)


def refuse_unless_manager(actor: User | None, account: Account | None) -> None:
    """Raise :class:`Refused` for an actor who may not decide about these people."""
    if actor is not None and not may_manage(actor, account):
        raise Refused("You may not manage these people.", code="forbidden")


def people_of(account: Account | None) -> QuerySet[User]:
    """Everybody who can sign in, with ``has_second_factor`` and ``is_invited``."""
    every = Invitation.objects.of_every_account("of the person in the query outside")
    opened = every.filter(user=OuterRef("pk"), accepted_at=None, revoked_at=None)
    return (
        User.objects.of_account_or_none(account)
        .filter(email__isnull=False)
        .annotate(has_second_factor=with_second_factor(), is_invited=Exists(opened))
    )


def change_role(
    person: User, role: str, *, expected_version: str | None = None, actor: User | None
) -> None:
    """Make a person of an account an administrator, a reporter or a user."""
    refuse_unless_manager(actor, person.account)
    if person.account is None or role not in ACCOUNT_ROLES:
        raise Refused("Choose administrator, reporter or user.", "role")
    change_person(person, {"role": role}, expected_version=expected_version, actor=actor)


@transaction.atomic
def change_email(
    person: User, email: str, *, expected_version: str | None = None, actor: User | None
) -> None:
    """Let a person of an account sign in with another address; the former one is forgotten."""
    refuse_unless_manager(actor, person.account)
    if not person.email:
        raise Refused(f"{person.name} cannot sign in yet: invite them instead.", "email")
    if not email:
        raise Refused("Enter the e-mail address to sign in with.", "email")
    change_person(person, {"email": email}, expected_version=expected_version, actor=actor)
    forget_open_links(person)


def forget_open_links(person: User) -> None:
    """Links to choose a password stop working: they went to an address that is no longer theirs."""
    opened = Invitation.objects.of(person).filter(accepted_at=None, revoked_at=None)
    opened.update(revoked_at=timezone.now())


@transaction.atomic
def set_active(person: User, *, active: bool, actor: User | None) -> None:
    """Deactivate (signs out everywhere, links stop working) or reactivate."""
    refuse_unless_manager(actor, person.account)
    if person.account is not None:
        change_person(person, {"is_active": active}, actor=actor)
        return
    if actor == person:
        raise Refused("You cannot deactivate yourself: ask another operator.", "is_active")
    if not active:
        refuse_losing_the_last(person, actor=actor)
    before = person.is_active
    person.is_active = active
    person.save(update_fields=["is_active"])
    note(
        Action.PERSON_CHANGED,
        None,
        person,
        actor=actor,
        before={"is_active": before},
        after={"is_active": active},
    )


@transaction.atomic
def sign_out_everywhere(person: User, *, actor: User | None) -> None:
    """End every session of a person."""
    refuse_unless_manager(actor, person.account)
    ended = end_sessions(person)
    tell(Action.SIGNED_OUT_EVERYWHERE, person, actor=actor, after={"sessions": ended})


@transaction.atomic
def take_sign_in_away(person: User, *, actor: User | None) -> None:
    """Leave the phone user, without e-mail address, password and second factors."""
    refuse_unless_manager(actor, person.account)
    if actor == person:
        raise Refused("You cannot take away your own sign-in: ask another administrator.")
    change_person(person, {"email": None, "role": Role.USER}, actor=actor)
    person.set_unusable_password()
    person.save(update_fields=["password"])
    Authenticator.objects.filter(user=person).delete()
    forget_open_links(person)
    end_sessions(person)


@transaction.atomic
def remove_second_factors(person: User, *, actor: User | None) -> None:
    """For somebody who lost phone and recovery codes: the password alone signs in again.

    Ends the person's sessions, and with the account's force a new one must be set up at once.
    """
    refuse_unless_manager(actor, person.account)
    if actor == person:
        raise Refused("Remove your own second factors on your sign-in page.", code="own")
    if not Authenticator.objects.filter(user=person).delete()[0]:
        raise Refused(f"{person.name} has no second factor.")
    end_sessions(person)
    tell(Action.SECOND_FACTORS_RESET, person, actor=actor)


@transaction.atomic
def require_second_factor(account: Account, *, required: bool, actor: User | None) -> None:
    """Force everybody of the account to have a second factor, or no longer."""
    refuse_unless_manager(actor, account)
    before = account.requires_second_factor
    account.requires_second_factor = required
    account.save(update_fields=["requires_second_factor"])
    note(
        Action.ACCOUNT_CHANGED,
        account,
        account,
        actor=actor,
        before={"requires_second_factor": before},
        after={"requires_second_factor": required},
    )
