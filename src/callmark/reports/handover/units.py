"""Time as it is billed: rounded up to a unit, and told in hours or minutes. Pure.

ABA Formal Opinion 93-379 lets time be rounded up to a tenth or a quarter of an hour.
"""

from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum

from callmark.policy.texts import Amount, Text


class TimeUnit(IntEnum):
    """What time is rounded up to, in seconds."""

    EXACT = 1
    SIX_SECONDS = 6
    MINUTE = 60
    SIX_MINUTES = 360
    QUARTER_HOUR = 900


UNIT_LABELS = {
    TimeUnit.EXACT: Text("Exact seconds"),
    TimeUnit.SIX_SECONDS: Text("6 seconds"),
    TimeUnit.MINUTE: Text("Minutes"),
    TimeUnit.SIX_MINUTES: Text("6 minutes ({hours} h)", hours=Amount("0.1")),
    TimeUnit.QUARTER_HOUR: Text("15 minutes ({hours} h)", hours=Amount("0.25")),
}

_TEN_THOUSANDTH = Decimal("0.0001")


def rounded_up(seconds: int, unit: TimeUnit) -> int:
    """The seconds that are billed: whole units, each begun one counts."""
    return -(-seconds // unit) * unit


def hours(seconds: int) -> Decimal:
    """Hours, to four decimals; whole units of six minutes and of a quarter are exact in two."""
    return (Decimal(seconds) / 3600).quantize(_TEN_THOUSANDTH, ROUND_HALF_UP)


def rounded(amount: Decimal, decimals: int) -> Decimal:
    """An amount of a line: rounded once, half up, to the decimals of its currency (ISO 4217).

    What is rounded to nothing has no sign: nobody is billed -0.00.
    """
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0


def plain(number: Decimal, places: int = 2) -> str:
    """A number without exponent or group separators, with at least this many decimals."""
    text = f"{number:f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0").ljust(places, "0")
    return f"{whole}.{decimals}" if decimals else whole
