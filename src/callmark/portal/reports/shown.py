"""A report as a page shows it: names in words, each figure with the link to its calls."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.utils.formats import date_format

from callmark.accounts.models import User
from callmark.calls.models import CallTypeChoice, Direction
from callmark.calls.parties import international
from callmark.calls.periods import Month, Period, Preset
from callmark.keys.installed import keyring
from callmark.portal.forms.calls import in_minutes
from callmark.portal.history.chips import period_in_words
from callmark.portal.pages import Here
from callmark.portal.reports.links import calls_of_line, names_of_codes
from callmark.reports.definitions import (
    OVER_TIME,
    Column,
    Definition,
    Kind,
    Line,
    Part,
    Report,
    What,
    change_in_percent,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure. ``value`` is None where there is none; ``currency`` is that of the report."""

    kind: Kind
    value: int | Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line. ``calls`` is the query of its calls; '' where they cannot be listed."""

    label: str
    country: str
    digits: str
    cells: list[Cell]
    share: int
    change: int | None
    compared: bool
    calls: str
    to_assign: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A column's title. ``sort`` is the query that sorts by it; ``direction`` as ARIA has it."""

    title: str
    kind: Kind
    sort: str
    direction: str


def shown_lines(report: Report, here: Here) -> list[ShownLine]:
    """The lines that are asked for."""
    return [_shown(report, line, here) for line in report.lines]


def shown_rest(report: Report, here: Here) -> list[ShownLine]:
    """What stands below them."""
    return [_shown(report, line, here) for line in report.rest]


def shown_total(report: Report) -> list[Cell]:
    """The figures of all."""
    return [
        Cell(one.kind, getattr(report.total, one.name), report.currency)
        for one in report.columns
        if one.kind is not Kind.TEXT
    ]


def heads(report: Report) -> list[Head]:
    """The columns, each with the link that sorts by it; what is sorted by is turned around."""
    return [_head(report, column) for column in report.columns]


def _head(report: Report, column: Column) -> Head:
    asked, name = report.definition, column.name
    first = name if column.kind is Kind.TEXT else f"-{name}"
    now = asked.order
    turned = name if now == f"-{name}" else f"-{name}"
    sort = turned if now.removeprefix("-") == name else first
    direction = ""
    if now.removeprefix("-") == name:
        direction = "descending" if now.startswith("-") else "ascending"
    words = {**asked.asked(), "sort": sort}
    return Head(column.title, column.kind, urlencode(words), direction)


def _shown(report: Report, line: Line, here: Here) -> ShownLine:
    label, country = label_of(report, line)
    shows_digits = line.code_encrypted and here.may_see_codes
    total = report.total.seconds or report.total.calls
    before = line.before
    now = line.figures.seconds or line.figures.calls
    return ShownLine(
        label=label,
        country=country,
        digits=keyring().decrypt(line.code_encrypted) if shows_digits else "",
        cells=[
            Cell(one.kind, getattr(line.figures, one.name), report.currency)
            for one in report.columns
            if one.kind is not Kind.TEXT
        ],
        share=round(100 * report.share(line)) if total else 0,
        change=change_in_percent(line.figures.seconds, before.seconds) if before else None,
        compared=before is not None and bool(now or before.seconds),
        calls=calls_of_line(report, line),
        to_assign=line.key.part is Part.TO_ASSIGN,
    )


def label_of(report: Report, line: Line) -> tuple[str, str]:
    """How a line is called in the reader's words, and the country of a number."""
    what = report.definition.what
    if line.key.part is not Part.ONE:
        return line.label, ""
    if what in OVER_TIME:
        return _day_in_words(what, date.fromisoformat(line.key.value)), ""
    if what is What.NUMBER and line.label.startswith("+"):
        return international(line.label)
    return line.label, ""


def _day_in_words(what: What, day: date) -> str:
    if what is What.MONTH and day.day == 1:
        return date_format(day, "YEAR_MONTH_FORMAT")
    if what is What.DAY:
        return f"{date_format(day, 'D')}, {date_format(day)}"
    return date_format(day)


def period_of_report(period: Period) -> str:
    """'October 2026' for a month that begins on the first, else the days."""
    first = period.first
    if first and first.day == 1 and Month(first).last == period.last:
        return date_format(first, "YEAR_MONTH_FORMAT")
    own = Period(Preset.CUSTOM, period.first, period.last, period.since, period.until)
    return period_in_words(own)


def about(asked: Definition, here: Here) -> Iterator[tuple[str, str]]:
    """Every filter of a report, in words."""
    words = asked.asked()
    if "codes" in words:
        yield "Account codes", names_of_codes(here.account, words["codes"])
    if asked.user:
        user = User.objects.of(here.account).filter(pk=asked.user).first()
        yield "User", user.name if user else "?"
    if asked.number:
        yield "Number", asked.number
    if asked.at_least is not None:
        yield "At least", in_minutes(asked.at_least)
    if asked.at_most is not None:
        yield "At most", in_minutes(asked.at_most)
    if asked.call_type:
        yield "Call type", str(CallTypeChoice(asked.call_type).label)
    if asked.direction:
        yield "Direction", str(Direction(asked.direction).label)
