"""People who sign in: their roles, whether they may come in, their second factors.

Raises :class:`Refused`. ``actor`` is who asks; None: somebody at the server's command line.
"""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from callmark.accounts.access import may_administer, refuse_losing_the_last
from callmark.accounts.changes import change
from callmark.accounts.models import Account, Role, User
from callmark.accounts.refused import Refused
from callmark.accounts.services import account_of, change_person
from callmark.audit.actions import Action
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
        raise Refused(gettext("You may not manage these people."), code="forbidden")


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
        raise Refused(gettext("Choose administrator, reporter or user."), "role")
    change_person(person, {"role": role}, expected_version=expected_version, actor=actor)


def change_email(
    person: User, email: str, *, expected_version: str | None = None, actor: User | None
) -> None:
    """Let a person of an account sign in with another address; the former one is forgotten, and
    links that were sent there stop working.
    """
    refuse_unless_manager(actor, person.account)
    if not person.email:
        raise Refused(
            gettext("{name} cannot sign in yet: invite them instead.").format(name=person.name),
            "email",
        )
    if not email:
        raise Refused(gettext("Enter the e-mail address to sign in with."), "email")
    change_person(person, {"email": email}, expected_version=expected_version, actor=actor)


def revoke_open_links(person: User) -> int:
    """Links to choose a password stop working; of how many that is new."""
    opened = Invitation.objects.of(person).filter(accepted_at=None, revoked_at=None)
    return opened.update(revoked_at=timezone.now())


def set_active(person: User, *, active: bool, actor: User | None) -> None:
    """Deactivate (signs out everywhere, links stop working) or reactivate."""
    refuse_unless_manager(actor, person.account)
    change_person(person, {"is_active": active}, actor=actor)


def sign_out_everywhere(person: User, *, actor: User | None) -> None:
    """End every session of a person."""
    refuse_unless_manager(actor, person.account)
    with change(person.account, Action.SIGNED_OUT_EVERYWHERE, person, actor=actor) as signed_out:
        signed_out.after["sessions"] = end_sessions(person)


@transaction.atomic
def take_sign_in_away(person: User, *, actor: User | None) -> None:
    """Leave the phone user, without e-mail address, password and second factors."""
    refuse_unless_manager(actor, person.account)
    if actor == person:
        raise Refused(gettext("You cannot take away your own sign-in: ask another administrator."))
    account = account_of(person)
    refuse_losing_the_last(person, actor=actor)
    with change(account, Action.PERSON_CHANGED, person, actor=actor):
        person.email, person.role = None, Role.USER
        person.set_unusable_password()
        Authenticator.objects.filter(user=person).delete()
        revoke_open_links(person)
        end_sessions(person)


def remove_second_factors(person: User, *, actor: User | None) -> None:
    """For somebody who lost phone and recovery codes: the password alone signs in again.

    Ends the person's sessions, and with the account's force a new one must be set up at once.
    """
    refuse_unless_manager(actor, person.account)
    if actor == person:
        raise Refused(gettext("Remove your own second factors on your sign-in page."), code="own")
    with change(person.account, Action.SECOND_FACTORS_RESET, person, actor=actor):
        if not Authenticator.objects.filter(user=person).delete()[0]:
            raise Refused(gettext("{name} has no second factor.").format(name=person.name))
        end_sessions(person)


def require_second_factor(account: Account, *, required: bool, actor: User | None) -> None:
    """Force everybody of the account to have a second factor, or no longer."""
    refuse_unless_manager(actor, account)
    with change(account, Action.ACCOUNT_CHANGED, account, actor=actor):
        account.requires_second_factor = required
