"""Invitations (a link to choose a password, for one person, once, for some days) and API tokens."""

import uuid
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from callmark.accounts.models import Account, User
from callmark.audit.audited import Audited, Values, values_of
from callmark.managers import AccountManager


def link_works() -> Q:
    """Of invitations: those whose link works now."""
    unused = Q(accepted_at=None, revoked_at=None)
    return unused & Q(expires_at__gt=timezone.now(), user__is_active=True)


class Invitation(models.Model):
    """A link sent to a person. Only its token's hash is stored: nobody can read it here again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitations"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"invitation of {self.user}"

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at <= timezone.now()

    @property
    def is_open(self) -> bool:
        """Whether the link works now."""
        unused = self.accepted_at is None and self.revoked_at is None
        return unused and not self.is_expired and self.user.is_active


class ApiToken(Audited):
    """A program's key. It acts for the person who made it, never with more rights than they have.

    Without an account it is an operator's, for every account.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        Account, null=True, on_delete=models.CASCADE, related_name="api_tokens"
    )
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    # The token that made it, with which it ends. None: a person signed in made it, or a token did
    # before this was kept.
    made_with = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="made")
    name = models.CharField(max_length=100)
    scopes = models.JSONField(default=list)
    # The first characters, to tell tokens apart in a list.
    hint = models.CharField(max_length=16)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        # Tokens were once the API's.
        db_table = "api_apitoken"
        ordering = ("-created_at", "id")

    def __str__(self) -> str:
        return self.name

    @property
    def is_usable(self) -> bool:
        """Whether it lets anybody in now."""
        alive = self.revoked_at is None and self.expires_at > timezone.now()
        return alive and self.created_by.is_active

    def audited(self) -> Values:
        """What it may do, and until when."""
        return values_of(self, ("scopes", "expires_at"))
