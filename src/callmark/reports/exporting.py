"""Writing an export, a part at a time: between two parts the worker does its other work.

What is half made is in the memory of the process that makes it, as a generator that stands still;
if that dies, another begins the file again. Never with digits of codes.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from callmark.accounts.refused import Refused
from callmark.calls.export import csv_lines
from callmark.calls.export import xlsx_columns as columns_of_calls
from callmark.calls.export import xlsx_rows as rows_of_calls
from callmark.calls.kept_questions import filter_of
from callmark.calls.sums import found_by
from callmark.csv_files import FOR_PROGRAMS, CsvForm
from callmark.languages import speaking, speaking_as
from callmark.reports.definitions import TITLES, Report, definition_from
from callmark.reports.files import csv_text, file_name, xlsx_columns, xlsx_rows
from callmark.reports.making import make_report
from callmark.reports.models import About, Format, Run, RunPart
from callmark.reports.report_paper import report_pdf
from callmark.xlsx_files import Part, xlsx_parts

PART_BYTES = 1_000_000
A_TURN_SECONDS = 0.5
"""So long webhooks and corrections wait for an export."""

Piece = tuple[bytes, int]
"""Some of the file, and how many lines are in it so far."""


@dataclass(slots=True)
class _Making:
    """A file that this process makes."""

    pieces: Iterator[Piece]
    name: str
    parts: int = 0


_under_way: dict[UUID, _Making] = {}


def under_way() -> list[UUID]:
    """Of which exports this process has made a part; the first to go on with comes first."""
    return list(_under_way)


def forget(run_id: UUID) -> None:
    """Go on with this one no more."""
    _under_way.pop(run_id, None)


def make_some(run: Run) -> bool:
    """Make the next part of a file, for about half a second; whether it is whole now.

    A whole one has a name. Raises :class:`Refused` if there cannot be such a file.
    """
    making = _under_way.pop(run.pk, None)
    if making is None:
        making = _begin(run)
    until = time.monotonic() + A_TURN_SECONDS
    content, done = bytearray(), run.lines_done
    for piece, done in making.pieces:  # noqa: B007 (how far the last one came)
        content += piece
        if len(content) >= PART_BYTES or time.monotonic() > until:
            break
    else:
        run.file_name = making.name
        _store(run, making, content, done)
        return True
    _store(run, making, content, done)
    # Behind the others: each has its turn.
    _under_way[run.pk] = making
    return False


def _store(run: Run, making: _Making, content: bytearray, done: int) -> None:
    with transaction.atomic():
        if content:
            RunPart.objects.create(
                account_id=run.account_id, run=run, number=making.parts, content=bytes(content)
            )
            making.parts += 1
        run.lines_done, run.size = done, run.size + len(content)
        run.save(update_fields=["lines_done", "size", "file_name"])


def _begin(run: Run) -> _Making:
    asker = run.asker
    if asker is None or not asker.is_active:
        raise Refused(gettext_noop("Who asked for this file can sign in no more."))
    RunPart.objects.of(run.account_id).filter(run=run).delete()
    run.lines_done = run.size = 0
    # Every word of it is made here; what is made later is figures and names.
    with speaking("en") if run.for_programs else speaking_as(run.account, asker):
        making = _of_calls(run) if run.about == About.CALLS else _of_report(run)
    run.save(update_fields=["title", "lines_done", "lines_total", "size"])
    return making


def _form(run: Run) -> CsvForm:
    return FOR_PROGRAMS if run.for_programs else run.account.csv


def _of_calls(run: Run) -> _Making:
    assert run.asker is not None
    calls = found_by(filter_of(run.asked), run.account, run.asker)
    run.lines_total = calls.count()
    zone, counted = run.account.zone, _Counted()
    name = f"calls-{run.account.slug}-{run.due_at.astimezone(zone).date()}.{run.format}"
    if run.format == Format.XLSX:
        rows = counted.parts(rows_of_calls(calls, zone=zone, with_codes=False))
        made = xlsx_parts(
            columns_of_calls(zone, run.account.currency), rows, sheet=gettext("Calls")
        )
        return _Making(counted.pieces(made), name)
    form = _form(run)
    texts = counted.texts(csv_lines(calls, zone=zone, with_codes=False, form=form))
    return _Making(counted.pieces(_encoded(texts, form)), name)


def _of_report(run: Run) -> _Making:
    asked = definition_from(run.asked)
    report = make_report(run.account, asked, person=run.asker, now=run.due_at, most=None)
    run.title = TITLES[asked.what]
    run.lines_total = len(report.lines) + len(report.rest) + 1
    name = file_name(report, run.account.slug, run.format)
    return _Making(_pieces_of_report(run, report), name)


def _pieces_of_report(run: Run, report: Report) -> Iterator[Piece]:
    counted = _Counted()
    if run.format == Format.PDF:
        return iter([(report_pdf(report, run.account, with_codes=False), run.lines_total or 0)])
    if run.format == Format.XLSX:
        rows = counted.parts(xlsx_rows(report, with_codes=False))
        columns = xlsx_columns(report, with_codes=False)
        return counted.pieces(xlsx_parts(columns, rows, sheet=report.title))
    form = _form(run)
    texts = counted.texts(csv_text(report, with_codes=False, form=form))
    return counted.pieces(_encoded(texts, form))


def _encoded(texts: Iterator[str], form: CsvForm) -> Iterator[bytes]:
    yield form.mark
    for text in texts:
        yield text.encode()


class _Counted:
    """Counts the lines that go by; a heading is none."""

    def __init__(self) -> None:
        self.lines = 0

    def parts(self, parts: Iterator[Part]) -> Iterator[Part]:
        """Parts of a workbook."""
        for part in parts:
            self.lines += len(part)
            yield part

    def texts(self, texts: Iterator[str]) -> Iterator[str]:
        """Lines of a CSV, the heading first. A line break in a cell would count once more."""
        yield next(texts)
        for text in texts:
            self.lines += text.count("\r\n")
            yield text

    def pieces(self, pieces: Iterator[bytes]) -> Iterator[Piece]:
        """What is made of them."""
        for piece in pieces:
            yield piece, self.lines
