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
    ``party`` is the other party's number, ``other_numbers`` what else a number is looked for in
    (:func:`callmark.calls.counted.other_numbers`). ``code_id`` may be of a code that is deleted.
    """

    # Columns of one length come first: PostgreSQL finds those without reading what is before them.
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
    who = models.UUIDField(default=NOBODY)
    code_id = models.UUIDField(null=True)
    started_at = models.DateTimeField()
    cost = MoneyField()
    day = models.DateField()
    billing_month = models.DateField()
    # Null: nobody has told them.
    seconds = models.PositiveIntegerField(null=True)
    billed_seconds = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=TagState.choices)
    direction = models.CharField(max_length=10)
    call_type = models.CharField(max_length=24, blank=True)
    party = models.CharField(max_length=80, blank=True)
    other_numbers = models.CharField(max_length=250, blank=True)
    account_code_lookup = models.CharField(max_length=64, blank=True, editable=False)
    user_name = models.CharField(max_length=100, blank=True)

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
