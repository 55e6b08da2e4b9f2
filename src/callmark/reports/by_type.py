"""A line for each call type, or for each number that was called or that called."""

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any, ClassVar

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Collate
from django.utils.translation import gettext

from callmark.calls.models import OTHER_PARTY, Call, CallTypeChoice, CountedCall, Direction
from callmark.reports.definitions import Figures, Key, Line, Part
from callmark.reports.reading import Folded, Reading, Row, figures_in, sums_for

_TYPES = dict(CallTypeChoice.choices)
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
        other = OTHER_PARTY if calls.model is Call else _party()
        rows: QuerySet[Any] = calls.annotate(other=other)
        return rows

    @cached_property
    def _of_days(self) -> Figures | None:
        """The figures of all lines, from totals; None: they cannot tell, or know of other calls."""
        days = self.selection.day_totals()
        is_month = self.rows.model is CountedCall and self.selection.month is not None
        if days is None or not (is_month and self.selection.all_on_record):
            return None
        return figures_in(days.aggregate(**sums_for(days, self.selection)))

    def total(self) -> Figures:
        """The figures of all lines: if those are not wanted, from totals that can tell."""
        is_known = self._told is not None or self._every is not None
        return super().total() if is_known or self._of_days is None else self._of_days

    def figures(self, keys: Collection[Key]) -> dict[Key, Figures]:
        """The figures of these lines; where totals tell the sums of all, other calls are let be."""
        if self._of_days is None:
            return super().figures(keys)
        mine = self.rows.filter(self.only(keys))
        found = mine.values(*self.by).annotate(**sums_for(mine, self.selection)).order_by()
        return {self.key(row): figures_in(row) for row in found}

    def key(self, row: Row) -> Key:
        """The number."""
        return Key(Part.ONE, row["other"])

    def only(self, keys: Collection[Key]) -> Q:
        """These numbers."""
        return Q(other__in=[key.value for key in keys])

    def called(self, rows: list[Row]) -> Iterable[Line]:
        """The number as the switch knows it."""
        for row in rows:
            yield Line(self.key(row), row["other"] or gettext("Unknown"), figures_in(row))


def _party() -> Any:  # noqa: ANN401
    """The number, compared byte by byte: by a language's rules, which make the same groups of a
    million of them, PostgreSQL takes a tenth longer."""
    return Collate(F("party"), "C") if connection.vendor == "postgresql" else F("party")
