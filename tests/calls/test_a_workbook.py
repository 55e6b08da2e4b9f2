"""A workbook for a spreadsheet: its cells hold what was put in, and none of them runs."""

import io
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callmark import xlsx_files
from callmark.xlsx_files import Column, Kind, xlsx_parts

pytestmark = pytest.mark.sqlite


def opened(columns: list[Column], parts: list[Any], sheet: str = "Calls") -> Any:  # noqa: ANN401
    file = io.BytesIO(b"".join(xlsx_parts(columns, parts, sheet=sheet)))
    return openpyxl.load_workbook(file)


def cells(columns: list[Column], *rows: tuple[Any, ...]) -> list[Any]:
    sheet = opened(columns, [list(rows)]).active
    return [list(row) for row in sheet.iter_rows(min_row=2)]


def test_texts_stay_texts_and_figures_are_figures() -> None:
    columns = [Column(kind.name.title(), kind) for kind in Kind]
    night = datetime(2026, 11, 1, 1, 30, 59, tzinfo=ZoneInfo("America/New_York"))
    day = date(2026, 11, 1)
    [row, empty] = cells(
        columns, ("0012", 7, Decimal("48.20"), night, day, 148_800), ("", None, "", None, None, 0)
    )
    assert [cell.value for cell in row] == [
        "0012",
        7,
        48.2,
        datetime(2026, 11, 1, 1, 30, 59),
        datetime(2026, 11, 1),
        timedelta(hours=41, minutes=20),
    ]
    as_they_are = ["@", "General", "#,##0.00", "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd", "[h]:mm:ss"]
    assert [cell.number_format for cell in row] == as_they_are
    assert [cell.value for cell in empty[:-1]] == [None] * (len(columns) - 1)


@pytest.mark.parametrize(("decimals", "shown"), [(0, "#,##0"), (2, "#,##0.00"), (3, "#,##0.000")])
def test_money_has_the_decimals_of_its_currency(decimals: int, shown: str) -> None:
    [[cell]] = cells([Column("Cost", Kind.MONEY, decimals=decimals)], (Decimal(7),))
    assert cell.number_format == shown


@pytest.mark.parametrize(
    "text",
    ["=1+1", "@SUM(A1)", "+442079460000", "90114420794600001234", "  Harper & <Sons>\n"],
)
def test_no_text_is_read_as_anything_else(text: str) -> None:
    [[cell]] = cells([Column("Name")], (text,))
    assert (cell.data_type, cell.value) == ("s", text)


# What XML cannot hold is written as _xHHHH_, and what looks like that, too.
@example("_x0041_")
@example("\r\n\0")
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_any_text_comes_back(text: str) -> None:
    [[cell]] = cells([Column("Name")], (text,))
    assert openpyxl.utils.escape.unescape(cell.value or "") == text


def test_a_text_longer_than_a_cell_is_cut_there() -> None:
    [[cell]] = cells([Column("Name")], ("&" * 40_000,))
    assert cell.value == "&" * 32_767


def test_its_head_stays_and_can_be_filtered() -> None:
    book = opened([Column("User"), Column("Calls", Kind.NUMBER)], [[("Ben", 3), ("Olivia", 4)]])
    sheet = book.active
    assert [cell.value for cell in sheet[1]] == ["User", "Calls"]
    assert sheet["A1"].font.bold
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:B3")


def test_rows_beyond_a_sheet_go_on_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_files, "ROWS_ON_A_SHEET", 2)
    parts = [[(n,), (n + 1,)] for n in range(0, 6, 2)] + ["INCOMPLETE"]
    book = opened([Column("No", Kind.NUMBER)], parts, sheet="Calls: all [2026]")
    found = {one.title: [cell.value for cell in one["A"]] for one in book}
    assert found == {
        "Calls  all  2026": ["No", 0, 1],
        "Calls  all  2026 2": ["No", 2, 3],
        "Calls  all  2026 3": ["No", 4, 5],
        "Calls  all  2026 4": ["No", "INCOMPLETE"],
    }


def test_without_rows_there_is_a_head() -> None:
    sheet = opened([Column("User")], []).active
    assert [cell.value for cell in sheet["A"]] == ["User"]


def test_it_is_sent_while_it_is_made() -> None:
    asked: list[int] = []

    def parts() -> Iterator[list[tuple[str]]]:
        for n in range(10):
            asked.append(n)
            # What cannot be compressed, so that each part has something to be sent.
            yield [(os.urandom(50).hex(),) for _ in range(2000)]

    pieces = xlsx_parts([Column("Id")], parts(), sheet="Calls")
    assert next(pieces).startswith(b"PK")
    assert asked == []
    sizes = [len(next(pieces)) for _ in range(9)]
    assert asked == list(range(9))
    assert max(sizes) < 2 * sum(sizes) / len(sizes), "nothing is kept to be sent later"
    b"".join(pieces)


def test_moments_lose_no_second() -> None:
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n * 7919) for n in range(300)]
    found = cells([Column("At", Kind.MOMENT)], *((at,) for at in moments))
    assert [cell.value for [cell] in found] == [at.replace(tzinfo=None) for at in moments]
