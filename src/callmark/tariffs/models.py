"""Stored tariffs. A version is written once and never changed: an edit makes the next one."""

import uuid
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.currencies import CURRENCIES
from callmark.accounts.models import Account
from callmark.audit.audited import Audited, Values, values_of
from callmark.managers import AccountManager
from callmark.money import DECIMALS
from callmark.policy import rating
from callmark.tariffs.stored_rates import rates_of

NAME_LENGTH = 60


def check_currency(value: str) -> None:
    """Refuse what is no currency."""
    if value not in CURRENCIES:
        raise ValidationError(
            gettext("Choose a currency by its three letters, such as USD or EUR.")
        )


class RoundingChoice(models.TextChoices):
    """How amounts are rounded, in the portal's words."""

    HALF_UP = rating.Rounding.HALF_UP.value, gettext_lazy("To the nearest")
    UP = rating.Rounding.UP.value, gettext_lazy("Up")


class Tariff(Audited):
    """One version of an account's rates; of no account: the operator's, for all in its currency.

    Its rates are always read whole, and never change: they are one value,
    :mod:`callmark.tariffs.stored_rates`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        Account, null=True, on_delete=models.CASCADE, related_name="tariffs"
    )
    # From 1 in an account; the operator's in each currency.
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=NAME_LENGTH)
    currency = models.CharField(max_length=3, validators=[check_currency])
    # The first day, in the account's time zone, whose calls it is for; null: all before, too.
    valid_from = models.DateField(null=True, blank=True)
    decimals = models.PositiveSmallIntegerField(
        default=2,
        validators=[
            MaxValueValidator(
                DECIMALS, format_lazy(gettext_lazy("Use 0 to {most} decimals."), most=DECIMALS)
            )
        ],
    )
    rounding = models.CharField(
        max_length=8, choices=RoundingChoice.choices, default=RoundingChoice.HALF_UP
    )
    # In percent. ABA Formal Opinion 93-379: a law firm passes on what calls cost, no more.
    mark_up = models.DecimalField(
        max_digits=6,
        decimal_places=2,
        default=0,
        validators=[
            MinValueValidator(0, gettext_lazy("A mark-up is not below zero.")),
            MaxValueValidator(1000, gettext_lazy("Use at most 1000 %.")),
        ],
    )
    rates = models.JSONField(default=list, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.CharField(max_length=100)

    objects: ClassVar[AccountManager[Self]] = AccountManager()

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("account", "number"), name="tariff_version_once"),
            models.UniqueConstraint(
                fields=("currency", "number"),
                condition=models.Q(account=None),
                name="operators_tariff_version_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}, version {self.number}"

    @property
    def version(self) -> str:
        """How bills and closed months call it."""
        return f"{self.number}" if self.account_id else f"operator {self.currency} {self.number}"

    @property
    def value(self) -> rating.Tariff:
        """The stored tariff as the policy's value."""
        return rating.Tariff(
            version=self.version,
            currency=self.currency,
            rates=rates_of(self.rates),
            decimals=self.decimals,
            rounding=rating.Rounding(self.rounding),
            mark_up=self.mark_up,
        )

    def audited(self) -> Values:
        """All but the rates, which the version itself tells for good: how many there are."""
        names = ("number", "name", "currency", "valid_from", "decimals", "rounding", "mark_up")
        return values_of(self, names) | {"rates": len(self.rates), "mark_up": str(self.mark_up)}
