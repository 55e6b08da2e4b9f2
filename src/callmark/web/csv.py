"""Answering with a CSV file; what a cell may hold is said in :mod:`callmark.csv_files`."""

from collections.abc import Iterable
from tempfile import TemporaryFile

from django.http import FileResponse


def csv_download(lines: Iterable[str], name: str) -> FileResponse:
    """The lines as a file to save, written out within the request.

    While an answer is sent, the database no longer knows whose rows this person may see. A file,
    because years of rows need not fit into memory.
    """
    file = TemporaryFile()  # noqa: SIM115 (the answer closes it)
    for line in lines:
        file.write(line.encode())
    file.seek(0)
    return FileResponse(
        file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8"
    )
