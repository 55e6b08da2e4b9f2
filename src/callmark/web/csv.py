"""Answering with a file for spreadsheets: CSV, or a workbook.

What a cell may hold is said in :mod:`callmark.csv_files` and :mod:`callmark.xlsx_files`.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import Generic, TypeVar

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from callmark.accounts.row_security import scope_now, seeing
from callmark.csv_files import FOR_PROGRAMS, CsvForm
from callmark.xlsx_files import TYPE as XLSX_TYPE
from callmark.xlsx_files import Column, Part, xlsx_parts

log = logging.getLogger("callmark.web")

_TYPE = "text/csv; charset=utf-8"

Made = TypeVar("Made")

BROKEN_OFF = "INCOMPLETE: the export broke off here. Export it again."
"""The last line of a file that could not be made to its end."""


class ExportBrokeOff(Exception):
    """What went wrong is in the log: its own text might quote what is stored."""


def csv_stream(
    lines: Iterable[str], name: str, form: CsvForm = FOR_PROGRAMS
) -> StreamingHttpResponse:
    """The lines, written in this form, as a file to save, sent as they are made.

    Each is made while the database shows the rows of this request's person, and no transaction may
    be left open between two. Trouble on the way cannot become an error page any more: the file then
    ends with :data:`BROKEN_OFF`, because the server ends an answer well even if making it failed.
    """
    told = _Parts(scope_now(), iter(lines), f"{BROKEN_OFF}\r\n")
    return _as_file(_encoded(told, form.mark), name, _TYPE)


def xlsx_stream(
    columns: Sequence[Column], parts: Iterable[Part], name: str, *, sheet: str
) -> StreamingHttpResponse:
    """The rows as a workbook to save, sent and ended like :func:`csv_stream`."""
    told = _Parts(scope_now(), iter(parts), BROKEN_OFF)
    return _as_file(_workbook(columns, told, sheet), name, XLSX_TYPE)


def zip_stream(parts: Iterable[bytes], name: str) -> StreamingHttpResponse:
    """The pieces of a ZIP as a file to save, sent like :func:`csv_stream`.

    One that broke off has no list of what is in it: no program opens it.
    """
    return parts_stream(parts, name, "application/zip")


def parts_stream(parts: Iterable[bytes], name: str, content_type: str) -> StreamingHttpResponse:
    """Pieces of a file to save, each read while the one before is sent."""
    told = _Parts(scope_now(), iter(parts), b"")
    return _as_file(_raw(told), name, content_type)


def file_answer(content: bytes, name: str, content_type: str) -> HttpResponse:
    """A file that is made already, to save."""
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = content_disposition_header(True, name) or ""
    return answer


def _raw(parts: "_Parts[bytes]") -> Iterator[bytes]:
    yield from parts
    if parts.broken:
        raise ExportBrokeOff


def _as_file(pieces: Iterator[bytes], name: str, content_type: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(pieces, content_type=content_type)
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return answer


def _encoded(lines: "_Parts[str]", mark: bytes) -> Iterator[bytes]:
    for line in lines:
        yield mark + line.encode()
        mark = b""
    if lines.broken:
        raise ExportBrokeOff


def _workbook(columns: Sequence[Column], parts: "_Parts[Part]", sheet: str) -> Iterator[bytes]:
    yield from xlsx_parts(columns, parts, sheet=sheet)
    if parts.broken:
        raise ExportBrokeOff


class _Parts(Generic[Made]):
    """What is made, part by part, in a scope; ``instead`` where making the next one failed."""

    def __init__(self, scope: str, parts: Iterator[Made], instead: Made) -> None:
        self.broken = False
        self._scope, self._parts, self._instead = scope, parts, instead

    def __iter__(self) -> Iterator[Made]:
        while True:
            try:
                with seeing(self._scope):
                    part = next(self._parts, None)
            except Exception as problem:
                log.error("an export broke off: %s", type(problem).__name__)
                self.broken = True
                break
            if part is None:
                return
            yield part
        yield self._instead


def csv_download(
    lines: Iterable[str], name: str, form: CsvForm = FOR_PROGRAMS, *, encoding: str = "utf-8"
) -> FileResponse:
    """The lines as a file to save, written out within the request: none too long to wait for.

    While an answer is sent, the database no longer knows whose rows this person may see.
    """
    file = TemporaryFile()  # noqa: SIM115 (the answer closes it)
    file.write(form.mark)
    for line in lines:
        file.write(line.encode(encoding))
    file.seek(0)
    content_type = _TYPE.replace("utf-8", encoding)
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
