"""Who is asking: a program with a token, or a person signed in to the portal."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer

from callmark.accounts.activity import who_is
from callmark.accounts.models import User
from callmark.accounts.row_security import narrow_to
from callmark.api import rate_limits
from callmark.audit.origin import identify
from callmark.sign_in.api_tokens import find_token
from callmark.web.access import Caller
from callmark.web.problems import unauthorised


class BearerToken(HttpBearer):
    """``Authorization: Bearer cmk_...``. A wrong token is not passed over for a session."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        """The caller of this token."""
        found = find_token(token)
        if found is None:
            rate_limits.spend_anonymous(request)
            raise unauthorised()
        caller = Caller(found.created_by, found)
        narrow_to(caller.row_scope)
        identify(who_is(caller.person), token_name=found.name, token_id=str(found.pk))
        rate_limits.spend(request, caller.principal)
        return caller


class SignedInSession(APIKeyCookie):
    """The portal's session, for the page of documentation; needs the CSRF token to write."""

    param_name = settings.SESSION_COOKIE_NAME

    def _get_key(self, request: HttpRequest) -> str | None:
        # Without a session there is nothing that a forged request could misuse: 401, not 403.
        if not request.user.is_authenticated:
            return None
        return super()._get_key(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:  # noqa: ARG002
        """The person signed in."""
        person = request.user
        if not isinstance(person, User) or not person.is_active:
            return None
        caller = Caller(person)
        rate_limits.spend(request, caller.principal)
        return caller


def caller_of(request: HttpRequest) -> Caller:
    """The caller whom authentication has found."""
    return cast(Caller, cast(Any, request).auth)
