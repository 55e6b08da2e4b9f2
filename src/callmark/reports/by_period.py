"""A line for each day, week or month in which calls started."""

from datetime import date, timedelta
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet

from callmark.calls.calendars import calendar_of
from callmark.reports.definitions import Key, Line, Part
from callmark.reports.reading import Folded, Row
from callmark.reports.selection import Selection


class ByDay(Folded):
    """By the account's day; ``label`` is 2026-11-23, in the reader's words on a page."""

    by: ClassVar = ("day",)

    def __init__(self, selection: Selection) -> None:
        super().__init__(selection)
        self._calendar = calendar_of(selection.account)

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """Totals by day, or the calls."""
        totals = self.selection.day_totals()
        rows: QuerySet[Any] = self.selection.each() if totals is None else totals
        return rows.exclude(day=None)

    def first_day(self, day: date) -> date:
        """The first day of what a day belongs to."""
        return day

    def key(self, row: Row) -> Key:
        """By the first day."""
        return Key(Part.ONE, self.first_day(row["day"]).isoformat())

    def label(self, key: Key) -> str:
        """The first day."""
        return key.value

    def place(self, line: Line) -> str:
        """In the order of time."""
        return line.key.value


class ByWeek(ByDay):
    """Weeks begin on Monday (ISO 8601)."""

    def first_day(self, day: date) -> date:
        """Its Monday."""
        return day - timedelta(days=day.weekday())


class ByMonth(ByDay):
    """The account's months, which begin on its billing day."""

    def first_day(self, day: date) -> date:
        """The first day of its month."""
        return self._calendar.month_of(day).first
