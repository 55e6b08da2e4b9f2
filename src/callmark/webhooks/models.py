"""Where messages go, the messages, and the log of every attempt to deliver them."""

import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy

from callmark.accounts.models import Account
from callmark.audit.audited import Audited, Values, values_of
from callmark.keys.columns import EncryptedColumn, register
from callmark.keys.installed import keyring
from callmark.managers import AccountManager

NAME_LENGTH = 100
URL_LENGTH = 500
EXCERPT_LENGTH = 300


class Event(models.TextChoices):
    """What an account can be told of. Programs read the values: they never change."""

    CALL_TAGGED = "call.tagged", gettext_lazy("A call was tagged with an account code")
    CALL_CORRECTED = "call.corrected", gettext_lazy("A call was corrected by a person")
    CALL_REFUSED = "call.refused", gettext_lazy("A call was refused")
    LOCKED_OUT = "user.locked_out", gettext_lazy("A user was locked out")
    LIMIT_REACHED = "limit.reached", gettext_lazy("A limit was nearly or wholly used up")
    SETTINGS_CHANGED = (
        "account_codes.settings_changed",
        gettext_lazy("Account code settings were changed"),
    )
    REPORT_READY = "report.ready", gettext_lazy("A scheduled report is ready")


TEST_EVENT = "endpoint.test"
"""Sent on demand to one endpoint; nobody subscribes to it."""


class OffReason(models.TextChoices):
    """Why an endpoint is off. Programs read the values: they never change."""

    PAUSED = "paused", gettext_lazy("Paused by hand")
    GONE = "gone", gettext_lazy("The program answered 410 Gone")
    FAILING = "failing", gettext_lazy("Every message failed for days")


class WebhookEndpoint(Audited):
    """An address of an account's program, and the secret that messages to it are signed with."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="webhook_endpoints")
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    url = models.CharField(max_length=URL_LENGTH)
    events = models.JSONField(default=list)
    # Without this, messages name a code but do not hold its digits.
    include_codes = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    # Empty and null while it is active.
    off_reason = models.CharField(max_length=10, choices=OffReason.choices, blank=True)
    off_at = models.DateTimeField(null=True, editable=False)
    # The first failure after which nothing has arrived; null once something does.
    failing_since = models.DateTimeField(null=True, editable=False)
    # The receiver asked for a rest until then (Retry-After).
    quiet_until = models.DateTimeField(null=True, editable=False)
    secret_encrypted = models.CharField(max_length=200, editable=False)
    # After a renewal messages carry both signatures for a while, so that nothing is missed.
    former_secret_encrypted = models.CharField(max_length=200, blank=True, editable=False)
    former_secret_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("created_at", "id")
        verbose_name = "webhook endpoint"

    def __str__(self) -> str:
        return self.name or self.shown_url

    def audited(self) -> Values:
        """What people enter of it."""
        values = values_of(self, ("name", "events", "include_codes", "active"))
        return {**values, "url": self.shown_url}

    @property
    def shown_url(self) -> str:
        """Without what follows the question mark: some receivers put a password there."""
        return self.url.partition("?")[0]

    @property
    def secret(self) -> str:
        """The signing secret, decrypted."""
        return keyring().decrypt(self.secret_encrypted)

    @secret.setter
    def secret(self, secret: str) -> None:
        self.secret_encrypted = keyring().encrypt(secret)

    @property
    def why_off(self) -> OffReason | None:
        """Why nothing is sent; None while it is active."""
        return None if self.active else OffReason(self.off_reason or OffReason.PAUSED)


class WebhookMessage(models.Model):
    """The outbox: something that happened, stored in the same transaction, without any digits."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="webhook_messages")
    event = models.CharField(max_length=60)
    at = models.DateTimeField()
    data = models.JSONField()
    # For endpoints that want the digits.
    account_code_encrypted = models.CharField(max_length=100, blank=True, editable=False)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=("at",), name="webhook_messages_by_age"),)

    def __str__(self) -> str:
        return f"{self.event} {self.id}"


class Delivery(models.Model):
    """One message on its way to one endpoint."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", gettext_lazy("Waiting")
        DELIVERED = "delivered", gettext_lazy("Delivered")
        GIVEN_UP = "given_up", gettext_lazy("Given up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="deliveries")
    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    # Counted when a worker takes it, so that a message that kills workers is given up as well.
    attempts_made = models.PositiveSmallIntegerField(default=0)
    # Due from then on. A worker takes a delivery by moving this into the future: if it dies, the
    # delivery is due again.
    next_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True)
    replay_of = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="replays"
    )

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name_plural = "deliveries"
        indexes = (
            models.Index(fields=("state", "next_at"), name="deliveries_due"),
            models.Index(fields=("account", "-created_at"), name="deliveries_by_account"),
            models.Index(fields=("endpoint", "-created_at"), name="deliveries_by_endpoint"),
        )

    def __str__(self) -> str:
        return f"{self.message.event} to {self.endpoint}"

    @property
    def last_attempt(self) -> "DeliveryAttempt | None":
        """The latest request; of those already read, where they were."""
        return max(self.attempts.all(), key=lambda one: (one.number, one.at), default=None)

    @property
    def replay_ids(self) -> list[uuid.UUID]:
        """The deliveries that sent it again, in their order."""
        return list(self.replays.order_by("created_at", "pk").values_list("pk", flat=True))

    @property
    def next_try(self) -> datetime | None:
        """When it is sent next, as far as is known; None for what is settled or not to be sent."""
        if self.state != Delivery.State.WAITING or not self.endpoint.active:
            return None
        moments = [one for one in (self.next_at, self.endpoint.quiet_until) if one is not None]
        return max(moments, default=None)


class DeliveryAttempt(models.Model):
    """One request made, and what came of it."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    # Empty when there was no answer; then ``problem`` says why.
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=200, blank=True)
    excerpt = models.CharField(max_length=EXCERPT_LENGTH, blank=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("number", "at")

    def __str__(self) -> str:
        return f"{self.number}: {self.status or self.problem}"


register(EncryptedColumn("webhooks.WebhookEndpoint", "secret_encrypted"))
register(EncryptedColumn("webhooks.WebhookEndpoint", "former_secret_encrypted"))
register(EncryptedColumn("webhooks.WebhookMessage", "account_code_encrypted"))
