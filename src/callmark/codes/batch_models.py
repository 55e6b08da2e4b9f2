"""Changes of many codes at once, row by row: how far each is, and what undoes it."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy

from callmark.accounts.models import Account, User
from callmark.audit.audited import Audited, Values, values_of
from callmark.batches import UNDER_WAY, BatchState
from callmark.codes.code_columns import LABEL_LENGTH, CodeColumns
from callmark.keys.columns import EncryptedColumn, register
from callmark.managers import AccountManager


class Kind(models.TextChoices):
    """What is done to the codes of a batch. Programs read the values: they never change."""

    IMPORT = "import", gettext_lazy("Imported a list")
    ACTIVATE = "activate", gettext_lazy("Activated")
    DEACTIVATE = "deactivate", gettext_lazy("Deactivated")
    LABEL = "label", gettext_lazy("Labeled")
    DELETE = "delete", gettext_lazy("Deleted")
    UNDO = "undo", gettext_lazy("Undone")


class CodeBatch(Audited):
    """One act upon many codes.

    Of ``total`` rows ``listed`` are written down (all, once it ``is_listed``), ``done`` are carried
    out, and ``left`` were not, as somebody had changed the code meanwhile. ``stamp``: what
    ``changed_at`` of its codes is then.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="code_batches")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(
        max_length=8, choices=BatchState.choices, default=BatchState.WAITING, db_index=True
    )
    label = models.CharField(max_length=LABEL_LENGTH, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=100)
    at = models.DateTimeField(auto_now_add=True)
    stamp = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    listed = models.PositiveIntegerField(default=0)
    is_listed = models.BooleanField(default=False)
    to_add = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    # Where the next part begins: the last row that has been done.
    cursor = models.BigIntegerField(default=0)
    undoes = models.OneToOneField(
        "self", null=True, on_delete=models.SET_NULL, related_name="undone_by"
    )
    # A long list until it is written down row by row.
    content_encrypted = models.TextField(blank=True, editable=False)
    columns = models.CharField(max_length=500, blank=True)
    updates = models.BooleanField(default=False)
    had_codes = models.BooleanField(default=False)
    # Why it is not done. Until it has failed, it is being taken back.
    problem = models.CharField(max_length=400, blank=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = "change of many codes"
        verbose_name_plural = "changes of many codes"
        indexes = (models.Index(fields=("account", "-at"), name="code_batches_by_account"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.total} codes"

    def audited(self) -> Values:
        """What was done to how many."""
        return values_of(self, ("kind", "total", "label"))

    @property
    def is_under_way(self) -> bool:
        """Whether there is still something to do."""
        return self.state in UNDER_WAY

    @property
    def percent(self) -> int:
        """How far it is: writing down is half of the work, and carrying out the other."""
        return 100 * (self.listed + self.done + self.left) // (2 * max(1, self.total))


class BatchCode(CodeColumns):
    """One code of a batch: what it becomes, and in ``before`` what it was.

    ``seen_at``: the code's ``changed_at`` when this was written. ``left``: why it stays as it is.
    """

    class Act(models.TextChoices):
        """What becomes of the code."""

        ADD = "add"
        CHANGE = "change"
        DELETE = "delete"

    class Left(models.TextChoices):
        """Why nothing does."""

        CHANGED = "changed", gettext_lazy("Somebody has changed it since")
        GONE = "gone", gettext_lazy("Somebody has deleted it since")
        IN_USE = (
            "in_use",
            gettext_lazy("It is somebody's default code, or has known numbers or limits since"),
        )

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(
        CodeBatch, on_delete=models.CASCADE, related_name="codes", db_index=False
    )
    # No foreign key: it is not there yet, or not any more.
    code_id = models.UUIDField()
    row = models.PositiveIntegerField(default=0)
    act = models.CharField(max_length=6, choices=Act.choices)
    before = models.JSONField(null=True)
    seen_at = models.DateTimeField(null=True)
    done = models.BooleanField(default=False)
    left = models.CharField(max_length=8, choices=Left.choices, blank=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("pk",)
        indexes = (models.Index(fields=("batch", "id"), name="codes_of_a_batch"),)

    def __str__(self) -> str:
        return self.name


register(EncryptedColumn("codes.CodeBatch", "content_encrypted"))
register(EncryptedColumn("codes.BatchCode", "code_encrypted", lookup="code_lookup"))
