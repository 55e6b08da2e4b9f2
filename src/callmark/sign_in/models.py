"""Invitations: a link to choose a password, for one person, once, for some days."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone


class InvitationQuerySet(QuerySet["Invitation"]):
    """Invitations by whether their link still works."""

    def open(self) -> "InvitationQuerySet":
        """Those whose link works now."""
        unused = self.filter(accepted_at=None, revoked_at=None)
        return unused.filter(expires_at__gt=timezone.now(), user__is_active=True)


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

    objects: ClassVar[models.Manager["Invitation"]] = models.Manager.from_queryset(
        InvitationQuerySet
    )()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"invitation of {self.user}"

    @property
    def is_open(self) -> bool:
        """Whether the link works now."""
        unused = self.accepted_at is None and self.revoked_at is None
        return unused and self.expires_at > timezone.now() and self.user.is_active
