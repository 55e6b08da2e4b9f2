"""Statements as PDF, and all of a month as one ZIP."""

import re
from collections.abc import Iterable, Iterator
from zipfile import ZIP_STORED, ZipFile

from django.utils.formats import date_format

from callmark.accounts.refused import Refused
from callmark.reports.paper import Column, Paper, pdf, size_for
from callmark.reports.statements import Statement
from callmark.zip_pipe import ZipPipe


def statement_pdf(statement: Statement) -> bytes:
    """The statement as PDF. Raises :class:`Refused` where that is not possible here."""
    return pdf(statement_paper(statement))


def statement_paper(one: Statement) -> Paper:
    """What is on it; the page tells the same, by a template of its own."""
    has_cost = one.cost is not None
    cost = f"Cost, {one.currency}" if one.currency else "Cost"
    columns = [
        *(Column(title, share, figures=False) for title, share in _LEFT),
        *(Column(title) for title in ("Talk", "Billed", *([cost] if has_cost else []))),
    ]

    def sums(talk: str, billed: str, amount: str | None) -> list[str]:
        return [talk, billed, *([amount or "\u2013"] if has_cost else [])]

    rows = [
        [
            date_format(line.day),
            f"{line.clock} {line.offset}",
            line.number,
            line.title,
            *sums(line.talk, line.billed, line.cost),
        ]
        for line in one.lines
    ]
    calls = "1 call" if one.calls == 1 else f"{one.calls} calls"
    days = f"{date_format(one.month.first)} to {date_format(one.month.last)}"
    return Paper(
        size=size_for(one.firm.account.country),
        title="Telephone statement",
        from_whom=[str(one.firm), *one.address],
        about=[days, f"Made on {date_format(one.made_on)}"],
        facts=one.facts,
        notice=_PRELIMINARY if one.is_open else "",
        columns=columns,
        rows=rows or [["No calls."]],
        totals=[[f"Total: {calls}", *sums(one.talk, one.billed, one.cost)]],
        notes=[*one.basis, *one.notes],
    )


_LEFT = (("Date", 15), ("Time", 17), ("Number", 21), ("Who", 0))
_PRELIMINARY = "Preliminary: the month is still open, and calls may be added or corrected."


def file_name(statement: Statement) -> str:
    """A name that any system can keep, without the code's digits."""
    name = re.sub(r"[^\w.-]+", "-", statement.matter.name).strip("-.")[:60] or "statement"
    return f"{statement.month.first:%Y-%m}-{name}.pdf"


def zipped(statements: Iterable[Statement]) -> Iterator[bytes]:
    """The statements as one ZIP, sent as it is made; no two files have one name.

    One that has too many calls for a PDF is told of by a text in its place.
    """
    out = ZipPipe()
    names: set[str] = set()
    # PDFs are compressed already.
    with ZipFile(out, "w", ZIP_STORED) as archive:
        for one in statements:
            name = file_name(one)
            if name.casefold() in names:
                name = f"{name.removesuffix('.pdf')}-{len(names) + 1}.pdf"
            names.add(name.casefold())
            try:
                archive.writestr(name, statement_pdf(one))
            except Refused as refused:
                archive.writestr(f"{name.removesuffix('.pdf')}.txt", f"{refused.message}\n")
            yield out.taken()
    yield out.taken()
