"""What a new account of the operator's can begin with."""

import uuid

from django.db import models

from callmark.audit.audited import Audited, Values, values_of


class AccountTemplate(Audited):
    """An account's settings under a name, without what is its own: people, codes, calls.

    ``account_values`` by the names of an account's columns, ``code_values`` by those of its
    account-code settings; {}: those were not set up.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100, unique=True)
    account_values = models.JSONField(default=dict)
    code_values = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def audited(self) -> Values:
        """All of it."""
        return values_of(self, ("name", "account_values", "code_values"))
