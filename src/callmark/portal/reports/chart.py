"""The chart of a report: SVG made here, a bar for each line, and a sentence that says it.

Heights are attributes, not styles: the Content-Security-Policy allows no inline styles.
"""

from callmark.portal.charts import Bar, Bars
from callmark.reports.definitions import Report
from callmark.reports.pictures import picture_of

_HEIGHT, _STEP, _BETWEEN = 96, 10, 3
_BROADEST = 72
"""Dots of the page that a bar and what is between two take at most."""


def chart_of(report: Report) -> Bars | None:
    """A bar for each of the first lines; None where there are too few to see anything."""
    found = picture_of(report)
    if found is None:
        return None
    bars = [
        _bar(number, part, title)
        for number, (part, title) in enumerate(zip(found.heights, found.titles, strict=True))
    ]
    width, broad = len(bars) * _STEP - _BETWEEN, len(bars) * _BROADEST
    return Bars(bars, width, _HEIGHT, found.most, found.sentence, broad)


def _bar(number: int, part: float, title: str) -> Bar:
    height = round(_HEIGHT * part, 1)
    return Bar(number * _STEP, round(_HEIGHT - height, 1), height, 0, title)
