"""Lines of a CDR file, as Asterisk's cdr_csv writes them."""

import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from callmark.switches.asterisk.cdr.journal import Journal
from callmark.switches.asterisk.cdr.reading import Skipped, Source, rows_of_line, whole_lines
from callmark.switches.asterisk.cdr.rows import CdrRow

ROWS = Path(__file__).parent / "rows"


def line(
    call: object,
    *,
    seconds: int = 30,
    field: str = "",
    channel: str = "PJSIP/acme-101-00000000",
    far: str = "PJSIP/carrier-00000001",
    start: str = "06:57:10",
    end: str = "06:57:42",
    disposition: str = "ANSWERED",
    data: str = "PJSIP/x@carrier,30",
    linked: object = "",
    sequence: int = 0,
) -> str:
    """One record with all 21 columns and its newline."""
    ended = datetime.fromisoformat(f"2026-11-23 {end}")
    answer = str(ended - timedelta(seconds=seconds)) if disposition == "ANSWERED" else ""
    quoted = [
        "",
        "101",
        "12125550100",
        "from-acme",
        '"Ben, B." <101>',
        channel,
        far,
        "Dial",
        data,
        f"2026-11-23 {start}",
        answer,
        f"2026-11-23 {end}",
    ]
    front = ",".join('"' + text.replace('"', '""') + '"' for text in quoted)
    return (
        f'{front},32,{seconds},"{disposition}","DOCUMENTATION","pbx-1.{call}","{field}","",'
        f'"pbx-1.{linked or call}",{sequence}\n'
    )


def columns(text: str, count: int) -> str:
    """The same record as a switch writes it that has fewer columns on."""
    fields = text.rstrip("\n").rsplit(",", 21 - count)
    return fields[0] + "\n"


def read(text: bytes) -> tuple[list[CdrRow], list[Skipped]]:
    """The records in a file, and what was skipped."""
    source = Source(key=b"a key")
    found = [one for each in whole_lines(io.BytesIO(text)) for one in rows_of_line(each, source)]
    return (
        [one for one in found if isinstance(one, CdrRow)],
        [one for one in found if isinstance(one, Skipped)],
    )


def journal_of(texts: Iterable[str]) -> Journal:
    """A journal with these lines in it."""
    journal = Journal()
    journal.add(read("".join(texts).encode())[0])
    return journal
