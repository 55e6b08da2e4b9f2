"""The chart of a report: a bar for each of its first lines, and a sentence that says it."""

from dataclasses import dataclass

from callmark.calls.lengths import clock
from callmark.reports.definitions import OVER_TIME, Report
from callmark.reports.words import label_of

MOST_BARS = 62


@dataclass(frozen=True, slots=True)
class Picture:
    """``heights`` from 0 to 1; ``titles`` say each bar in words, ``sentence`` all of them."""

    heights: list[float]
    titles: list[str]
    most: int
    sentence: str


def picture_of(report: Report) -> Picture | None:
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
    titles = [
        f"{name}: {_in_words(max(0, value), by_talk=by_talk)}"
        for name, value in zip(names, values, strict=True)
    ]
    sentence = _sentence(report, names, values, by_talk=by_talk)
    return Picture([max(0, value) / most for value in values], titles, most, sentence)


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
