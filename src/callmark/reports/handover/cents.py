"""The one place that brings what lines cost to the cent. Pure.

A tariff may rate to six decimals. Each line bears the cents by which the exact sum so far, rounded
half up, has grown: so the lines of a code add up to its exact total, rounded once, none is a cent
off its exact cost, and many calls of less than half a cent are still paid for. It holds line after
line, so that a month needs no memory; and statement, invoice and every other file tell the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from callmark.reports.handover.units import to_cents
from callmark.reports.handover.values import BilledCall, Matter

BASIS = "Lines are in whole cents, shared out so that they add up to the exact total, rounded once."
"""How a bill says so, where rates have more decimals."""


def in_cents(lines: Iterable[BilledCall]) -> Iterator[BilledCall]:
    """The lines, each with what it bears of its code's total; those without a cost as they are."""
    exact: defaultdict[Matter, Decimal] = defaultdict(Decimal)
    for one in lines:
        if one.cost is None:
            yield one
            continue
        before = exact[one.matter]
        exact[one.matter] = before + one.cost
        yield replace(one, cost=to_cents(exact[one.matter]) - to_cents(before))
