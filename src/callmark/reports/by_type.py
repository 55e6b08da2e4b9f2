"""A line for each call type, or for each number that was called or that called."""

from collections.abc import Collection, Iterable
from functools import cached_property
from itertools import chain
from typing import Any, ClassVar

from django.db.models import F, Q, QuerySet
from django.db.models.lookups import Exact
from django.utils.translation import gettext

from callmark.calls.models import OTHER_PARTY, Call, CallTypeChoice, Direction
from callmark.reports.definitions import Figures, Key, Line, Part
from callmark.reports.reading import Folded, Reading, Row, figures_in, sums_for

_TYPES = dict(CallTypeChoice.choices)
_FEW = 200
"""Numbers that are looked up one by one."""
_DIRECTIONS = dict(Direction.choices)


class ByType(Folded):
    """By the type of what was dialed; calls without one, as those that came in, by direction."""

    by: ClassVar = ("call_type", "direction")

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """Totals by day, or the calls."""
        totals = self.selection.day_totals()
        return self.selection.each() if totals is None else totals

    def key(self, row: Row) -> Key:
        """The type, or the direction."""
        if row["call_type"]:
            return Key(Part.ONE, row["call_type"])
        return Key(Part.ONE, "", row["direction"])

    def label(self, key: Key) -> str:
        """In words."""
        return str(_TYPES.get(key.value, key.value) or _DIRECTIONS.get(key.more, key.more))


class ByNumber(Reading):
    """By the whole number, which no total knows: from the calls."""

    by: ClassVar = ("other",)
    name: ClassVar = "other"

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """The calls."""
        calls = self.selection.each()
        return self._in_full if calls.model is Call else calls.annotate(other=F("party"))

    @property
    def _in_full(self) -> QuerySet[Call]:
        return self.selection.calls().annotate(other=OTHER_PARTY)

    def total(self) -> Figures:
        """The figures of all lines: if those are not wanted, from totals that can tell."""
        days = self.selection.day_totals() if self._told is None else None
        if days is None:
            return super().total()
        return figures_in(days.aggregate(**sums_for(days, self.selection)))

    def key(self, row: Row) -> Key:
        """The number."""
        return Key(Part.ONE, row["other"])

    def figures(self, keys: Collection[Key]) -> dict[Key, Figures]:
        """The figures of these lines: of few numbers as an index of numbers finds their calls."""
        period, numbers = self.selection.period, sorted({key.value for key in keys})
        if len(numbers) > _FEW or period.since is None or period.until is None:
            return super().figures(keys)
        within = self._in_full.filter(started_at__gte=period.since, started_at__lt=period.until)
        # One by one: for all of them at once PostgreSQL would go through the whole month.
        parts = [within.filter(Exact(OTHER_PARTY, one)) for one in numbers]
        if self.selection.month is not None:
            # Few are billed in a month that they did not start in; an index knows them by that.
            parts.append(self._in_full.filter(started_at__lt=period.since))
            parts.append(self._in_full.filter(started_at__gte=period.until))
        found: dict[Key, Figures] = {}
        for row in chain.from_iterable(map(self._grouped, parts)):
            if (key := self.key(row)) in keys:
                found[key] = found.get(key, Figures()) + figures_in(row)
        return found

    def only(self, keys: Collection[Key]) -> Q:
        """These numbers."""
        return Q(other__in=[key.value for key in keys])

    def called(self, rows: list[Row]) -> Iterable[Line]:
        """The number as the switch knows it."""
        for row in rows:
            yield Line(self.key(row), row["other"] or gettext("Unknown"), figures_in(row))
