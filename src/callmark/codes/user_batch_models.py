"""One act on the account-code settings of many users: what was done, to whom, and how far it is."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy

from callmark.accounts.models import Account, User
from callmark.batches import BatchState
from callmark.managers import AccountManager


class UserBatchKind(models.TextChoices):
    """What is done to users. Programs read the values: they never change."""

    ENABLE = "enable", gettext_lazy("Enable account codes")
    DISABLE = "disable", gettext_lazy("Disable account codes")
    RESET = "reset", gettext_lazy("Reset to the account's settings")
    IMPORT = "import", gettext_lazy("Import of a list")
    UNDO = "undo", gettext_lazy("Undo")


class UserBatch(models.Model):
    """``done`` of ``total`` users; ``left`` stay as they are, since somebody changed them
    meanwhile, or they can no longer have what was meant. Each user's change has its own entry.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="user_batches")
    kind = models.CharField(max_length=8, choices=UserBatchKind.choices)
    state = models.CharField(
        max_length=8, choices=BatchState.choices, default=BatchState.WAITING, db_index=True
    )
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=100)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    finished_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    undoes = models.OneToOneField(
        "self", null=True, on_delete=models.SET_NULL, related_name="undone_by"
    )

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("account", "-at"), name="user_batches_by_account"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.total} users"


class UserBatchRow(models.Model):
    """A user of a batch: the version of their settings that was seen, and that it was made to.

    ``made`` is '' until it is done, and where the user was left as they are. Of a list, the
    versions are of all that is of a user, and ``before`` is what taking it back needs to know.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(UserBatch, on_delete=models.CASCADE, related_name="rows")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    seen = models.CharField(max_length=16)
    made = models.CharField(max_length=16, blank=True)
    before = models.JSONField(null=True)
    at = models.DateTimeField(null=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("batch", "user"), name="user_once_in_a_batch"),
        )
        indexes = (
            models.Index(
                fields=("batch", "id"),
                condition=models.Q(at__isnull=True),
                name="users_of_batches_to_do",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} of {self.batch_id}"
