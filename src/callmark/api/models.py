"""What the API keeps: tokens, and answers to repeat."""

import uuid
from typing import ClassVar, Self

from django.db import models

from callmark.accounts.models import Account, User
from callmark.managers import AccountManager


class ApiToken(models.Model):
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
        ordering = ("-created_at", "id")

    def __str__(self) -> str:
        return self.name


class KeptAnswer(models.Model):
    """The answer to a POST with an ``Idempotency-Key``, to give again; encrypted with that key."""

    principal = models.CharField(max_length=50)
    key_hash = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    sealed = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("principal", "key_hash"), name="answer_once_for_a_key"),
        )

    def __str__(self) -> str:
        return f"answer {self.pk}"
