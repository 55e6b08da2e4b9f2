"""A CSV of one's own: its columns, said in a small language, and its lines. Pure.

A column is a line ``Header = text`` in which ``{fields}`` stand for what is known of a call::

    Client[12]* = {client_id}
    Narrative[7500]* = Telephone call to {number}, {minutes} min

``[12]``: at most so many characters; ``*``: never empty. A line is left out, with the reason, where
an id would be too long or a needed cell empty; other texts are cut.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from callmark.csv_files import csv_line
from callmark.policy.texts import Text
from callmark.policy.values import value_class
from callmark.reports.handover.texts import one_line
from callmark.reports.handover.units import TimeUnit, hours, plain, rounded
from callmark.reports.handover.values import BilledCall, WhyNot

FIELDS = {
    "client_id": Text("the code's client id"),
    "matter_id": Text("its matter id"),
    "external_id": Text("its external id"),
    "code_name": Text("its name"),
    "adjustment": Text("(adjustment of March 2026), where it is about a closed month's call"),
    "date": Text("the day (the last, of several calls), in the date format chosen"),
    "time": Text("when it began, with the offset from UTC"),
    "number": Text("whom it was with"),
    "user": Text("who called"),
    "timekeeper_id": Text("their timekeeper id"),
    "timekeeper_name": Text("their name on bills"),
    "calls": Text("how many calls the line is about"),
    "seconds": Text("seconds of talk"),
    "minutes": Text("minutes of talk, rounded up to the unit chosen"),
    "hours": Text("hours of talk, rounded up to the unit chosen"),
    "cost": Text("what it cost"),
}
IDS = frozenset({"client_id", "matter_id", "external_id", "timekeeper_id"})
DATES = {
    "MM/DD/YYYY": "%m/%d/%Y",
    "DD/MM/YYYY": "%d/%m/%Y",
    "YYYY-MM-DD": "%Y-%m-%d",
    "YYYYMMDD": "%Y%m%d",
    "DD.MM.YYYY": "%d.%m.%Y",
}
LINES = {
    "call": Text("Each call"),
    "code_user_day": Text("Each code, user and day"),
    "code_user": Text("Each code and user"),
}
_FIELD = re.compile(r"\{([^{}]*)\}")
_HEAD = re.compile(r"(?P<header>[^\[\]=*]+?)\s*(?:\[(?P<most>[0-9]{1,5})\])?(?P<needed>\*)?")
MOST_COLUMNS = 60


class BadColumn(ValueError):
    """A line of the columns that says nothing clear; its text says what to do."""

    def __init__(self, message: Text) -> None:
        super().__init__(message)
        self.message = message


@value_class
class Column:
    """A column: its header, and what stands in it."""

    header: str
    text: str
    most: int | None = None
    is_needed: bool = False

    @property
    def fields(self) -> list[str]:
        """The fields in its text."""
        return _FIELD.findall(self.text)

    @property
    def id_name(self) -> str | None:
        """The id that is all of it, if it is one: cut short it would be another's."""
        name = self.text[1:-1]
        return name if self.text == f"{{{name}}}" and name in IDS else None


@value_class
class CsvForm:
    """How the file is written, and what one line is about: a key of :data:`LINES`."""

    columns: tuple[Column, ...]
    date_format: str = "YYYY-MM-DD"
    per: str = "call"
    unit: TimeUnit = TimeUnit.SIX_MINUTES


def read_columns(text: str) -> tuple[Column, ...]:
    """The columns that the lines of a text say. Raises :class:`BadColumn`."""
    columns = tuple(_column(line) for line in text.splitlines() if line.strip())
    if not columns:
        raise BadColumn(
            Text("Write at least one column, such as: {example}", example="Client = {client_id}")
        )
    if len(columns) > MOST_COLUMNS:
        raise BadColumn(Text("Use at most {most} columns.", most=MOST_COLUMNS))
    headers = [one.header.casefold() for one in columns]
    for column in columns:
        if headers.count(column.header.casefold()) > 1:
            raise BadColumn(
                Text("Two columns are called “{name}”: rename one.", name=column.header)
            )
    return columns


def written(columns: Iterable[Column]) -> str:
    """The columns as :func:`read_columns` reads them."""
    return "\n".join(
        f"{one.header}{f'[{one.most}]' if one.most else ''}{'*' if one.is_needed else ''}"
        f" = {one.text}".rstrip()
        for one in columns
    )


def _column(line: str) -> Column:
    head, equals, text = (part.strip() for part in line.partition("="))
    found = _HEAD.fullmatch(head)
    if not equals or not found:
        raise BadColumn(
            Text("Write “{line}” as: Header = text or {{field}}", line=one_line(line)[:60])
        )
    for name in _FIELD.findall(text):
        if name not in FIELDS:
            raise BadColumn(
                Text(
                    "“{name}” is no field. Fields: {fields}.",
                    name="{" + name[:40] + "}",
                    fields=", ".join(FIELDS),
                )
            )
    if "{" in _FIELD.sub("", text) or "}" in _FIELD.sub("", text):
        raise BadColumn(Text("Close each {{field}} in column “{name}”.", name=found["header"]))
    most = int(found["most"]) if found["most"] else None
    if most == 0:
        raise BadColumn(
            Text("Let column “{name}” have at least 1 character.", name=found["header"])
        )
    return Column(found["header"], text, most, bool(found["needed"]))


@value_class
class Refusal:
    """Why a line cannot be written, and in which column that shows."""

    why: WhyNot
    header: str


_MISSING = {
    "client_id": WhyNot.NO_CLIENT,
    "matter_id": WhyNot.NO_MATTER,
    "timekeeper_id": WhyNot.NO_TIMEKEEPER,
    "timekeeper_name": WhyNot.NO_TIMEKEEPER,
    "cost": WhyNot.NO_COST,
}


def heading(form: CsvForm) -> str:
    """The file's first line."""
    return csv_line(one.header for one in form.columns)


def line(form: CsvForm, calls: list[BilledCall]) -> str | Refusal:
    """The line about a call, or about several of one code, user and day."""
    values = _values(form, calls)
    cells = []
    for column in form.columns:
        cell = one_line(_FIELD.sub(lambda found: values[found[1]], column.text))
        if column.is_needed and (empty := _empty(column, values, cell)):
            return Refusal(empty, column.header)
        if column.most and len(cell) > column.most:
            if column.id_name:
                return Refusal(WhyNot.TOO_LONG, column.header)
            cell = cell[: column.most].rstrip()
        cells.append(cell)
    return _as_csv(cells)


def _empty(column: Column, values: Mapping[str, str], cell: str) -> WhyNot | None:
    """Why there is nothing in a column that needs something."""
    for name in column.fields:
        if not values[name] and (name in _MISSING):
            return _MISSING[name]
    return None if cell else WhyNot.NO_CLIENT


_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def _as_csv(cells: list[str]) -> str:
    # An amount below zero is no formula, though it begins like one.
    plain_ones = (not cell or _NUMBER.fullmatch(cell) for cell in cells)
    parts = (
        cell if is_plain else csv_line((cell,)).removesuffix("\r\n")
        for cell, is_plain in zip(cells, plain_ones, strict=True)
    )
    return ",".join(parts) + "\r\n"


def _values(form: CsvForm, calls: list[BilledCall]) -> dict[str, str]:
    last = calls[-1]
    seconds = sum(one.units(form.unit) for one in calls)
    costs = [one.cost for one in calls if one.cost is not None]
    cost = sum(costs, Decimal(0)) if len(costs) == len(calls) else None
    only = len(calls) == 1
    return {
        "client_id": last.matter.client_id,
        "matter_id": last.matter.matter_id,
        "external_id": last.matter.external_id,
        "code_name": last.matter.name,
        "adjustment": f"(a{last.adjusts[1:]})" if last.adjusts else "",
        "date": last.started.strftime(DATES[form.date_format]),
        "time": last.started.isoformat(timespec="minutes")[11:] if only else "",
        "number": last.number if only else "",
        "user": last.who.user_name,
        "timekeeper_id": last.who.timekeeper_id,
        "timekeeper_name": last.who.timekeeper_name,
        "calls": str(sum(one.calls for one in calls)),
        "seconds": str(sum(one.seconds for one in calls)),
        "minutes": plain(rounded(Decimal(seconds) / 60, 2), 0),
        "hours": plain(hours(seconds)),
        "cost": "" if cost is None else plain(cost, last.decimals),
    }


def grouped(form: CsvForm, calls: Iterable[BilledCall]) -> Iterator[list[BilledCall]]:
    """The calls of each line, in the order of the first of them; adjustments have their own."""
    if form.per == "call":
        for one in calls:
            yield [one]
        return
    groups: dict[tuple[object, ...], list[BilledCall]] = {}
    for one in calls:
        day = one.started.date() if form.per == "code_user_day" else None
        key = (one.matter, one.who, day, one.of_month)
        groups.setdefault(key, []).append(one)
    yield from groups.values()
