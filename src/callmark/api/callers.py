"""Who is asking: a program with a token, or a person signed in to the portal."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer

from callmark.accounts.access import (
    may_administer,
    may_read_history,
    may_see_codes,
    visible_accounts,
)
from callmark.accounts.activity import CodesSeenIn, note_codes_read, note_visit, who_is
from callmark.accounts.models import Account, Role, User
from callmark.accounts.row_security import narrow_to, scope_of
from callmark.api import rate_limits
from callmark.api.models import ApiToken
from callmark.api.problems import forbidden, not_found, unauthorised
from callmark.api.tokens import Scope, find_token
from callmark.audit.origin import identify

ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Caller:
    """The person who asks, or for whom a token asks, and within which limits."""

    person: User
    token: ApiToken | None = None

    @property
    def scopes(self) -> frozenset[Scope]:
        """What may be done: a signed-in person may do all that the role allows."""
        if self.token is None:
            return ALL_SCOPES
        return frozenset(Scope(scope) for scope in self.token.scopes)

    @property
    def principal(self) -> str:
        """A name for limits and idempotency keys."""
        return f"token:{self.token.pk}" if self.token else f"person:{self.person.pk}"

    @property
    def is_operator(self) -> bool:
        """Whether what belongs to no account is in reach: not for a token of one account."""
        unbound = self.token is None or self.token.account_id is None
        return self.person.is_active and self.person.role == Role.OPERATOR and unbound

    @property
    def row_scope(self) -> str:
        """Whose rows the database itself shows this caller, where it can tell."""
        if self.token is not None and self.token.account_id is not None:
            return str(self.token.account_id)
        return scope_of(self.person)

    def accounts(self) -> QuerySet[Account]:
        """The accounts this caller may know of."""
        accounts = visible_accounts(self.person)
        if self.token is not None and self.token.account_id is not None:
            return accounts.filter(pk=self.token.account_id)
        return accounts

    def require(self, scope: Scope) -> None:
        """Refuse a token without the scope."""
        if scope not in self.scopes:
            raise forbidden(
                f"This token lacks the scope '{scope}': make one that has it.", "scope_missing"
            )

    def refuse_token(self) -> None:
        """Refuse a program what only people who have signed in themselves may do."""
        if self.token is not None:
            raise forbidden(
                "A token may not do this: sign in to the portal and do it there.",
                "sign_in_required",
            )

    def account(self, account_id: UUID, if_match: str | None = None) -> "Here":
        """The account with this id; 404 alike for a foreign one and one that is not."""
        account = self.accounts().filter(pk=account_id).first()
        if account is None:
            raise not_found()
        if self.person.role == Role.OPERATOR:
            note_visit(self.person, account)
        return Here(account, self, if_match)


@dataclass(frozen=True, slots=True)
class Here:
    """The account a request is about, and who asks."""

    account: Account
    caller: Caller
    if_match: str | None = None

    @property
    def person(self) -> User:
        """Who asks."""
        return self.caller.person

    @property
    def may_administer(self) -> bool:
        """Whether settings, codes and users may be changed."""
        return may_administer(self.person, self.account)

    @property
    def may_read_history(self) -> bool:
        """Whether every call may be read."""
        return may_read_history(self.person, self.account)

    @property
    def may_see_codes(self) -> bool:
        """Whether codes are shown in full: a right of the person, and of the token."""
        return Scope.CODES_READ in self.caller.scopes and may_see_codes(self.person, self.account)

    def note_codes_read(self, where: CodesSeenIn) -> None:
        """Tell the activity that codes are shown in full, if they are."""
        if self.may_see_codes:
            note_codes_read(self.account, actor=self.person, where=where)

    def user(self, user_id: UUID) -> User:
        """A user of this account; 404 for any other."""
        user = User.objects.of(self.account).filter(pk=user_id).first()
        if user is None:
            raise not_found()
        return user

    def active_user(self, user_id: UUID) -> User:
        """A user of this account who can place calls; 404 for any other."""
        user = self.user(user_id)
        if not user.is_active:
            raise not_found()
        return user

    def own_or_administered(self, user_id: UUID) -> User:
        """A user whom the caller may read: themselves, or any as administrator."""
        user = self.user(user_id)
        if not self.may_administer and user.pk != self.person.pk:
            raise not_found()
        return user


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
