"""Statements as PDF, and all of a month as one ZIP."""

import re
from collections.abc import Iterable, Iterator
from zipfile import ZIP_STORED, ZipFile

from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop

from callmark.accounts.refused import Refused
from callmark.calls.lengths import calls_in_words
from callmark.languages import speaking_as
from callmark.reports.paper import Column, Paper, pdf, size_for
from callmark.reports.statements import Statement
from callmark.zip_pipe import ZipPipe


def statement_pdf(statement: Statement) -> bytes:
    """The statement as PDF, in the account's language; as it was made in it.

    Raises :class:`Refused` where that is not possible here.
    """
    with speaking_as(statement.firm.account):
        return pdf(statement_paper(statement))


def statement_paper(one: Statement) -> Paper:
    """What is on it; the page tells the same, by a template of its own."""
    has_cost = one.cost is not None
    cost = gettext("Cost")
    if one.currency:
        cost = gettext("Cost, {currency}").format(currency=one.currency)
    columns = [
        *(Column(gettext(title), share, figures=False) for title, share in _LEFT),
        *(Column(title) for title in (gettext("Talk"), gettext("Billed"))),
        *([Column(cost)] if has_cost else []),
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
    total = gettext("Total: {calls}").format(calls=calls_in_words(one.calls))
    days = gettext("{first} to {last}").format(
        first=date_format(one.month.first), last=date_format(one.month.last)
    )
    return Paper(
        size=size_for(one.firm.account.country),
        title=gettext("Telephone statement"),
        from_whom=[str(one.firm), *one.address],
        about=[days, gettext("Made on {day}").format(day=date_format(one.made_on))],
        facts=one.facts,
        notice=gettext(_PRELIMINARY) if one.is_open else "",
        columns=columns,
        rows=rows or [[gettext("No calls.")]],
        totals=[[total, *sums(one.talk, one.billed, one.cost)]],
        notes=[*one.basis, *one.notes],
    )


_LEFT = (
    (gettext_noop("Date"), 15),
    (gettext_noop("Time"), 17),
    (gettext_noop("Number"), 21),
    (gettext_noop("Who"), 0),
)
_PRELIMINARY = gettext_noop(
    "Preliminary: the month is still open, and calls may be added or corrected."
)


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
