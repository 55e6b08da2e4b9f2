"""The chart of a report: SVG made here, a bar for each line, and a sentence that says it.

Heights are attributes, not styles: the Content-Security-Policy allows no inline styles.
"""

from callmark.calls.lengths import clock
from callmark.portal.charts import Bar, Bars
from callmark.portal.reports.shown import label_of
from callmark.reports.definitions import OVER_TIME, Report

_HEIGHT, _STEP = 96, 10
MOST_BARS = 62


def chart_of(report: Report) -> Bars | None:
    """A bar for each of the first lines; None where there are too few to see anything."""
    lines = list(report.lines[:MOST_BARS])
    if report.definition.what in OVER_TIME:
        lines.sort(key=lambda line: line.key.value)
    by_talk = any(line.figures.seconds for line in lines)
    values = [line.figures.seconds if by_talk else line.figures.calls for line in lines]
    most = max(values, default=0)
    if len(lines) < 2 or most <= 0:
        return None
    names = [label_of(report, line)[0] for line in lines]
    bars = [
        _bar(number, max(0, value), most, f"{name}: {_in_words(value, by_talk=by_talk)}")
        for number, (name, value) in enumerate(zip(names, values, strict=True))
    ]
    sentence = _sentence(report, names, values, by_talk=by_talk)
    return Bars(bars, len(bars) * _STEP, _HEIGHT, most, sentence)


def _bar(number: int, value: int, most: int, title: str) -> Bar:
    height = round(_HEIGHT * value / most, 1)
    return Bar(number * _STEP, round(_HEIGHT - height, 1), height, 0, title)


def _in_words(value: int, *, by_talk: bool) -> str:
    return f"{clock(value)} of talk" if by_talk else f"{value:,} calls"


def _sentence(report: Report, names: list[str], values: list[int], *, by_talk: bool) -> str:
    top = max(range(len(values)), key=values.__getitem__)
    total = report.total.seconds if by_talk else report.total.calls
    share = f", {round(100 * values[top] / total)} % of all" if total > 0 else ""
    word = "talk" if by_talk else "calls"
    lines = "the first" if report.count > len(values) else "all"
    return (
        f"A bar for each of {lines} {len(values)}: the most {word} has {names[top]} "
        f"({_in_words(values[top], by_talk=by_talk)}{share})."
    )
