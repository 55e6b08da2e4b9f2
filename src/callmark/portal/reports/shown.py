"""A report as a page shows it: names in words, each figure with the link to its calls."""

from decimal import Decimal
from urllib.parse import urlencode

from django.utils.translation import gettext, pgettext

from callmark.keys.installed import keyring
from callmark.policy.values import value_class
from callmark.portal.pages import Here
from callmark.portal.reports.links import calls_of_line
from callmark.reports.definitions import (
    Column,
    Kind,
    Line,
    Part,
    Report,
    change_in_percent,
)
from callmark.reports.words import label_of


@value_class
class Cell:
    """A figure. ``value`` is None where there is none; ``currency`` is that of the report."""

    kind: Kind
    value: int | Decimal | None
    currency: str


@value_class
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


@value_class
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


def share_head(report: Report) -> Head:
    """That of each line's part of all talk: in the order of it."""
    return _head(report, Column("seconds", gettext("Share"), Kind.PERCENT))


def change_head(report: Report) -> Head:
    """That of how much more or less was talked than in the period before."""
    return _head(report, Column("change", pgettext("of figures", "Change"), Kind.PERCENT))


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
