"""Where allauth asks how Callmark wants it."""

import logging
import time
from smtplib import SMTPException
from typing import Any

import requests
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext

from callmark.accounts.models import User
from callmark.audit.origin import current
from callmark.keys.installed import keyring
from callmark.languages import language_of, speaking
from callmark.sign_in import auditing, company_links
from callmark.sign_in.company import CompanyProvider
from callmark.sign_in.id_tokens import NotTrusted
from callmark.sign_in.oidc import PROVIDER_ID
from callmark.sign_in.second_factors import has_second_factor

log = logging.getLogger("callmark.sign_in")

UNKNOWN_ADDRESS = "::"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Passwords, mail and re-authentication."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody signs up by themselves: people are added by their administrator."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:  # noqa: ARG002
        """The address that limits count by: the same that the audit shows."""
        return current().address or UNKNOWN_ADDRESS

    def authentication_failed(self, request: HttpRequest, **credentials: object) -> None:  # noqa: ARG002
        """Tell the audit. The same work for known and unknown people: none can be found out."""
        auditing.sign_in_failed(str(credentials.get("email", "")))

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """A deactivated person had the right password."""
        auditing.sign_in_failed(user.email or "", why="deactivated")
        response: HttpResponse = super().respond_user_inactive(request, user)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send in the receiver's language.

        A mail server that is down must not stop people from securing their sign-in.
        """
        try:
            with speaking(_language_for(email, context)):
                super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError) as problem:
            # Not the text: it may hold a link that signs somebody in.
            log.error("mail %s could not be sent: %s", template_prefix, type(problem).__name__)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        """Back to the overview that the page was reached from."""
        return reverse("mfa_index")

    def is_reauthentication_required(self, *, app: str, **options: object) -> bool:
        """Not of those who have just typed their password to set up their first second factor."""
        if not super().is_reauthentication_required(app=app, **options):
            return False
        request: HttpRequest = context.request
        person = request.user
        if not isinstance(person, User) or has_second_factor(person):
            return True
        if not person.has_usable_password():
            _ask_the_company_again(request, person)
            return False
        passwords = [
            record["at"]
            for record in get_authentication_records(request, person)
            if record.get("method") == "password"
        ]
        return not passwords or time.time() - passwords[-1] > settings.FRESH_PASSWORD_SECONDS


def _language_for(email: str, context: dict[str, Any]) -> str:
    """Of who is written to; of the page that asked for it, where nobody has the address."""
    person = context.get("person") or context.get("user")
    if not isinstance(person, User):
        people = User.objects.of_every_account("a mail is in its receiver's language")
        person = people.select_related("account").filter(email__iexact=email).first()
    return language_of(person, person.account) if person else get_language() or "en"


def _ask_the_company_again(request: HttpRequest, person: User) -> None:
    """Who has nothing to type here proves it at the company, unless that was just now."""
    for record in get_authentication_records(request, person):
        is_fresh = time.time() - record["at"] <= settings.FRESH_PASSWORD_SECONDS
        if record.get("method") == "socialaccount" and is_fresh:
            return
    if settings.SOCIALACCOUNT_PROVIDERS:
        start = reverse("openid_connect_login", args=[PROVIDER_ID])
        query = urlencode({"again": "1", "next": request.path})
        raise ImmediateHttpResponse(redirect(f"{start}?{query}"))


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: secrets encrypted with the keys that the account codes use."""

    def encrypt(self, text: str) -> str:
        """A TOTP secret or recovery seed, as the database keeps it."""
        return keyring().encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again."""
        return keyring().decrypt(encrypted_text)

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """What a new passkey is called until its owner says otherwise."""
        number = Authenticator.objects.filter(user=user, type=type).count()
        if not number:
            return gettext("Passkey")
        return gettext("Passkey {number}").format(number=number + 1)


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """The operator's OpenID Connect provider: it recognizes people, it never makes them."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        """Somebody the provider knows and Callmark does not stays outside."""
        return False

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Those of the environment only; rows in a table could let somebody in."""
        del request
        by_provider = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in by_provider.values() for app in apps]

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> CompanyProvider:
        """The operator's provider, with our checks."""
        return CompanyProvider(request, self.get_app(request, provider, client_id))

    def get_requests_session(self) -> requests.Session:
        """For talking to the provider: it answers itself, it sends us to nobody else."""
        session: requests.Session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """Who comes for the first time: the person with an address the provider has verified."""
        found: tuple[User, str] | None = super().authenticate_by_email(sociallogin)
        if found is not None and company_links.is_somebody_elses(found[0], sociallogin):
            auditing.sign_in_failed(found[1], why="another person's identity at the company")
            page = render(context.request, "sign_in/company_other_identity.html", status=403)
            raise ImmediateHttpResponse(page)
        return found

    def on_authentication_error(
        self, request: HttpRequest, provider: object, **details: object
    ) -> None:
        """Leave a trace for the operator; never what the provider sent."""
        del request, provider
        problem = details.get("exception")
        why = type(problem).__name__ if problem else details.get("error")
        log.warning(
            "sign-in by OpenID Connect failed: %s",
            str(problem) if isinstance(problem, NotTrusted) else why,
        )
