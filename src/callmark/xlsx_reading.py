"""The first sheet of a workbook as lines of CSV, in bounded memory, whatever the file holds.

Only what lists need (ECMA-376 part 1, 18.3): texts, numbers, days, yes and no; a formula counts as
what it came to. A row of the sheet is a line of the CSV, so that a line's number is the row's.
"""

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import IO
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile, ZipInfo
from zlib import error as BadDeflate

BEGINS = b"PK\x03\x04"
"""How every workbook begins."""

MOST_BYTES = 64 * 1024 * 1024
"""Of one part of a workbook, unpacked: a zip of a few kilobytes can hold any number."""
MOST_ROWS = 1_000_000
MOST_COLUMNS = 100
_MOST_AT_ONCE = 100_000
"""Elements that are held in memory: a row has a few for each cell."""
_MOST_TEXT = 32_767
_PIECE = 65_536
_SHEETS = re.compile(r"xl/worksheets/[^/]+\.xml")
_PLACE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
# Built-in formats of days and moments (ECMA-376 part 1, 18.8.30), and letters that make one.
_DAYS = frozenset({*range(14, 18), 22, *range(27, 37), *range(50, 59)})
_DAY_LETTERS = re.compile(r"[dy]", re.IGNORECASE)
_BROKEN = (
    BadZipFile,
    BadDeflate,
    ElementTree.ParseError,
    KeyError,
    ValueError,
    IndexError,
    NotImplementedError,
    EOFError,
)
_LITERALS = re.compile(r'"[^"]*"|\[[^]]*\]|\\.')


class UnreadableWorkbook(Exception):
    """This cannot be read as a workbook; ``message`` says what to do."""

    def __init__(self, message: str = "This workbook cannot be read: save it as CSV.") -> None:
        super().__init__(message)
        self.message = message


def csv_of(data: bytes) -> bytes:
    """The workbook's first sheet as CSV in UTF-8. Raises :class:`UnreadableWorkbook`."""
    unreadable = False
    out = io.StringIO(newline="")
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            _write(_Book(archive), out)
    except _BROKEN:
        # Outside of this block: the error may hold what was in a cell, and that may be a code.
        unreadable = True
    if unreadable:
        raise UnreadableWorkbook
    return out.getvalue().encode()


def _write(book: "_Book", out: io.StringIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    at = 0
    for number, cells in book.rows():
        if number > MOST_ROWS:
            raise UnreadableWorkbook(f"The first sheet has more than {MOST_ROWS:,} rows.")
        out.write("\n" * (number - at - 1))
        writer.writerow(cells)
        at = number
        if out.tell() > MOST_BYTES:
            raise UnreadableWorkbook("The first sheet is too large: send a part of it.")


class _Book:
    """What must be known before the cells can be read."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._parts = {one.filename: one for one in archive.infolist()}
        self._texts = self._shared_texts()
        self._day_styles = self._styles_of_days()
        self._epoch = _EPOCH_1904 if self._counts_from_1904() else _EPOCH

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Number (from 1) and cells of each row that has any."""
        last = 0
        for row in self._elements(self._first_sheet(), "row"):
            number = int(row.get("r") or last + 1)
            if number <= last:
                raise ValueError("rows out of order")
            last = number
            yield number, self._cells(row)

    def _cells(self, row: ElementTree.Element) -> list[str]:
        cells: list[str] = []
        for cell in row:
            if _name(cell) != "c":
                continue
            place = _PLACE.fullmatch(cell.get("r") or "")
            column = _column(place[1]) if place else len(cells)
            if column >= MOST_COLUMNS:
                break
            cells.extend("" for _ in range(column - len(cells)))
            cells.append(self._value(cell))
        return cells

    def _value(self, cell: ElementTree.Element) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return _line("".join(_texts_in(cell)))
        found = next((one.text or "" for one in cell if _name(one) == "v"), "")
        if kind == "s":
            return self._texts[int(found)] if found else ""
        if kind == "b":
            return "yes" if found == "1" else "no"
        if kind != "n" or not found:
            return _line(found)
        number = float(found)
        if int(cell.get("s") or 0) in self._day_styles:
            return self._day(number)
        return str(int(number)) if number.is_integer() else found

    def _day(self, number: float) -> str:
        try:
            return (self._epoch + timedelta(days=number)).date().isoformat()
        except OverflowError:
            return str(number)

    def _first_sheet(self) -> str:
        """The sheet that the workbook names first, not the one whose file is."""
        try:
            sheets = next(self._elements("xl/workbook.xml", "sheets"))
            key = next(value for name, value in sheets[0].items() if name.endswith("}id"))
            for one in self._elements("xl/_rels/workbook.xml.rels", "Relationship"):
                if one.get("Id") == key:
                    target = (one.get("Target") or "").removeprefix("/").removeprefix("xl/")
                    return f"xl/{target}"
        except (StopIteration, IndexError, KeyError):
            pass
        return next(
            iter(sorted(filter(_SHEETS.fullmatch, self._parts))), "xl/worksheets/sheet1.xml"
        )

    def _shared_texts(self) -> list[str]:
        path = "xl/sharedStrings.xml"
        if path not in self._parts:
            return []
        return [_line("".join(_texts_in(one))) for one in self._elements(path, "si")]

    def _styles_of_days(self) -> frozenset[int]:
        """The cells' styles (by number) that show a number as a day."""
        path = "xl/styles.xml"
        if path not in self._parts:
            return frozenset()
        own = {
            int(one.get("numFmtId") or 0)
            for one in self._elements(path, "numFmt")
            if _DAY_LETTERS.search(_LITERALS.sub("", one.get("formatCode") or ""))
        }
        days = _DAYS | own
        found: list[int] = []
        for formats in self._elements(path, "cellXfs"):
            found += [n for n, one in enumerate(formats) if int(one.get("numFmtId") or 0) in days]
        return frozenset(found)

    def _counts_from_1904(self) -> bool:
        path = "xl/workbook.xml"
        if path not in self._parts:
            return False
        kinds = [one.get("date1904") for one in self._elements(path, "workbookPr")]
        return any(one in {"1", "true"} for one in kinds)

    def _elements(self, path: str, name: str) -> Iterator[ElementTree.Element]:
        """The elements of a part that are called so, each let go when the next is asked for."""
        with self._archive.open(self._part(path)) as file:
            bounded = _Bounded(file)
            depth: list[ElementTree.Element] = []
            held = 0
            # No document types get here, see _Bounded.
            for event, element in ElementTree.iterparse(bounded, ("start", "end")):  # noqa: S314
                if event == "start":
                    depth.append(element)
                    held += 1
                    if held > _MOST_AT_ONCE:
                        raise UnreadableWorkbook
                    continue
                depth.pop()
                if _name(element) == name:
                    yield element
                    held = 0
                    element.clear()
                    if depth:
                        depth[-1].remove(element)

    def _part(self, path: str) -> ZipInfo:
        part = self._parts[path]
        if part.file_size > MOST_BYTES or part.flag_bits & 1:
            raise UnreadableWorkbook("This workbook is too large or locked: save it as CSV.")
        return part


class _Bounded(io.RawIOBase):
    """What is read of a part, whose size may be a lie; no document type, so no entities.

    Where UTF-16 would hide one, it is refused, too: no spreadsheet writes it.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._left, self._before = file, MOST_BYTES, b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        piece = self._file.read(min(size, _PIECE) if size > 0 else _PIECE)
        self._left -= len(piece)
        seen = self._before + piece
        if self._left < 0 or b"<!DOCTYPE" in seen or b"\0" in seen:
            raise UnreadableWorkbook
        self._before = piece[-len(b"<!DOCTYPE") :]
        return piece


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _texts_in(element: ElementTree.Element) -> Iterator[str]:
    """Its texts, without those that say how it is pronounced."""
    for one in element:
        if _name(one) == "t":
            yield one.text or ""
        elif _name(one) in {"r", "is"}:
            yield from _texts_in(one)


def _line(text: str) -> str:
    """A cell on one line of CSV: a break in it would end the row."""
    return " ".join(text[:_MOST_TEXT].splitlines())


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
