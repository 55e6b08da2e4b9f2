"""Amounts of money in the database: exact, also when a million of them are added up.

SQLite adds decimals as binary fractions, and loses cents. So an amount is stored as a whole number
of millionths of its currency, and is a :class:`~decimal.Decimal` everywhere else.
"""

from decimal import Decimal
from typing import Any

from django.db import models

DECIMALS = 6
"""The most that a tariff rounds to."""
MOST = Decimal(10**9)
"""No single price or amount is that high."""


def stored(amount: Decimal | int) -> int:
    """The whole number that stands for an amount. Raises :class:`ValueError` if none does."""
    scaled = Decimal(amount).scaleb(DECIMALS)
    if scaled != (whole := int(scaled)):
        raise ValueError("an amount has at most six decimals")
    return whole


def read(whole: Any) -> Decimal:  # noqa: ANN401
    """The amount that a whole number stands for, which may be a sum; None is nothing."""
    return Decimal(int(whole or 0)).scaleb(-DECIMALS)


def as_text(amount: Decimal, least: int = 2) -> str:
    """As programs read it: 1204.50, with so many decimals at least, and all that it has."""
    digits = -int(amount.normalize().as_tuple().exponent) if amount else 0
    return f"{amount:.{max(least, digits)}f}"


class MoneyField(models.BigIntegerField):  # type: ignore[type-arg]
    """An amount as a Decimal, of a currency that is known otherwise."""

    def get_prep_value(self, value: Any) -> Any:  # noqa: ANN401
        """What is stored."""
        return stored(value) if isinstance(value, int | Decimal) else super().get_prep_value(value)

    def to_python(self, value: Any) -> Any:  # noqa: ANN401
        """What a form or a fixture holds."""
        return value if value is None else Decimal(value)

    def from_db_value(self, value: Any, *_: object) -> Decimal | None:  # noqa: ANN401
        """What was stored, or is the sum of what was."""
        return None if value is None else read(value)
