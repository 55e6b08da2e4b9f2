"""Who put which call right, when, from what to what; work on many calls; saved filters."""

import uuid
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.deletion import Collector
from django.utils.translation import gettext_lazy

from callmark.accounts.models import Account, User
from callmark.audit.audited import Audited, Values, values_of
from callmark.batches import BatchState
from callmark.calls.models.calls import Call
from callmark.keys.columns import EncryptedColumn, register
from callmark.keys.installed import keyring
from callmark.managers import AccountManager


class BatchKind(models.TextChoices):
    """What was done to the calls of a batch. Programs read the values: they never change."""

    ASSIGN = "assign", gettext_lazy("Assigned a code")
    CLEAR = "clear", gettext_lazy("Took the code away")
    SUGGESTED = "suggested", gettext_lazy("Assigned what was suggested")
    REPLACE = "replace", gettext_lazy("Replaced a code")
    NOT_BILLABLE = "not_billable", gettext_lazy("Marked as not billable")
    BILLABLE = "billable", gettext_lazy("Marked as billable again")
    UNDO = "undo", gettext_lazy("Undid a correction")


class CorrectionBatch(Audited):
    """One act of putting calls right, of one call or of many.

    ``done`` of ``total`` calls; ``left`` were not corrected, since they were changed meanwhile,
    their month was closed, or nothing was suggested for them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="corrections")
    kind = models.CharField(max_length=12, choices=BatchKind.choices)
    state = models.CharField(
        max_length=8, choices=BatchState.choices, default=BatchState.DONE, db_index=True
    )
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="corrections")
    by_name = models.CharField(max_length=100)
    at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    # What calls are given; empty where a code is taken away or only the mark changes.
    code = models.ForeignKey(
        "codes.AccountCode", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    account_code_encrypted = models.CharField(max_length=100, blank=True, editable=False)
    account_code_name = models.CharField(max_length=100, blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    undoes = models.OneToOneField(
        "self", null=True, on_delete=models.SET_NULL, related_name="undone_by"
    )

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = "correction"
        indexes = (models.Index(fields=("account", "-at"), name="corrections_by_account"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.total} calls"

    def audited(self) -> Values:
        """What was done to how many; never the digits."""
        return values_of(self, ("kind", "total", "account_code_name"))

    @property
    def account_code(self) -> str:
        """The digits that calls are given, decrypted."""
        return keyring().decrypt(self.account_code_encrypted)


class Correction(models.Model):
    """One call of a batch: what was on its record, and what is there since.

    Both are '' and null until a job has come to it (``at`` null).
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(CorrectionBatch, on_delete=models.CASCADE, related_name="calls")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="corrections")
    at = models.DateTimeField(null=True)
    before_code_encrypted = models.CharField(max_length=100, blank=True, editable=False)
    before_name = models.CharField(max_length=100, blank=True)
    # Plain ids: a deleted code's calls keep its digits and its name.
    before_code_id = models.UUIDField(null=True)
    before_entered_by = models.CharField(max_length=12, blank=True)
    before_not_billable = models.BooleanField(default=False)
    after_code_encrypted = models.CharField(max_length=100, blank=True, editable=False)
    after_name = models.CharField(max_length=100, blank=True)
    after_code_id = models.UUIDField(null=True)
    after_entered_by = models.CharField(max_length=12, blank=True)
    after_not_billable = models.BooleanField(default=False)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("batch", "call"), name="call_once_in_a_batch"),
        )
        indexes = (
            models.Index(
                fields=("batch", "id"),
                condition=models.Q(at__isnull=True),
                name="corrections_to_do",
            ),
        )

    def __str__(self) -> str:
        return f"{self.before_name or 'no code'} to {self.after_name or 'no code'}"


register(EncryptedColumn("calls.CorrectionBatch", "account_code_encrypted"))
register(EncryptedColumn("calls.Correction", "before_code_encrypted"))
register(EncryptedColumn("calls.Correction", "after_code_encrypted"))


class Job(models.Model):
    """Work on an account's calls that the worker does in parts; gone when it is done.

    ``batch``: the corrections to make; ``rerating``: calls to rate again; ``gathers``: calls on
    record to write among the counted ones; none of them: days and months to bring to a changed
    calendar.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    batch = models.OneToOneField(
        CorrectionBatch, null=True, on_delete=models.CASCADE, related_name="job"
    )
    rerating = models.OneToOneField(
        "Rerating", null=True, on_delete=models.CASCADE, related_name="job"
    )
    gathers = models.BooleanField(default=False, db_default=False)
    # The last call that has been done; where they go by months, of which, and when it started.
    cursor = models.UUIDField(null=True)
    cursor_month = models.DateField(null=True)
    cursor_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"job {self.pk} of {self.account}"


def keep_shared(
    collector: Collector,
    field: models.ForeignKey[Any, Any],
    filters: models.QuerySet[models.Model],
    using: str,
) -> None:
    """When a person is deleted, what they shared stays with the account; their own goes."""
    models.SET_NULL(collector, field, filters.filter(shared=True), using)
    models.CASCADE(collector, field, filters.filter(shared=False), using)


class SavedFilter(Audited):
    """A view of the call history under a name. ``query`` is that of its address, without digits
    of codes. ``owner`` None: a shared one whose owner was deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="saved_filters")
    owner = models.ForeignKey(User, null=True, on_delete=keep_shared, related_name="saved_filters")
    name = models.CharField(max_length=60)
    shared = models.BooleanField(default=False)
    query = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("account", "owner", "name"),
                name="filter_name_once",
                violation_error_message=gettext_lazy("You have a saved filter of this name."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def audited(self) -> Values:
        """What it finds, and for whom."""
        return values_of(self, ("name", "shared", "query"))
