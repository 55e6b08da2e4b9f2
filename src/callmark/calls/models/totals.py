"""Small sums of many calls, kept up to date by all that writes calls, and months that are closed.

Simulated calls are in none of them. ``month`` is the first day of the month in which calls are
billed. What is counted of a code or a user in a closed month stays as it was at the closing: what
is learned later is counted in the first open month, by an :class:`Adjustment`.
"""

import uuid
from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy

from callmark.accounts.currencies import written
from callmark.accounts.models import Account
from callmark.audit.audited import Audited, Values, values_of
from callmark.calls.models.calls import Call
from callmark.keys.columns import EncryptedColumn, register
from callmark.keys.installed import keyring
from callmark.keys.keyring import Keyring
from callmark.managers import AccountManager
from callmark.money import MoneyField

NOBODY = uuid.UUID(int=0)
"""In place of a user's id: a call of nobody known, or of a user who was deleted."""


AMOUNTS = ("calls", "seconds", "billed_seconds", "cost")
"""What is added up of calls, in each of the totals."""


class TagState(models.TextChoices):
    """How a call stands with codes."""

    TAGGED = "tagged", gettext_lazy("With a code")
    TO_ASSIGN = "to_assign", gettext_lazy("To assign")
    NONE = "none", gettext_lazy("No code needed")
    NOT_BILLABLE = "not_billable", gettext_lazy("Not billable")


class _Total(models.Model):
    """``seconds`` are talk time; ``billed_seconds`` whole blocks of the rates; ``cost`` in the
    account's currency. Counts may be below zero for a moment while keys are changed. Each is found
    by an index that begins with the account; PostgreSQL leaves room for changes beside them.
    """

    calls = models.BigIntegerField(default=0)
    seconds = models.BigIntegerField(default=0)
    billed_seconds = models.BigIntegerField(default=0, db_default=0)
    cost = MoneyField(default=Decimal(0), db_default=Decimal(0))

    class Meta:
        abstract = True


class CodeTotal(_Total):
    """Month x code: the digits' hash and the name as it was then; '' for calls without a code."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="code_totals", db_index=False
    )
    month = models.DateField()
    account_code_lookup = models.CharField(max_length=64, blank=True, editable=False)
    account_code_encrypted = models.CharField(max_length=100, blank=True, editable=False)
    account_code_name = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=12, choices=TagState.choices)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("month", "account_code_name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("account", "month", "account_code_lookup", "account_code_name", "state"),
                name="code_total_once",
            ),
        )
        # The first hundred of 100,000 are found without sorting the others.
        indexes = (
            models.Index(fields=("account", "month", "-seconds"), name="code_totals_by_talk"),
            models.Index(
                "account", "month", Lower("account_code_name"), name="code_totals_by_name"
            ),
        )

    def __str__(self) -> str:
        return f"{self.month}: {self.calls} of {self.account_code_name or 'no code'}"

    @classmethod
    def count_of(cls, account: Account, month: date) -> int:
        """How many there are in a month of which something is left: an index knows all but few."""
        every = cls.objects.of(account).filter(month=month).order_by()
        without_talk = every.filter(seconds=0).exclude(calls=0, billed_seconds=0, cost=Decimal(0))
        return every.exclude(seconds=0).count() + without_talk.count()

    @property
    def account_code(self) -> str:
        """The digits, decrypted; '' for calls without a code."""
        return keyring().decrypt(self.account_code_encrypted)


class _TotalsOfCodes(EncryptedColumn):
    """Where a new key finds a total that was counted under it meanwhile, both become one."""

    def renew(self, row: models.Model, keys: Keyring) -> None:
        """As for any column, and add to the row what the other one counted."""
        assert isinstance(row, CodeTotal)
        if not CodeTotal.objects.of(row.account_id).filter(pk=row.pk).exists():
            return  # Another row has taken it in, a moment ago.
        super().renew(row, keys)
        twin = (
            CodeTotal.objects.of(row.account_id)
            .filter(
                month=row.month,
                account_code_lookup=row.account_code_lookup,
                account_code_name=row.account_code_name,
                state=row.state,
            )
            .exclude(pk=row.pk)
            .select_for_update(no_key=True)
            .first()
        )
        if twin is not None:
            for name in AMOUNTS:
                setattr(row, name, getattr(row, name) + getattr(twin, name))
            twin.delete()
        row.save()


register(_TotalsOfCodes("calls.CodeTotal", "account_code_encrypted", lookup="account_code_lookup"))


class UserTotal(_Total):
    """Month x user: the id (:data:`NOBODY` for none) and the name as it was then."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="user_totals", db_index=False
    )
    month = models.DateField()
    # No foreign key: a total stays, under the name, when its user is deleted.
    who = models.UUIDField(default=NOBODY)
    user_name = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=12, choices=TagState.choices)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("month", "user_name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("account", "month", "who", "user_name", "state"), name="user_total_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.month}: {self.calls} of {self.user_name}"


class DayTotal(_Total):
    """Day on which calls started x type x direction x state; what is learned later counts here."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="day_totals", db_index=False
    )
    month = models.DateField()
    day = models.DateField()
    call_type = models.CharField(max_length=24, blank=True)
    direction = models.CharField(max_length=10)
    state = models.CharField(max_length=12, choices=TagState.choices)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("day", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("account", "day", "month", "call_type", "direction", "state"),
                name="day_total_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.day}: {self.calls} {self.call_type}"


class ClosedMonth(Audited):
    """A month whose codes and rates no longer change, with its sums; reopened: no row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="closed_months")
    month = models.DateField()
    # The day after its last one, by the calendar of then.
    ends = models.DateField()
    time_zone = models.CharField(max_length=64)
    closed_at = models.DateTimeField()
    closed_by = models.CharField(max_length=100)
    # Which rates its cost was made with; empty while there are none.
    tariff_version = models.CharField(max_length=64, blank=True)
    calls = models.BigIntegerField()
    seconds = models.BigIntegerField()
    billed_seconds = models.BigIntegerField(default=0, db_default=0)
    cost = MoneyField(default=Decimal(0), db_default=Decimal(0))
    # Empty: nothing was charged then.
    currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    to_assign = models.BigIntegerField()

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("-month",)
        constraints = (
            models.UniqueConstraint(fields=("account", "month"), name="month_closed_once"),
        )

    def __str__(self) -> str:
        return f"{self.month} to {self.ends}"

    def audited(self) -> Values:
        """What it tells for good."""
        names = ("month", "ends", "time_zone", "tariff_version", "currency", *AMOUNTS, "to_assign")
        cost = written(self.cost, self.currency) if self.currency else ""
        return values_of(self, names) | {"cost": cost}


class Adjustment(models.Model):
    """What was learned of a call after its month was closed, and where it is billed instead.

    ``calls``, ``seconds``, ``billed_seconds`` and ``cost`` are added to ``month``'s figures of this
    code and this user; they may be below zero.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="adjustments")
    call = models.ForeignKey(Call, null=True, on_delete=models.SET_NULL, related_name="adjustments")
    of_month = models.DateField()
    month = models.DateField()
    calls = models.IntegerField(default=0)
    seconds = models.IntegerField(default=0)
    billed_seconds = models.IntegerField(default=0, db_default=0)
    cost = MoneyField(default=Decimal(0), db_default=Decimal(0))
    account_code_lookup = models.CharField(max_length=64, blank=True, editable=False)
    account_code_encrypted = models.CharField(max_length=100, blank=True, editable=False)
    account_code_name = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=12, choices=TagState.choices)
    who = models.UUIDField(default=NOBODY)
    user_name = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("at", "pk")
        indexes = (
            models.Index(fields=("account", "month"), name="adjustments_by_month"),
            models.Index(fields=("account", "of_month"), name="adjustments_by_origin"),
        )

    def __str__(self) -> str:
        return f"{self.seconds:+} s of {self.of_month} in {self.month}"


register(
    EncryptedColumn("calls.Adjustment", "account_code_encrypted", lookup="account_code_lookup")
)
