"""The telephone switches and the gates of the installation: they belong to no account."""

import uuid

from django.db import models

from callmark.audit.audited import Audited, Values, values_of

_NONE = models.Value([], models.JSONField())


class Switch(Audited):
    """A telephone switch that asks Callmark about calls.

    ``entity`` is the machine that may speak under the name: the first that did. Others are refused
    and counted, since their calls would be mixed up with its own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.SlugField(max_length=40, unique=True)
    entity = models.CharField(max_length=100, blank=True)
    refused = models.PositiveIntegerField(default=0)
    refused_entity = models.CharField(max_length=100, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True)
    # What was written for it last, and what a look at its configuration found last.
    kind = models.CharField(max_length=20, blank=True)
    dialplan_version = models.CharField(max_length=20, blank=True)
    dialplan_written_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    findings = models.PositiveIntegerField(default=0)
    found = models.JSONField(default=list, blank=True, db_default=_NONE)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def audited(self) -> Values:
        """The machine: what else is kept of it, it does itself."""
        return values_of(self, ("entity",))


class HeardGate(models.Model):
    """A gate that uses this database, by the id in its spool, and when it last was heard here.

    ``host`` is its machine's name of then.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    host = models.CharField(max_length=100)
    heard_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.host
