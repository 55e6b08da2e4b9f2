"""CSV that a spreadsheet opens without running or spoiling anything in it. The one place for that.

A program is given :data:`FOR_PROGRAMS`: commas, a point in figures, texts as they are. People open
a file in Excel, which takes the separator and the decimal mark of their country, drops the leading
zeros of a code and rounds a long number; so theirs is written as their account has it.
"""

import csv
import io
import re
from collections.abc import Iterable

from callmark.policy.values import value_class

# Spreadsheets take a cell that begins so for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_PHONE_NUMBER = re.compile(r"\+[0-9]{6,15}")
# What Excel would show as another number than it is: 0042, +44..., 011442079460000, 1.50, 12E5.
_LOOKS_LIKE_A_NUMBER = re.compile(r"\+?[0-9]+(?:[.,][0-9]+)?(?:[eE][0-9]+)?")
_STAYS_AS_IT_IS = re.compile(r"0|[1-9][0-9]{0,10}")
_TEXT_OF_DIGITS = re.compile(r'="(\+?[0-9.,eE]*)"')

_ENDS_A_CELL = ('"', "\r", "\n")


@value_class
class CsvForm:
    """How a file is written; ``for_people``: so that Excel keeps it as it is."""

    separator: str = ","
    decimal_mark: str = "."
    for_people: bool = False

    @property
    def mark(self) -> bytes:
        """How the file begins: Excel knows UTF-8 by it, or it spoils names."""
        return b"\xef\xbb\xbf" if self.for_people else b""

    def text(self, cell: str) -> str:
        """A text that came from somebody: no formula, and for people no number either."""
        if self.for_people and _LOOKS_LIKE_A_NUMBER.fullmatch(cell):
            return cell if _STAYS_AS_IT_IS.fullmatch(cell) else kept_as_text(cell)
        return harmless(cell)

    def code(self, digits: str) -> str:
        """An account code: in the whole column a text, also where it has no leading zero."""
        return kept_as_text(digits) if self.for_people and digits.isdecimal() else harmless(digits)

    def figure(self, number: str) -> str:
        """A number as programs write it (1204.50), as it is written here."""
        return number if self.decimal_mark == "." else number.replace(".", self.decimal_mark)

    def lines(self, rows: Iterable[Iterable[object]]) -> str:
        """Rows whose cells are ready, as lines (RFC 4180)."""
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=self.separator, lineterminator="\r\n").writerows(rows)
        return out.getvalue()

    def cell(self, text: str) -> str:
        """A text that is ready, as it stands between separators: what would end it, quoted."""
        if self.separator in text or any(one in text for one in _ENDS_A_CELL):
            return '"' + text.replace('"', '""') + '"'
        return text

    def joined(self, rows: Iterable[Iterable[str]]) -> str:
        """Rows of such cells as lines: a quarter of the work, where cells come again and again."""
        return "".join([f"{self.separator.join(row)}\r\n" for row in rows])

    def line(self, cells: Iterable[str]) -> str:
        """One line of texts that are not ready yet."""
        return self.lines([[self.text(cell) for cell in cells]])


FOR_PROGRAMS = CsvForm()
COMMAS = CsvForm(for_people=True)
SEMICOLONS = CsvForm(";", ",", for_people=True)


def csv_line(cells: Iterable[str]) -> str:
    """One line of a file for programs, its cells made harmless."""
    return FOR_PROGRAMS.line(cells)


def harmless(cell: str) -> str:
    """The text, with an apostrophe before what would be a formula. A phone number is none."""
    if cell.lstrip(" ").startswith(FORMULA_STARTS) and not _PHONE_NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def kept_as_text(digits: str) -> str:
    """Digits that a spreadsheet shows as they are: in CSV there is no other way than a formula."""
    return f'="{digits}"'


def as_it_was(cell: str) -> str:
    """What :func:`kept_as_text` made of digits, as the digits; every other cell as it is."""
    found = _TEXT_OF_DIGITS.fullmatch(cell)
    return found[1] if found else cell
