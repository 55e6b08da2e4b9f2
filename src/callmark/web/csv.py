"""Answering with a CSV file; what a cell may hold is said in :mod:`callmark.csv_files`."""

import logging
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile

from django.http import FileResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from callmark.accounts.row_security import scope_now, seeing

log = logging.getLogger("callmark.web")

_TYPE = "text/csv; charset=utf-8"

BROKEN_OFF = "INCOMPLETE: the export broke off here. Export it again."
"""The last line of a file that could not be made to its end."""


class ExportBrokeOff(Exception):
    """What went wrong is in the log: its own text might quote what is stored."""


def csv_stream(lines: Iterable[str], name: str) -> StreamingHttpResponse:
    """The lines as a file to save, sent as they are made: the first one at once.

    Each is made while the database shows the rows of this request's person, and no transaction may
    be left open between two. Trouble on the way cannot become an error page any more: the file then
    ends with :data:`BROKEN_OFF`, because the server ends an answer well even if making it failed.
    """
    answer = StreamingHttpResponse(_within(scope_now(), iter(lines)), content_type=_TYPE)
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return answer


def _within(scope: str, lines: Iterator[str]) -> Iterator[bytes]:
    while True:
        try:
            with seeing(scope):
                line = next(lines, None)
        except Exception as problem:
            log.error("an export broke off: %s", type(problem).__name__)
            break
        if line is None:
            return
        yield line.encode()
    yield f"{BROKEN_OFF}\r\n".encode()
    raise ExportBrokeOff


def csv_download(lines: Iterable[str], name: str) -> FileResponse:
    """The lines as a file to save, written out within the request: none too long to wait for.

    While an answer is sent, the database no longer knows whose rows this person may see.
    """
    file = TemporaryFile()  # noqa: SIM115 (the answer closes it)
    for line in lines:
        file.write(line.encode())
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=_TYPE)
