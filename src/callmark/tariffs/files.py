"""Rates from and to a CSV file: all of them, or what is wrong with which line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext

from callmark.codes.lines import DELIMITERS, BadLine, UnreadableFile, cells_of, is_blank, lines_of
from callmark.codes.row_problems import RowProblem
from callmark.csv_files import FOR_PROGRAMS, CsvForm
from callmark.local_formats import number as count
from callmark.policy.rating import Rate
from callmark.tariffs.services import MOST_RATES
from callmark.tariffs.texts import FIELDS, read_rate, write_rate

COLUMNS = {"label": "name", "call_type": "type", "weekdays": "days", "begins": "from", "ends": "to"}
HEADINGS = {name: COLUMNS.get(name, name) for name in FIELDS}
"""The heading of each field's column, in order."""
_NAMES = {heading: name for name, heading in HEADINGS.items()} | {
    "label": "label",
    "destination": "label",
    "call_type": "call_type",
    "rate": "price",
    "price_per_minute": "price",
    "increment": "block_seconds",
}
MAX_BYTES = 4_000_000


@dataclass(slots=True)
class RateList:
    """What a file says. Its rates may be used only where there are no problems."""

    rates: list[Rate] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)


def read_csv(data: bytes) -> RateList:
    """The rates of a file: its first line names the columns, in any order.

    Between commas, semicolons or tabs; columns as in :data:`HEADINGS`, all but the price may be
    left out.
    """
    found = RateList()
    try:
        _read(data, found)
    except UnreadableFile as problem:
        found.problems.append(RowProblem(problem.line, "", problem.message))
    return found


def _read(data: bytes, found: RateList) -> None:
    lines = ((number, text) for number, text in lines_of(data) if not is_blank(text))
    number, first = next(lines, (1, ""))
    delimiter = max(DELIMITERS, key=(first or "").count)
    names = [_name(cell) for cell in cells_of(first or "", delimiter)]
    if "price" not in names and "first_price" not in names:
        message = gettext("Begin with a line that names the columns, such as: {example}").format(
            example=_EXAMPLE
        )
        raise UnreadableFile(number, message)
    for place, name in enumerate(names, start=1):
        if not name or names.count(name) > 1:
            headings = ", ".join(HEADINGS.values())
            message = gettext("Column {place} is none of these, or is there twice: {headings}.")
            raise UnreadableFile(number, message.format(place=place, headings=headings))
    for number, text in lines:
        if len(found.rates) == MOST_RATES:
            raise UnreadableFile(
                number, gettext("Send at most {most} rates.").format(most=count(MOST_RATES))
            )
        _line(number, text, names, delimiter, found)


_EXAMPLE = "name,prefix,type,price"


def _name(heading: str) -> str:
    return _NAMES.get(heading.strip().lower().replace(" ", "_"), "")


def _line(number: int, text: str | None, names: list[str], delimiter: str, found: RateList) -> None:
    try:
        cells = cells_of(text or "", delimiter)
    except BadLine as problem:
        found.problems.append(RowProblem(number, "", problem.message))
        return
    if len(cells) > len(names) and any(cells[len(names) :]):
        found.problems.append(
            RowProblem(
                number,
                "",
                gettext("Write {count} columns, as in the first line.").format(count=len(names)),
            )
        )
        return
    values = {name: cell.removeprefix("'") for name, cell in zip(names, cells, strict=False)}
    rate, problems = read_rate(values)
    found.problems += [
        RowProblem(number, HEADINGS.get(one.field, ""), one.message) for one in problems
    ]
    if rate is not None:
        found.rates.append(rate)


def write_csv(rates: Iterable[Rate], form: CsvForm = FOR_PROGRAMS) -> Iterator[str]:
    """The rates as :func:`read_csv` reads them, line by line."""
    yield form.line(HEADINGS.values())
    for rate in rates:
        yield form.lines([[_cell(*one, rate, form) for one in write_rate(rate).items()]])


def _cell(name: str, text: str, rate: Rate, form: CsvForm) -> str:
    is_amount = isinstance(getattr(rate, name), Decimal)
    return form.figure(text) if is_amount else form.text(text)
