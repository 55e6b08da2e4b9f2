"""What each call counts as, in the few columns that reports look at."""

from typing import ClassVar, Self

from django.db import models

from callmark.accounts.models import Account
from callmark.calls.models.calls import Call
from callmark.calls.models.totals import NOBODY, TagState
from callmark.keys.columns import EncryptedColumn, register
from callmark.keys.keyring import Keyring
from callmark.managers import AccountManager
from callmark.money import MoneyField


class CountedCall(models.Model):
    """A call that is no test, as totals count it, with what it costs: a quarter as long as the
    call, so that a report with filters goes through a month of a million in half a second.

    Kept by the ledger (:mod:`callmark.calls.counting`), which alone knows when it changes. There
    are no foreign keys in the database: to check them would lock each call that is rated.
    ``party`` is the other party's number; ``code_id`` may be of a code that is deleted.
    """

    call = models.OneToOneField(
        Call,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="counted",
        db_constraint=False,
    )
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    billing_month = models.DateField()
    day = models.DateField()
    started_at = models.DateTimeField()
    call_type = models.CharField(max_length=24, blank=True)
    direction = models.CharField(max_length=10)
    code_id = models.UUIDField(null=True)
    account_code_lookup = models.CharField(max_length=64, blank=True, editable=False)
    state = models.CharField(max_length=12, choices=TagState.choices)
    who = models.UUIDField(default=NOBODY)
    user_name = models.CharField(max_length=100, blank=True)
    party = models.CharField(max_length=80, blank=True)
    # Null: nobody has told them.
    seconds = models.PositiveIntegerField(null=True)
    billed_seconds = models.PositiveIntegerField()
    cost = MoneyField()

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        indexes = (
            models.Index(fields=("account", "billing_month"), name="counted_calls_by_month"),
            models.Index(fields=("account", "started_at"), name="counted_calls_by_start"),
        )

    def __str__(self) -> str:
        return f"{self.seconds} s on {self.day}"


class _CodesOfCalls(EncryptedColumn):
    """A call's code; what the call counts as is found by the new hash, too."""

    def renew(self, row: models.Model, keys: Keyring) -> None:
        """As for any column, and hash it again where the call is counted."""
        assert isinstance(row, Call)
        super().renew(row, keys)
        mine = CountedCall.objects.of(row.account_id).filter(pk=row.pk)
        mine.update(account_code_lookup=row.account_code_lookup)


register(_CodesOfCalls("calls.Call", "account_code_encrypted", lookup="account_code_lookup"))
