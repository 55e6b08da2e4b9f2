"""A line for each call type, or for each number that was called or that called."""

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from callmark.calls.models import OTHER_PARTY, CallTypeChoice, Direction
from callmark.reports.definitions import Figures, Key, Line, Part
from callmark.reports.reading import Folded, Reading, Row, figures_in, sums_for

_TYPES = {str(one.value): str(one.label) for one in CallTypeChoice}
_DIRECTIONS = {str(one.value): str(one.label) for one in Direction}


class ByType(Folded):
    """By the type of what was dialed; calls without one, as those that came in, by direction."""

    by: ClassVar = ("call_type", "direction")

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """Totals by day, or the calls."""
        totals = self.selection.day_totals()
        return self.selection.calls() if totals is None else totals

    def key(self, row: Row) -> Key:
        """The type, or the direction."""
        if row["call_type"]:
            return Key(Part.ONE, row["call_type"])
        return Key(Part.ONE, "", row["direction"])

    def label(self, key: Key) -> str:
        """In words."""
        return _TYPES.get(key.value, key.value) or _DIRECTIONS.get(key.more, key.more)


class ByNumber(Reading):
    """By the whole number, which no total knows: from the calls."""

    by: ClassVar = ("party",)
    name: ClassVar = "party"

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """The calls."""
        return self.selection.calls().annotate(party=OTHER_PARTY)

    def total(self) -> Figures:
        """The figures of all lines: if those are not wanted, from totals that can tell."""
        days = self.selection.day_totals() if self._told is None else None
        if days is None:
            return super().total()
        return figures_in(days.aggregate(**sums_for(days, self.selection)))

    def key(self, row: Row) -> Key:
        """The number."""
        return Key(Part.ONE, row["party"])

    def only(self, keys: Collection[Key]) -> Q:
        """These numbers."""
        return Q(party__in=[key.value for key in keys])

    def called(self, rows: list[Row]) -> Iterable[Line]:
        """The number as the switch knows it."""
        for row in rows:
            yield Line(self.key(row), row["party"] or "Unknown", figures_in(row))
