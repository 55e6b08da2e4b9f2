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

from callmark.reports.handover.units import rounded
from callmark.reports.handover.values import BilledCall, Matter


def basis(currency: str, decimals: int) -> str:
    """How a bill says so, where rates have more decimals than their currency."""
    how = {0: f"in whole {currency}", 2: "in whole cents"}
    lines = how.get(decimals, f"to {decimals} decimals")
    return f"Lines are {lines}, shared out so that they add up to the exact total, rounded once."


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
