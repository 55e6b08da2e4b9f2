"""What calls cost: beside the call, which no rating ever touches."""

import uuid
from decimal import Decimal
from typing import ClassVar, Self

from django.db import models

from callmark.accounts.models import Account
from callmark.audit.audited import Audited, Values, values_of
from callmark.batches import BatchState
from callmark.calls.models.calls import Call
from callmark.managers import AccountManager
from callmark.money import MoneyField
from callmark.tariffs.models import Tariff


class Charge(models.Model):
    """What a call costs, by which version of which tariff. No row: it falls under no rate.

    ``billed_seconds`` are whole blocks of the rate; ``rate`` is its label as it was then.
    """

    # The database checks none of these references: it would lock, and so write, each call that is
    # rated, and look for the account and the version once a call. The ledger holds the account.
    call = models.OneToOneField(
        Call,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="charge",
        db_constraint=False,
    )
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="charges", db_constraint=False
    )
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    billed_seconds = models.PositiveIntegerField()
    # Versions are not deleted while their account is there: nobody asks for a version's calls.
    tariff = models.ForeignKey(
        Tariff,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    tariff_version = models.CharField(max_length=64)
    rate = models.CharField(max_length=100)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    def __str__(self) -> str:
        return f"{self.currency} {self.amount}"


class Rerating(Audited):
    """Rating calls of open months again, from a day on (null: all of them).

    ``done`` of ``total`` calls; ``changed`` cost something else since. ``cost_before`` and
    ``cost_after`` are of those that are done.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="reratings")
    since = models.DateField(null=True)
    state = models.CharField(max_length=8, choices=BatchState.choices, default=BatchState.WAITING)
    by_name = models.CharField(max_length=100)
    at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    cost_before = MoneyField(default=Decimal(0))
    cost_after = MoneyField(default=Decimal(0))

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.total} calls"

    def audited(self) -> Values:
        """From which day, and how many."""
        return values_of(self, ("since", "total"))
