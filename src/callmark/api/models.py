"""What the API keeps: tokens, answers to repeat, and the calls that other switches ask about."""

import uuid

from django.db import models

from callmark.accounts.models import Account, User


class ApiToken(models.Model):
    """A program's key. It acts for the person who made it, never with more rights than he has.

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


class ControlledCall(models.Model):
    """A call of a switch that asks over HTTP, between two requests. Holds no digits entered.

    ``answers`` keeps what each step was answered: a repeated request gets the same.
    """

    # The call record's id, made from account and call_id.
    id = models.UUIDField(primary_key=True, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="controlled_calls")
    # None: deleted meanwhile; how the call ended is still to be reported.
    user = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="controlled_calls"
    )
    call_id = models.CharField(max_length=150)
    request = models.JSONField()
    state = models.JSONField()
    answers = models.JSONField(default=dict)
    finished = models.BooleanField(default=False)
    ended = models.BooleanField(default=False)
    touched_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = (
            models.Index(fields=("account", "finished", "touched_at"), name="calls_at_the_prompt"),
        )

    def __str__(self) -> str:
        return self.call_id


class ControlledTagging(models.Model):
    """One press of the star code during a call, between two requests. Holds no digits entered."""

    # Made from the account, the switch's id of the call and its id of the press.
    id = models.UUIDField(primary_key=True, editable=False)
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="controlled_taggings"
    )
    # Who pressed; not always whose call it is.
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="controlled_taggings")
    tagging_id = models.CharField(max_length=150)
    # The record of the call that is tagged.
    record_id = models.UUIDField()
    request = models.JSONField()
    state = models.JSONField()
    answers = models.JSONField(default=dict)
    finished = models.BooleanField(default=False)
    touched_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = (
            models.Index(fields=("account", "finished", "touched_at"), name="taggings_under_way"),
        )

    def __str__(self) -> str:
        return self.tagging_id
