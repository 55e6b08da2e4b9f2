"""API tokens: making, checking and revoking them. A token is shown once and stored as a hash."""

import secrets
from collections.abc import Iterable
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from callmark.accounts.access import may_administer
from callmark.accounts.changes import change
from callmark.accounts.models import Account, Role, User
from callmark.accounts.names import refuse_bad_name
from callmark.accounts.refused import Refused
from callmark.audit.actions import Action
from callmark.keys.pepper import keyed_hash
from callmark.policy.values import value_class
from callmark.sign_in.models import ApiToken

PREFIX = "cmk_"
"""Begins every token, so that scanners for leaked secrets can know one."""

HINT_LENGTH = 10
MAX_DAYS = 730
USE_SET_EVERY = timedelta(minutes=1)


class Scope(StrEnum):
    """What a token may be used for, within its person's rights."""

    READ = "read"
    # With READ codes are masked. Of its own, as reading codes is enough to place calls with them.
    CODES_READ = "codes:read"
    WRITE = "write"
    CALL_CONTROL = "call_control"
    # Who can sign in, and as what: a person who may decide that can become an administrator.
    PEOPLE = "people"


@value_class
class NewToken:
    """A token just made; ``secret`` is never to be had again."""

    token: ApiToken
    secret: str = field(repr=False)


@transaction.atomic
def create_token(
    account: Account | None,
    *,
    name: str,
    scopes: Iterable[Scope],
    days: int,
    actor: User,
    made_with: ApiToken | None = None,
) -> NewToken:
    """Make a token for an account, or with None for all of them (operators only).

    ``made_with``: a token cannot make one that may do more, or lasts longer, than itself; and what
    it made ends with it.
    """
    wanted = sorted(set(scopes))
    _check_rights(account, actor)
    refuse_bad_name(name)
    if not wanted:
        raise Refused(
            gettext("Choose at least one scope: {scopes}.").format(scopes=", ".join(Scope)),
            "scopes",
        )
    if not 1 <= days <= MAX_DAYS:
        raise Refused(
            gettext("Let the token expire in 1 to {max_days} days.").format(max_days=MAX_DAYS),
            "expires_in_days",
        )
    expires_at = timezone.now() + timedelta(days=days)
    if made_with is not None:
        expires_at = _within(made_with, wanted, expires_at)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        account=account,
        created_by=actor,
        name=name,
        scopes=wanted,
        hint=secret[:HINT_LENGTH],
        key_hash=_hash(secret),
        expires_at=expires_at,
        made_with=made_with,
    )
    with change(account, Action.TOKEN_MADE, token, actor=actor):
        return NewToken(token, secret)


def _check_rights(account: Account | None, actor: User) -> None:
    allowed = actor.role == Role.OPERATOR if account is None else may_administer(actor, account)
    if not allowed:
        raise PermissionError("the caller must have checked this person's rights")


def _within(maker: ApiToken, wanted: list[Scope], expires_at: datetime) -> datetime:
    # Locked: while it is revoked, it makes none that would be left over.
    same = ApiToken.objects.of_account_or_none(maker.account_id).select_for_update(no_key=True)
    if same.get(pk=maker.pk).revoked_at is not None:
        raise Refused(gettext("This token has just been revoked: it makes no others."))
    if not set(wanted) <= set(maker.scopes):
        raise Refused(
            gettext(
                "A token cannot make one with more scopes than its own: sign in, or use another "
                "token."
            ),
            "scopes",
        )
    return min(expires_at, maker.expires_at)


def usable_tokens_of(person: User) -> QuerySet[ApiToken]:
    """The tokens this person made that still work."""
    return person.api_tokens.filter(revoked_at=None, expires_at__gt=timezone.now())


def find_token(secret: str) -> ApiToken | None:
    """The token with this secret if it may still be used, and its person still works here."""
    now = timezone.now()
    token = (
        ApiToken.objects.of_every_account("the token tells whose it is")
        .select_related("created_by", "account")
        .filter(key_hash=_hash(secret), revoked_at=None, expires_at__gt=now)
        # Nobody whose sign-in was taken away has an address, nor any use of their tokens.
        .filter(created_by__is_active=True, created_by__email__isnull=False)
        .first()
    )
    if token is not None:
        _set_last_use(token, now)
    return token


def _set_last_use(token: ApiToken, now: datetime) -> None:
    """Once a minute is enough, and spares a write for each request."""
    if token.last_used_at is None or token.last_used_at < now - USE_SET_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_SET_EVERY)
        mine = ApiToken.objects.of_account_or_none(token.account_id).filter(pk=token.pk)
        mine.filter(stale).update(last_used_at=now)


@transaction.atomic
def revoke_token(token: ApiToken, *, actor: User | None) -> None:
    """Make the token, and those it made, useless at once; revoking again changes nothing."""
    _revoke(token, actor=actor)


def _revoke(token: ApiToken, *, actor: User | None, ended_with: ApiToken | None = None) -> None:
    with change(token.account, Action.TOKEN_REVOKED, token, actor=actor) as revoked:
        revoked.is_needed = token.revoked_at is None
        token.revoked_at = token.revoked_at or timezone.now()
        if ended_with is not None:
            revoked.after["ended_with"] = ended_with.name
    for child in token.made.filter(revoked_at=None).select_related("account"):
        _revoke(child, actor=actor, ended_with=token)


def _hash(secret: str) -> str:
    return keyed_hash("token", secret)
