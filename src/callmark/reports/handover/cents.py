"""The one place that brings what lines cost to the cent, or what a currency has for it. Pure.

A tariff may rate to six decimals. Each line bears the cents by which the exact sum so far, rounded
half up, has grown: so the lines of a code add up to its exact total, rounded once, none is a cent
off its exact cost, and many calls of less than half a cent are still paid for. It holds line after
line, so that a month needs no memory; and statement, invoice and every other file tell the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from callmark.policy.texts import Text
from callmark.reports.handover.units import rounded
from callmark.reports.handover.values import BilledCall, Matter


def basis(currency: str, decimals: int) -> Text:
    """How a bill says so, where rates have more decimals than their currency."""
    if decimals == 0:
        return Text(
            "Lines are in whole {currency}, shared out so that they add up to the exact total, "
            "rounded once.",
            currency=currency,
        )
    if decimals == 2:
        return Text(
            "Lines are in whole cents, shared out so that they add up to the exact total, "
            "rounded once."
        )
    return Text(
        "Lines are to {decimals} decimals, shared out so that they add up to the exact total, "
        "rounded once.",
        decimals=decimals,
    )


def in_cents(lines: Iterable[BilledCall]) -> Iterator[BilledCall]:
    """The lines, each with what it bears of its code's total; those without a cost as they are."""
    exact: defaultdict[Matter, Decimal] = defaultdict(Decimal)
    for one in lines:
        if one.cost is None:
            yield one
            continue
        before = exact[one.matter]
        exact[one.matter] = before + one.cost
        now = rounded(exact[one.matter], one.decimals)
        yield replace(one, cost=now - rounded(before, one.decimals))
