"""The chart of a report: a bar for each of its first lines, and a sentence that says it.

Of days and weeks there is a bar for those without calls, too: a gap is seen as one.
"""

from datetime import date, timedelta

from django.utils.translation import gettext

from callmark.calls.lengths import calls_in_words, clock
from callmark.local_formats import number
from callmark.policy.values import value_class
from callmark.reports.definitions import OVER_TIME, Figures, Key, Line, Part, Report, What
from callmark.reports.words import label_of

MOST_BARS = 62
_STEPS = {What.DAY: 1, What.WEEK: 7}


@value_class
class Picture:
    """``heights`` from 0 to 1; ``titles`` say each bar in words, ``sentence`` all of them."""

    heights: list[float]
    titles: list[str]
    most: int
    sentence: str


def picture_of(report: Report) -> Picture | None:
    """A bar for each of the first lines; None where there are too few to see anything."""
    lines = _bars(report)
    by_talk = any(line.figures.seconds for line in lines)
    values = [line.figures.seconds if by_talk else line.figures.calls for line in lines]
    most = max(values, default=0)
    if len(lines) < 2 or most <= 0:
        return None
    names = [label_of(report, line)[0] for line in lines]
    titles = [
        gettext("{name}: {figure}").format(
            name=name, figure=_in_words(max(0, value), by_talk=by_talk)
        )
        for name, value in zip(names, values, strict=True)
    ]
    sentence = _sentence(report, names, values, by_talk=by_talk)
    return Picture([max(0, value) / most for value in values], titles, most, sentence)


def _bars(report: Report) -> list[Line]:
    lines = list(report.lines[:MOST_BARS])
    if report.definition.what not in OVER_TIME:
        return lines
    lines.sort(key=lambda line: line.key.value)
    step = _STEPS.get(report.definition.what)
    if len(lines) < 2 or step is None or report.count > len(lines):
        return lines
    days = _days(report, [date.fromisoformat(line.key.value) for line in lines], step)
    found = {line.key.value: line for line in lines}
    empty = {day: Line(Key(Part.ONE, day), day, Figures()) for day in days if day not in found}
    return [found.get(day) or empty[day] for day in days] if len(days) <= MOST_BARS else lines


def _days(report: Report, known: list[date], step: int) -> list[str]:
    """The first day of each day or week of the period, up to when the report was made."""
    first, last = known[0], known[-1]
    while report.period.first and first > report.period.first:
        first -= timedelta(step)
    # Not today, which has only begun, unless it has calls.
    so_far = min(report.period.last or last, report.made_at.date() - timedelta(1))
    count = (max(last, so_far) - first).days // step + 1
    return [(first + timedelta(step * number)).isoformat() for number in range(count)]


def _in_words(value: int, *, by_talk: bool) -> str:
    if by_talk:
        return gettext("{length} of talk").format(length=clock(value))
    return calls_in_words(value)


def _sentence(report: Report, names: list[str], values: list[int], *, by_talk: bool) -> str:
    top = max(range(len(values)), key=values.__getitem__)
    total = report.total.seconds if by_talk else report.total.calls
    figure = clock(values[top]) if by_talk else number(values[top])
    if total > 0:
        figure = gettext("{figure}, {share}% of all").format(
            figure=figure, share=round(100 * values[top] / total)
        )
    bars = gettext("A bar for each of the {count}")
    if report.count > len(values):
        bars = gettext("A bar for each of the first {count}")
    if by_talk:
        words = gettext("{bars}: {name} has the most talk ({figure}).")
    else:
        words = gettext("{bars}: {name} has the most calls ({figure}).")
    return words.format(bars=bars.format(count=len(values)), name=names[top], figure=figure)
