"""Charts as SVG made here: the same on the page and on paper, without a script.

Heights are attributes, not styles: the Content-Security-Policy allows no inline styles.
"""

from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from callmark.calls.lengths import calls_in_words
from callmark.calls.overview import Day
from callmark.local_formats import number
from callmark.policy.values import value_class

_HEIGHT, _STEP, _WIDTH = 96, 10, 7


@value_class
class Bar:
    """One day's bar: what is tagged or needs no code, and on top of it what is to assign."""

    x: int
    y: float
    height: float
    waiting: float
    title: str


@value_class
class Bars:
    """What stands side by side. ``sentence`` says what one sees; ``broad``: the dots it takes."""

    bars: list[Bar]
    width: int
    height: int
    most: int
    sentence: str
    broad: int = 0


def calls_by_day(days: Sequence[Day]) -> Bars:
    """A bar for each day."""
    most = max((day.calls for day in days), default=0)
    bars = [_bar(number, day, most) for number, day in enumerate(days)]
    width = max(1, len(days)) * _STEP
    return Bars(bars, width, _HEIGHT, most, _sentence(days))


def _bar(place: int, day: Day, most: int) -> Bar:
    height = round(_HEIGHT * day.calls / most, 1) if most else 0.0
    waiting = round(_HEIGHT * day.to_assign / most, 1) if most else 0.0
    words = gettext("{weekday}, {day}: {calls}")
    if day.to_assign:
        words = gettext("{weekday}, {day}: {calls}, {waiting} to assign")
    title = words.format(
        weekday=date_format(day.day, "D"),
        day=_day(day),
        calls=calls_in_words(day.calls),
        waiting=number(day.to_assign),
    )
    return Bar(place * _STEP, round(_HEIGHT - height, 1), height, waiting, title)


def _day(day: Day) -> str:
    return date_format(day.day, "MONTH_DAY_FORMAT")


def _sentence(days: Sequence[Day]) -> str:
    busy = [day for day in days if day.calls]
    if not busy:
        return gettext("No calls so far.")
    top = max(busy, key=lambda day: day.calls)
    average = sum(day.calls for day in busy) / len(busy)
    return ngettext(
        "Calls on {days} day, {average} a day on average; most on {weekday}, {day} ({calls}).",
        "Calls on {days} days, {average} a day on average; most on {weekday}, {day} ({calls}).",
        len(busy),
    ).format(
        days=len(busy),
        average=f"{average:.0f}",
        weekday=date_format(top.day, "l"),
        day=_day(top),
        calls=number(top.calls),
    )
