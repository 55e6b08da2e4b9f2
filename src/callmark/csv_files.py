"""CSV that a spreadsheet opens without running anything in it. The one place that knows how."""

import csv
import io
import re
from collections.abc import Iterable

# Spreadsheets take a cell that begins so for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_PHONE_NUMBER = re.compile(r"\+[0-9]{6,15}")


def csv_line(cells: Iterable[str]) -> str:
    """One line of a CSV file (RFC 4180), its cells made harmless."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow([harmless(cell) for cell in cells])
    return out.getvalue()


def harmless(cell: str) -> str:
    """The text, with an apostrophe before what would be a formula. A phone number is none."""
    if cell.lstrip(" ").startswith(FORMULA_STARTS) and not _PHONE_NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
