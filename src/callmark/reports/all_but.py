"""A month's lines by its totals, less the calls that are not asked for.

Of all codes but one, or of calls of a minute and longer, most of a month are asked for. To put a
million calls into 100,000 groups is nearly all of the work; the totals have done it already, and
only the others are left to be counted.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import F, Q, QuerySet

from callmark.calls.models import Adjustment
from callmark.reports.definitions import Figures
from callmark.reports.reading import OF_A_TOTAL, Row, figures_in, sums_for
from callmark.reports.selection import Selection

Narrowed = Callable[[QuerySet[Any]], QuerySet[Any]]


def left(every: Figures, rest: Figures) -> Figures:
    """What is left without the rest: of no call nothing is known, as where there has been none."""
    found = every - rest
    return found if found.calls else Figures()


class AllBut:
    """``totals`` are all that the month has, ``grouped`` gives each row the columns of ``by``."""

    def __init__(
        self, selection: Selection, totals: QuerySet[Any], by: tuple[str, ...], grouped: Narrowed
    ) -> None:
        assert selection.left_out is not None
        self._selection, self._by, self._grouped = selection, by, grouped
        self.rest = grouped(selection.left_out)
        self._sums = sums_for(selection.left_out, selection)
        learned = Adjustment.objects.of(selection.account).order_by()
        month = selection.billed_in
        self._known = (
            (1, grouped(totals)),
            # Reports with filters tell of these in a line of their own.
            (-1, grouped(learned.filter(month=month))),
            (1, grouped(learned.filter(of_month=month))),
        )

    def groups(self) -> tuple[str, Sequence[Any]]:
        """SQL of the groups that are left, with their sums, and its arguments."""
        of_rest: QuerySet[Any, Row] = self.rest.values(*self._by).annotate(**self._sums)
        parts: list[str] = []
        arguments: list[Any] = []
        for sign, rows in (
            *((sign, self._as_they_are(rows)) for sign, rows in self._known),
            (-1, of_rest),
        ):
            sql, of_it = rows.order_by().query.sql_with_params()
            added = ", ".join(f"{sign} * {name} AS {name}" for name in self._sums)
            parts.append(f"SELECT {', '.join(self._by)}, {added} FROM ({sql}) part")  # noqa: S608 (our own names)
            arguments += of_it
        by = ", ".join(self._by)
        sums = ", ".join(f"CAST(SUM({name}) AS BIGINT) AS {name}" for name in self._sums)
        return (
            f"SELECT {by}, {sums} FROM ({' UNION ALL '.join(parts)}) parts "  # noqa: S608
            f"GROUP BY {by} HAVING SUM(n) > 0"
        ), arguments

    def _as_they_are(self, rows: QuerySet[Any]) -> QuerySet[Any, Row]:
        told = {name: F(OF_A_TOTAL[name]) for name in self._sums}
        raw: QuerySet[Any, Row] = rows.values(*self._by, **told)
        return raw

    def figures(self, mine: Q) -> dict[tuple[Any, ...], Figures]:
        """Of the groups that ``mine`` is true of: what totals and adjustments know of them."""
        found: dict[tuple[Any, ...], Figures] = {}
        for sign, rows in self._known:
            sums = sums_for(rows, self._selection)
            for row in rows.filter(mine).values(*self._by).annotate(**sums).order_by():
                key, one = tuple(row[name] for name in self._by), figures_in(row)
                was = found.get(key, Figures())
                found[key] = was + one if sign > 0 else was - one
        return found
