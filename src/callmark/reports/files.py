"""A report as a file for spreadsheets: every line, the total at the end."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from django.utils.translation import gettext

from callmark.accounts.currencies import decimals_of
from callmark.csv_files import FOR_PROGRAMS, CsvForm
from callmark.keys.installed import keyring
from callmark.money import as_text
from callmark.reports.definitions import Column, Figures, Kind, Line, Report
from callmark.xlsx_files import Column as XlsxColumn
from callmark.xlsx_files import Kind as XlsxKind
from callmark.xlsx_files import Row

_AT_ONCE = 2000

_KINDS = {
    Kind.TEXT: XlsxKind.TEXT,
    Kind.COUNT: XlsxKind.NUMBER,
    Kind.SECONDS: XlsxKind.LENGTH,
    Kind.MONEY: XlsxKind.MONEY,
}


def csv_text(report: Report, *, with_codes: bool, form: CsvForm = FOR_PROGRAMS) -> Iterator[str]:
    """The report's lines as CSV, many in one text; seconds as numbers, so that they add up.

    All is in the language that is spoken when this is called, not when it is read.
    """
    in_seconds = gettext("{column}, seconds")
    titles = [
        in_seconds.format(column=one.title) if one.kind is Kind.SECONDS else one.title
        for one in _columns(report, with_codes=with_codes)
    ]

    decimals = decimals_of(report.currency)

    def written(cell: str | int | Decimal | None) -> str | int | None:
        return form.figure(as_text(cell, decimals)) if isinstance(cell, Decimal) else cell

    parts = _parts(report, with_codes=with_codes, text=form.text, code=form.code)
    return chain(
        [form.lines([titles])],
        (form.lines([[written(cell) for cell in row] for row in part]) for part in parts),
    )


def xlsx_columns(report: Report, *, with_codes: bool) -> list[XlsxColumn]:
    """The columns of a workbook."""
    decimals = decimals_of(report.currency)
    return [
        XlsxColumn(one.title, _KINDS[one.kind], 32 if number == 0 else 14, decimals)
        for number, one in enumerate(_columns(report, with_codes=with_codes))
    ]


def xlsx_rows(report: Report, *, with_codes: bool) -> Iterator[Sequence[Row]]:
    """The rows that go with them, in parts."""
    return _parts(report, with_codes=with_codes, text=str, code=str)


def file_name(report: Report, account_slug: str, ending: str) -> str:
    """``by-code-firm-2026-10-01.csv``: what it tells, whose it is, and from which day on."""
    first = report.period.first.isoformat() if report.period.first else "all"
    return f"by-{report.definition.what.replace('_', '-')}-{account_slug}-{first}.{ending}"


def _columns(report: Report, *, with_codes: bool) -> list[Column]:
    """As on the page, with the code's digits beside its name for those who may see them."""
    columns = list(report.columns)
    if with_codes and _has_codes(report):
        columns.insert(1, Column("code", gettext("Digits"), Kind.TEXT))
    if report.total_before is not None:
        before = gettext("{column} before")
        columns += [
            Column(f"before.{one.name}", before.format(column=one.title), one.kind)
            for one in report.columns
            if one.kind is not Kind.TEXT
        ]
    return columns


def _has_codes(report: Report) -> bool:
    return any(line.code_encrypted for line in report.lines)


def _parts(
    report: Report, *, with_codes: bool, text: Callable[[str], str], code: Callable[[str], str]
) -> Iterator[list[list[Any]]]:
    columns = _columns(report, with_codes=with_codes)
    total = Line(key=None, label=gettext("Total"), figures=report.total, before=report.total_before)  # type: ignore[arg-type]
    lines = [*report.lines, *report.rest, total]
    return (
        [
            [_cell(line, one, text, code) for one in columns]
            for line in lines[start : start + _AT_ONCE]
        ]
        for start in range(0, len(lines), _AT_ONCE)
    )


def _cell(
    line: Line, column: Column, text: Callable[[str], str], code: Callable[[str], str]
) -> str | int | Decimal | None:
    if column.name == "label":
        return text(line.label)
    if column.name == "code":
        return code(keyring().decrypt(line.code_encrypted)) if line.code_encrypted else ""
    figures: Figures | None = line.figures
    name = column.name
    if name.startswith("before."):
        figures, name = line.before, name.removeprefix("before.")
    value: int | Decimal | None = None if figures is None else getattr(figures, name)
    return value
