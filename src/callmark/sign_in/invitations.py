"""Inviting people: a link to choose a password, sent by e-mail or handed over.

Raises :class:`Refused`. ``actor`` is who asks, for the audit; None: the one the origin names.
"""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from callmark.accounts.changes import change
from callmark.accounts.models import Account, Role, User
from callmark.accounts.refused import Refused, refuse_if_invalid
from callmark.accounts.services import add_person, change_person
from callmark.audit.actions import Action
from callmark.policy.values import value_class
from callmark.sign_in.auditing import seeing_rows_of
from callmark.sign_in.models import Invitation, link_works
from callmark.sign_in.people import refuse_unless_manager, revoke_open_links
from callmark.sign_in.sessions import end_sessions

LINK_IS_DEAD = gettext_noop("This link no longer works: it was used, taken back or is too old.")


@value_class
class Invited:
    """A fresh invitation and its token, which can never be read again."""

    invitation: Invitation
    token: str


@transaction.atomic
def invite(
    account: Account | None, *, name: str, email: str, role: str, actor: User | None
) -> Invited:
    """Add a person who may sign in, and make the link; ``account`` None: an operator."""
    refuse_unless_manager(actor, account)
    _refuse_foreign_role(account, role)
    if not email:
        raise Refused(gettext("Enter the e-mail address to sign in with."), "email")
    person = add_person(account, name=name, email=email, role=role, actor=actor)
    return _new_link(person, actor)


@transaction.atomic
def invite_user(user: User, *, email: str, role: str, actor: User | None) -> Invited:
    """Let a phone user sign in who could not yet."""
    refuse_unless_manager(actor, user.account)
    _refuse_foreign_role(user.account, role)
    if user.email:
        raise Refused(gettext("{name} can sign in already.").format(name=user.name), "user")
    if not user.is_active:
        raise Refused(
            gettext("{name} is deactivated: reactivate them first.").format(name=user.name), "user"
        )
    if not email:
        raise Refused(gettext("Enter the e-mail address to sign in with."), "email")
    change_person(user, {"email": email, "role": role}, actor=actor)
    return _new_link(user, actor)


@transaction.atomic
def send_again(person: User, *, actor: User | None) -> Invited:
    """Make a new link; the previous one stops working, the password stays until it is used."""
    refuse_unless_manager(actor, person.account)
    if not person.email:
        raise Refused(
            gettext("{name} has no e-mail address to sign in with.").format(name=person.name),
            "email",
        )
    if not person.is_active:
        raise Refused(
            gettext("{name} is deactivated: reactivate them first.").format(name=person.name)
        )
    return _new_link(person, actor)


def revoke(person: User, *, actor: User | None) -> None:
    """Take an open link back."""
    refuse_unless_manager(actor, person.account)
    with change(person.account, Action.INVITATION_REVOKED, person, actor=actor):
        if not revoke_open_links(person):
            raise Refused(gettext("{name} has no open invitation.").format(name=person.name))


def open_invitation(token: str) -> Invitation | None:
    """The invitation of a link, if it works."""
    every = Invitation.objects.of_every_account("the link tells whose it is")
    invitation = every.select_related("user__account").filter(token_hash=_hash(token)).first()
    return invitation if invitation and invitation.is_open else None


def accept(invitation: Invitation, *, password: str) -> User:
    """Choose the password; the link is used up. Raises :class:`Refused` with its field."""
    person = invitation.user
    refuse_if_invalid(lambda: validate_password(password, person), "password1")
    accepted = change(person.account, Action.INVITATION_ACCEPTED, person, actor=person)
    with seeing_rows_of(person), accepted:
        # Two browsers may race for it: the row count says who was first.
        links = Invitation.objects.of(person).filter(pk=invitation.pk)
        if not links.filter(link_works()).update(accepted_at=timezone.now()):
            raise Refused(gettext(LINK_IS_DEAD), code="invitation_used")
        person.set_password(password)
        end_sessions(person)
    return person


def _new_link(person: User, actor: User | None) -> Invited:
    with change(person.account, Action.INVITATION_SENT, person, actor=actor) as sent:
        revoke_open_links(person)
        token = secrets.token_urlsafe(32)
        invitation = Invitation.objects.create(
            user=person,
            token_hash=_hash(token),
            expires_at=timezone.now() + timedelta(days=settings.INVITATION_DAYS),
        )
        sent.after["role"] = person.role
    return Invited(invitation, token)


def _refuse_foreign_role(account: Account | None, role: str) -> None:
    if (account is None) != (role == Role.OPERATOR):
        raise Refused(
            gettext("An operator belongs to no account; everybody else needs one."), "role"
        )


def _hash(token: str) -> str:
    # 256 random bits: a slow or keyed hash would add nothing.
    return hashlib.sha256(token.encode()).hexdigest()
