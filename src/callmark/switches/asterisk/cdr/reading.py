"""Finds the records in a CDR file, whatever else is in it.

Asterisk writes each record as one line. A power cut or a full disk leaves a part of one, or zero
bytes, and the next record follows directly behind. So a record is looked for at the end of each
line: nothing that stands before it can hide it, and nothing but its own line can spoil it.
"""

import re
from collections.abc import Iterator
from dataclasses import field
from datetime import UTC, datetime, tzinfo
from hashlib import blake2b
from os import urandom
from typing import BinaryIO

from callmark.policy.values import value_class
from callmark.switches.asterisk.cdr.rows import CdrRow, marks_of

LONGEST_RECORD = 4096
"""Bytes; Asterisk's own limit is 1,024."""

WRITE_THEM = (
    "set loguniqueid, loguserfield, newcdrcolumns and usegmtime to yes under [csv] in cdr.conf"
)
EMPTY = "it is empty"
OLD_COLUMNS = f"it has no unique id or no userfield: {WRITE_THEM}"
NO_RECORD = "it is not a record, or only a part of one"
BAD_TIME = "it has a time that does not exist"
DAMAGED_BEFORE = "there was something before the record, which was taken"

_TEXT = rb'"(?:[^"]|"")*+"'
_KEPT = rb'"((?:[^"]|"")*+)"'
_TIME = rb'"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"'
# accountcode, src, dst, dcontext, clid, channel, dstchannel, lastapp, lastdata
_PARTIES = (_TEXT, _KEPT, _TEXT, _TEXT, _TEXT, _KEPT, _KEPT, _KEPT, _KEPT)
# start, answer (nothing at all if nobody did), end, duration, billsec, disposition, amaflags
_TIMES = (_TIME, rb'(?:""|' + _TIME + rb")?", _TIME, rb"\d{1,9}", rb"(\d{1,9})", _KEPT, _TEXT)
_START = rb",".join((*_PARTIES, *_TIMES))
_UNIQUE_ID_AND_USER_FIELD = rb"," + _KEPT + rb"," + _KEPT
_NEW_COLUMNS = rb"," + _TEXT + rb"," + _KEPT + rb",(\d{1,10})"  # peeraccount, linkedid, sequence
_RECORD = re.compile(
    _START + _UNIQUE_ID_AND_USER_FIELD + rb"(?:" + _NEW_COLUMNS + rb")?\Z", re.DOTALL
)
_OLD_RECORD = re.compile(_START + rb"(?:," + _TEXT + rb")?\Z", re.DOTALL)


@value_class
class Source:
    """How a switch writes: the zone of its times, and a secret key for :func:`dial_of`."""

    zone: tzinfo = UTC
    key: bytes = field(default_factory=lambda: urandom(16), repr=False)


@value_class
class Line:
    """A line of a file: its number from 1, where it begins and ends (bytes), and its text."""

    number: int
    start: int
    end: int
    text: bytes


@value_class
class Skipped:
    """A line, or a part of one, that no record was made of. Never says what was in it."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


def whole_lines(file: BinaryIO, first: int = 1) -> Iterator[Line]:
    """The lines from the file's position on; what follows the last newline is not one yet.

    Of a line longer than any record the last bytes are kept.
    """
    number, start = first, file.tell()
    text = b""
    position = start
    while piece := file.readline(LONGEST_RECORD):
        position += len(piece)
        text = (text + piece)[-LONGEST_RECORD:]
        if piece.endswith(b"\n"):
            yield Line(number, start, position, text.rstrip(b"\r\n"))
            number, start, text = number + 1, position, b""


def rows_of_line(line: Line, source: Source) -> Iterator[CdrRow | Skipped]:
    """The record of a line, if it has one, and what else there was."""
    text = line.text
    if not text.strip(b" \t\0"):
        yield Skipped(line.number, EMPTY if not text.strip() else NO_RECORD)
        return
    found = _RECORD.match(text) or _behind_damage(text)
    if found is None or b"\0" in found[0]:
        old = _OLD_RECORD.match(text)
        yield Skipped(line.number, OLD_COLUMNS if old else NO_RECORD)
        return
    if found.start():
        yield Skipped(line.number, DAMAGED_BEFORE)
    try:
        yield _row(found, source)
    except ValueError:
        yield Skipped(line.number, BAD_TIME)


def _behind_damage(text: bytes) -> re.Match[bytes] | None:
    start = text.find(b'"', 1)
    while start > 0:
        if found := _RECORD.match(text, start):
            return found
        start = text.find(b'"', start + 1)
    return None


def _row(found: re.Match[bytes], how: Source) -> CdrRow:
    zone = how.zone
    source, channel, far, app, data, start, answer, end, seconds, disposition = found.groups()[:10]
    unique_id, user_field, linked_id, sequence = found.groups()[10:]
    call_id = _text(unique_id)
    return CdrRow(
        source=_text(source),
        channel=_text(channel),
        far_channel=_text(far),
        dial=dial_of(app, data, how.key),
        started_at=_moment(start, zone),
        answered_at=_moment(answer, zone) if answer else None,
        ended_at=_moment(end, zone),
        seconds=int(seconds),
        disposition=_text(disposition),
        call_id=call_id,
        linked_id=_text(linked_id) if linked_id else call_id,
        marks=marks_of(_text(user_field)),
        sequence=int(sequence) if sequence else -1,
    )


def dial_of(application: bytes, data: bytes, key: bytes) -> str:
    """The same for the same application and arguments, without showing them."""
    return blake2b(application + b"\0" + data, digest_size=8, key=key).hexdigest()


def _text(field: bytes) -> str:
    return field.replace(b'""', b'"').decode("utf-8", "replace")


def _moment(text: bytes, zone: tzinfo) -> datetime:
    return datetime.fromisoformat(text.decode()).replace(tzinfo=zone).astimezone(UTC)
