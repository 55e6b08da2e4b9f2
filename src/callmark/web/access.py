"""Who asks, on which account, and whether they may: the one place where a request is let in.

Pages and operations alike name what they need (:class:`Needs`), and get their account only as
:class:`Here`. What a role may do at all is said in :mod:`callmark.accounts.access`.
"""

from enum import Enum, auto
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from callmark.accounts import access
from callmark.accounts.activity import CodesSeenIn, record_codes_read, record_visit
from callmark.accounts.models import Account, Role, User
from callmark.accounts.row_security import scope_of
from callmark.codes.secrecy import masked
from callmark.policy.values import value_class
from callmark.sign_in.api_tokens import Scope
from callmark.sign_in.models import ApiToken
from callmark.web.problems import forbidden

ALL_SCOPES = frozenset(Scope)


class Needs(Enum):
    """What a page or an operation asks of the one who wants it."""

    SIGN_IN = auto()
    """Anybody; the view itself narrows to what the caller may see."""
    OPERATOR = auto()
    """An operator; with an account in the path, one who may see that account."""
    MEMBERSHIP = auto()
    """Anybody of the account; the view itself narrows to what is the person's own."""
    ADMINISTRATION = auto()
    """An operator, or an administrator of the account."""


@value_class
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
        return access.is_operator(self.person) and unbound

    @property
    def row_scope(self) -> str:
        """Whose rows the database itself shows this caller, where it can tell."""
        if self.token is not None and self.token.account_id is not None:
            return str(self.token.account_id)
        return scope_of(self.person)

    def accounts(self) -> QuerySet[Account]:
        """The accounts this caller may know of."""
        accounts = access.visible_accounts(self.person)
        if self.token is not None and self.token.account_id is not None:
            return accounts.filter(pk=self.token.account_id)
        return accounts

    def account(self, *, pk: UUID | None = None, slug: str | None = None) -> Account:
        """The account with this id, or name; an operator's visit is recorded.

        Raises ``Http404`` alike for a foreign account and one that is not.
        """
        if self.person.role != Role.OPERATOR:
            return self._own_account(pk, slug)
        named = {"slug": slug} if pk is None else {"pk": pk}
        account = self.accounts().filter(**named).first()
        if account is None:
            raise Http404("No such account.")
        record_visit(self.person, account)
        return account

    def _own_account(self, pk: UUID | None, slug: str | None) -> Account:
        """The person's own, which the request has read already for its language."""
        own = self.person.account if self.person.is_active else None
        bound = self.token.account_id if self.token else None
        if own is None or bound not in {None, own.pk}:
            raise Http404("No such account.")
        if (own.slug != slug) if pk is None else (own.pk != pk):
            raise Http404("No such account.")
        return own

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


@value_class
class Here:
    """The account a request is about, and who asks; they may know of it."""

    account: Account
    caller: Caller

    @property
    def person(self) -> User:
        """Who asks."""
        return self.caller.person

    @property
    def may_administer(self) -> bool:
        """Whether settings, codes and users may be changed."""
        return access.may_administer(self.person, self.account)

    @property
    def may_read_history(self) -> bool:
        """Whether every call may be read."""
        return access.may_read_history(self.person, self.account)

    @property
    def may_see_codes(self) -> bool:
        """Whether codes are shown in full: a right of the person, and of the token."""
        in_scope = Scope.CODES_READ in self.caller.scopes
        return in_scope and access.may_see_codes(self.person, self.account)

    def shown_code(self, digits: str) -> str:
        """A code's digits as they are shown here."""
        return digits if self.may_see_codes else masked(digits)

    def record_codes_read(self, where: CodesSeenIn) -> None:
        """Tell the activity that codes are shown in full, if they are."""
        if self.may_see_codes:
            record_codes_read(self.account, actor=self.person, where=where)

    def user(self, user_id: UUID) -> User:
        """A user of this account. Raises ``Http404`` for any other."""
        user = User.objects.of(self.account).filter(pk=user_id).first()
        if user is None:
            raise Http404("No such user.")
        return user

    def active_user(self, user_id: UUID) -> User:
        """A user of this account who can place calls. Raises ``Http404`` for any other."""
        user = self.user(user_id)
        if not user.is_active:
            raise Http404("No such active user.")
        return user


def may_enter(needs: Needs, caller: Caller, here: Here | None = None) -> bool:
    """Whether the caller has what is needed; ``here`` None: it is about no account."""
    match needs:
        case Needs.SIGN_IN:
            return caller.person.is_active
        case Needs.OPERATOR:
            return caller.is_operator
        case Needs.MEMBERSHIP:
            return here is not None
        case Needs.ADMINISTRATION:
            return here is not None and here.may_administer
