"""Workbooks that people send: the first sheet as lines, and none that fills the memory."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from callmark import xlsx_reading
from callmark.xlsx_reading import UnreadableWorkbook, csv_of
from tests.examples import examples


def sheet(xml: str, **parts: str) -> bytes:
    """A workbook that is nothing but a sheet, and parts by path."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", xml)
        for path, part in parts.items():
            archive.writestr(f"xl/{path}.xml", part)
    return out.getvalue()


def test_cells_of_every_kind_on_the_lines_of_their_rows() -> None:
    book = openpyxl.Workbook()
    rows = book.active
    rows.append(['Harper, "C"', "0417", 417, 4.5, True])
    rows["A3"], rows["C3"] = date(2031, 12, 31), datetime(2031, 12, 31, 9, 30)
    rows["B4"] = "one\ntwo"
    out = io.BytesIO()
    book.save(out)
    assert csv_of(out.getvalue()).decode().split("\n") == [
        '"Harper, ""C""",0417,417,4.5,yes',
        "",
        "2031-12-31,,2031-12-31",
        ",one two",
        "",
    ]


def test_the_sheet_that_comes_first_counts_and_a_formula_is_what_it_came_to() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("First").write_formula("A1", "=40+2", None, 42)
        book.add_worksheet("Second").write("A1", "no")
    assert csv_of(out.getvalue()) == b"42\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        sheet("<worksheet><sheetData><row"),
        sheet('<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>'),
        sheet('<worksheet><row r="2"/><row r="1"/></worksheet>'),
        sheet('<worksheet><row r="99999999"/></worksheet>'),
        sheet('<worksheet><row><c t="s"><v>7</v></c></row></worksheet>'),
        sheet(f"<worksheet><row>{'<c/>' * 200_000}</row></worksheet>"),
    ],
)
def test_what_is_no_workbook_or_a_trap_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableWorkbook):
        csv_of(data)


def test_what_is_unpacked_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_reading, "MOST_BYTES", 100_000)
    with pytest.raises(UnreadableWorkbook):
        csv_of(sheet(f"<worksheet>{' ' * 200_000}</worksheet>"))


@given(st.binary(max_size=300))
@settings(max_examples=examples(15))
def test_any_sheet_at_all_is_read_or_refused(xml: bytes) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<worksheet><row>" + xml)
    with pytest.raises(UnreadableWorkbook):
        csv_of(out.getvalue())
