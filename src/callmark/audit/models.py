"""Audit entries. The model refuses changes, and so does the database (triggers, see migrations)."""

import uuid
from typing import Any, ClassVar, NoReturn, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from callmark.audit.actions import Action
from callmark.audit.origin import Source
from callmark.managers import AccountManager


class AppendOnly(Exception):
    """Somebody tried to change or delete what is only ever added."""


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Reads; :func:`callmark.audit.recording.record` adds. Nothing else."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise AppendOnly("audit entries are never changed or deleted")

    update = delete = bulk_create = bulk_update = update_or_create = _refuse
    # Django's own cascades and saves come this way.
    _raw_delete = _update = _refuse

    async def _refuse_async(self, *_: object, **__: object) -> NoReturn:
        self._refuse()

    aupdate = adelete = abulk_create = abulk_update = aupdate_or_create = _refuse_async


class AuditEntry(models.Model):
    """One change. Names are copied, ids are plain: nothing that is deleted takes an entry along."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(default=timezone.now, editable=False)
    # Empty for what concerns the whole installation, such as a new operator.
    account_id = models.UUIDField(null=True)
    account_name = models.CharField(max_length=100, blank=True)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=150)
    actor_is_operator = models.BooleanField(default=False)
    # The API token used, if any: the actor is the person it acts for.
    token_name = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=20, choices=Source.choices)
    address = models.GenericIPAddressField(null=True)
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=40)
    target_id = models.CharField(max_length=40)
    target_name = models.CharField(max_length=200)
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    after = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    objects: ClassVar[AccountManager[Self]] = AccountManager.from_queryset(AuditEntryQuerySet)()

    class Meta:
        ordering = ("-at", "-id")
        verbose_name_plural = "audit entries"
        indexes = (
            models.Index(fields=("account_id", "-at"), name="audit_by_account"),
            models.Index(fields=("account_id", "actor_id", "-at"), name="audit_by_actor"),
            models.Index(fields=("account_id", "action", "-at"), name="audit_by_action"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name}: {self.action}"

    def save(self, **options: Any) -> None:  # noqa: ANN401
        """Add the entry. Raises :class:`AppendOnly` for one that is there already."""
        if not self._state.adding:
            raise AppendOnly("audit entries are never changed")
        super().save(**(options | {"force_insert": True}))

    def delete(self, *_: object, **__: object) -> NoReturn:
        """Refuse."""
        raise AppendOnly("audit entries are never deleted")

    @property
    def action_label(self) -> str:
        """What was done, in words."""
        return Action(self.action).label if self.action in Action else self.action
