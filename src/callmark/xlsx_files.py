"""Workbooks for spreadsheets, sent as they are made: rows wait neither in memory nor on the disk.

XlsxWriter makes everything but the rows: styles, widths, the head that stays, filters. Its own rows
would first fill a temporary file, at a third of the speed. So the sheets it makes are frames, and
rows are put into them (ECMA-376 part 1, 18.3.1.73) on their way into the zip archive.
"""

import io
import re
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from callmark.policy.values import value_class
from callmark.zip_pipe import ZipPipe

TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of a workbook."""

ROWS_ON_A_SHEET = 1_000_000
"""With more, a second sheet begins: Excel takes 1,048,576."""

# A part of more than 2 GB needs a kind of zip that Excel wants to repair.
_BYTES_OF_A_SHEET = 1_800_000_000
_LONGEST_TEXT = 32_767
_WRITTEN_AT_ONCE = 1000
"""Rows: their elements are twenty times as long as what is in them."""
_MIDNIGHT_ZERO = datetime(1899, 12, 30)
_SECONDS_OF_A_DAY = 86_400


class Kind(Enum):
    """What a column's cells hold, by its number format. None and '' leave a cell of any kind empty.

    ``TEXT`` takes str and stays what it is: leading zeros, long numbers, what looks like a formula.
    ``NUMBER`` takes int, float and Decimal; ``MONEY`` the same, with its column's decimals.
    ``MOMENT`` takes a datetime and shows its wall clock, for a sheet knows no time zones. ``DAY``
    takes a date, ``LENGTH`` seconds, shown as 41:20:00.
    """

    TEXT = "@"
    NUMBER = "General"
    MONEY = "#,##0"
    MOMENT = "yyyy-mm-dd hh:mm:ss"
    DAY = "yyyy-mm-dd"
    LENGTH = "[h]:mm:ss"


@value_class
class Column:
    """Its title in the first row, what its cells hold, and how many characters wide it is.

    ``decimals``: those of the currency of money.
    """

    title: str
    kind: Kind = Kind.TEXT
    width: int = 16
    decimals: int = 2

    @property
    def shown_as(self) -> str:
        """The number format of its cells."""
        if self.kind is not Kind.MONEY:
            return str(self.kind.value)
        return "#,##0" + (f".{'0' * self.decimals}" if self.decimals else "")


Row = Sequence[Any]
"""The values of a row, in the order of the columns."""


Part = Sequence[Row] | str
"""Rows (up to 10,000, say), or a line of text between them."""


def xlsx_parts(columns: Sequence[Column], parts: Iterable[Part], *, sheet: str) -> Iterator[bytes]:
    """A workbook with these columns and rows, in pieces: the first before any row is asked for.

    Each part is written before the next is asked for. ``sheet`` names the sheet; it is cut to 25
    characters, and where rows need a second one, that is 'name 2'.
    """
    pipe = ZipPipe()
    with ZipFile(pipe, "w", ZIP_DEFLATED, compresslevel=4) as archive:
        book = _Book(archive, columns, sheet)
        book.begin_sheet()
        yield pipe.taken()
        for part in parts:
            book.add(part)
            yield pipe.taken()
        book.end()
    yield pipe.taken()


class _Book:
    """A workbook in the making."""

    def __init__(self, archive: ZipFile, columns: Sequence[Column], name: str) -> None:
        self._archive, self._columns = archive, columns
        self._name = re.sub(r"[\[\]:*?/\\]", " ", name).strip(" '")[:25] or "Sheet"
        self._letters = _letters(len(columns))
        self._rows_of: list[int] = []
        self._sheet: IO[bytes]
        frame = self._frame(1)
        self._head_style, styles = frame.styles[0], frame.styles[1:]
        self._cells = [_CELLS[one.kind](style) for one, style in zip(columns, styles, strict=True)]
        self._head = frame.before

    def begin_sheet(self) -> None:
        self._sheet = self._archive.open(_path(len(self._rows_of) + 1), "w")
        self._rows_of.append(0)
        titles = [_text(self._head_style)(one.title) for one in self._columns]
        row = "".join(f'<c r="{at}1"{xml}' for at, xml in zip(self._letters, titles, strict=True))
        self._bytes = self._sheet.write(self._head + f'<row r="1">{row}</row>'.encode())

    def add(self, part: Part) -> None:
        if self._rows_of[-1] >= ROWS_ON_A_SHEET or self._bytes > _BYTES_OF_A_SHEET:
            self._end_sheet()
            self.begin_sheet()
        first = self._rows_of[-1] + 2
        if isinstance(part, str):
            self._write([self._line(first, part)])
            return
        for start in range(0, len(part), _WRITTEN_AT_ONCE):
            some = part[start : start + _WRITTEN_AT_ONCE]
            self._write(self._lines(first + start, some))

    def _write(self, lines: Sequence[str]) -> None:
        self._rows_of[-1] += len(lines)
        self._bytes += self._sheet.write("".join(lines).encode("utf-8", "replace"))

    def _line(self, number: int, text: str) -> str:
        return f'<row r="{number}"><c r="A{number}"{_text(self._head_style)(text)}</row>'

    def _lines(self, first: int, rows: Sequence[Row]) -> list[str]:
        """Column by column: most texts of a column are the same again and again."""
        numbers = range(first, first + len(rows))
        columns = [
            self._column(at, numbers, values) for at, values in enumerate(zip(*rows, strict=True))
        ]
        return [
            f'<row r="{n}">{"".join(cells)}</row>'
            for n, cells in zip(numbers, zip(*columns, strict=True), strict=True)
        ]

    def _column(self, at: int, numbers: range, values: Sequence[Any]) -> list[str]:
        start, xml = f'<c r="{self._letters[at]}', self._cells[at]
        if self._columns[at].kind is Kind.TEXT:
            known = {text: xml(text) for text in set(values) if text}
            return [
                f'{start}{n}"{known[value]}' if value else ""
                for n, value in zip(numbers, values, strict=True)
            ]
        return [
            "" if value is None or value == "" else f'{start}{n}"{xml(value)}'
            for n, value in zip(numbers, values, strict=True)
        ]

    def end(self) -> None:
        self._end_sheet()
        count = len(self._rows_of)
        sheets = {_path(n) for n in range(1, count + 1)}
        for name, data in self._frame(count).parts.items():
            if name not in sheets:
                self._archive.writestr(name, data)

    def _end_sheet(self) -> None:
        self._sheet.write(self._frame(len(self._rows_of)).after)
        self._sheet.close()

    def _frame(self, count: int) -> "_Frame":
        """The workbook with so many sheets, and nothing in them."""
        # Loaded when it is needed: it takes 0.1 s, which every start of every command would pay.
        import xlsxwriter  # noqa: PLC0415

        file = io.BytesIO()
        with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
            bold = book.add_format({"bold": True, "num_format": "@"})
            formats = [book.add_format({"num_format": one.shown_as}) for one in self._columns]
            for n in range(count):
                sheet = book.add_worksheet(self._name if n == 0 else f"{self._name} {n + 1}")
                for at, style in enumerate([bold, *formats]):
                    sheet.write_blank(0, at, None, style)
                for at, (one, style) in enumerate(zip(self._columns, formats, strict=True)):
                    sheet.set_column(at, at, one.width, style)
                sheet.freeze_panes(1, 0)
                rows = self._rows_of[n] if n < len(self._rows_of) else 0
                sheet.autofilter(0, 0, rows, len(self._columns) - 1)
                sheet.ignore_errors({"number_stored_as_text": f"A1:{self._letters[-1]}1048576"})
        return _Frame(file, count)


class _Frame:
    """What XlsxWriter has made: all parts, and of the last sheet what stands around its rows."""

    def __init__(self, file: io.BytesIO, count: int) -> None:
        with ZipFile(file) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        # Its dimension would be that of the frame; it may be left out.
        xml = re.sub(rb"<dimension [^>]*/>", b"", self.parts[_path(count)])
        before, samples, after = re.split(rb"(?<=<sheetData>)(.*)(?=</sheetData>)", xml)
        self.before, self.after = before, after
        cells = re.findall(rb'<c r="[A-Z]+1"(?: s="([0-9]+)")?', samples)
        self.styles = [style.decode() for style in cells]


def _letters(count: int) -> list[str]:
    """A to Z, AA to ZZ: the names of so many columns."""
    alphabet = string.ascii_uppercase
    return [*alphabet, *(one + two for one in alphabet for two in alphabet)][:count]


def _path(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


_Cell = Callable[[Any], str]
"""A value as the rest of a cell's element, after its place."""

# What XML or a spreadsheet would not take as it is (ECMA-376 part 1, 22.9.2.19: _xHHHH_).
_ODD = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def _text(style: str) -> _Cell:
    start = f'{_styled(style)} t="inlineStr"><is><t xml:space="preserve">'

    def cell(value: str) -> str:
        value = value[:_LONGEST_TEXT]
        if _ODD.search(value):
            value = _ODD.sub(_escaped, value)
        return f"{start}{value}</t></is></c>"

    return cell


def _escaped(found: re.Match[str]) -> str:
    text = found[0]
    if len(text) > 1:
        return f"_x005F{text}"
    return _MARKUP.get(text) or f"_x{ord(text):04X}_"


def _styled(style: str) -> str:
    return f' s="{style}"' if style else ""


def _number(style: str) -> _Cell:
    start = f"{_styled(style)}><v>"
    return lambda value: f"{start}{value}</v></c>"


def _length(style: str) -> _Cell:
    number = _number(style)
    return lambda value: number(value / _SECONDS_OF_A_DAY)


def _day(style: str) -> _Cell:
    number = _number(style)
    return lambda value: number(_day_number(value))


def _moment(style: str) -> _Cell:
    number = _number(style)

    def cell(value: datetime) -> str:
        seconds = value.hour * 3600 + value.minute * 60 + value.second
        return number(_day_number(value.date()) + seconds / _SECONDS_OF_A_DAY)

    return cell


@lru_cache(maxsize=4096)
def _day_number(day: date) -> int:
    return day.toordinal() - _MIDNIGHT_ZERO.toordinal()


_CELLS: dict[Kind, Callable[[str], _Cell]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.MONEY: _number,
    Kind.MOMENT: _moment,
    Kind.DAY: _day,
    Kind.LENGTH: _length,
}
