"""What must follow when a person changes, no matter who changed them."""

from collections.abc import Collection

from allauth.account.models import EmailAddress
from allauth.account.signals import authentication_step_completed, user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.socialaccount.models import SocialLogin
from django.db.models.signals import post_save
from django.http import HttpRequest

from callmark.accounts.models import User
from callmark.accounts.signals import person_leaves
from callmark.sign_in.allauth_internals import record_authentication
from callmark.sign_in.company_links import links_of, remember
from callmark.sign_in.people import revoke_open_links
from callmark.sign_in.second_factors import SECOND_FACTORS
from callmark.sign_in.sessions import end_sessions, renew_session


def _person_saved(
    instance: User,
    created: bool,
    update_fields: Collection[str] | None = None,
    raw: bool = False,
    **_: object,
) -> None:
    if raw:
        return
    # Who is new and does not sign in has no address, and never had one.
    has_addresses = bool(instance.email) or not created
    if has_addresses and (update_fields is None or "email" in update_fields):
        _follow_address(instance)
    if not instance.is_active and (update_fields is None or "is_active" in update_fields):
        end_sessions(instance)


def _follow_address(person: User) -> None:
    """allauth's address is the person's, and only that: a former one must not sign in.

    It counts as verified: the administrator who added the person vouches for it. A sign-in with
    the company was found by the former one, and links to choose a password went there, so those
    are forgotten, too.
    """
    addresses = EmailAddress.objects.filter(user=person)
    email = (person.email or "").lower()
    former, _ = addresses.exclude(email=email).delete()
    if former:
        links_of(person).delete()
        revoke_open_links(person)
    if not email:
        return
    EmailAddress.objects.update_or_create(
        user=person, email=email, defaults={"primary": True, "verified": True}
    )


def _proved_again(request: HttpRequest, reauthenticated: bool = False, **_: object) -> None:
    # Signing in renews the session by itself.
    if reauthenticated:
        renew_session(request)


def _came_from_company(user: User, sociallogin: SocialLogin | None = None, **_: object) -> None:
    if sociallogin is not None:
        remember(user, sociallogin)


def _factor_added(
    request: HttpRequest, user: User, authenticator: Authenticator, **_: object
) -> None:
    """Who has just proved a new second factor need not prove it again to see the recovery codes."""
    if authenticator.type in SECOND_FACTORS and request.user == user:
        record_authentication(
            request, user, "mfa", type=authenticator.type, id=authenticator.pk, reauthenticated=True
        )


def _person_leaves(person: User, **_: object) -> None:
    end_sessions(person)


def connect() -> None:
    """Listen from now on; called once, when Django is ready."""
    authentication_step_completed.connect(
        _proved_again, dispatch_uid="callmark.sign_in.proved_again"
    )
    user_logged_in.connect(_came_from_company, dispatch_uid="callmark.sign_in.came_from_company")
    post_save.connect(_person_saved, sender=User, dispatch_uid="callmark.sign_in.person_saved")
    person_leaves.connect(_person_leaves, dispatch_uid="callmark.sign_in.person_leaves")
    authenticator_added.connect(_factor_added, dispatch_uid="callmark.sign_in.factor_added")
