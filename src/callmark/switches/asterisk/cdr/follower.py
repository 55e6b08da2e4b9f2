"""Reads a live CDR file as it grows, over rotation, and remembers its place.

The place is the file's inode, how far it was read, and a hash of what stands just before. Where
the file is not that one any more (renamed and made anew, or copied and truncated), the old one is
looked for beside it by the hash; its rest, and files that came between, are read first.
"""

import fcntl
import gzip
import json
import os
import time
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from callmark.policy.values import value_class
from callmark.switches.asterisk.cdr.freepbx import CdrDatabase
from callmark.switches.asterisk.cdr.journal import KEPT, Journal
from callmark.switches.asterisk.cdr.reading import Skipped, Source, rows_of_line, whole_lines
from callmark.switches.asterisk.cdr.rows import CdrRow

_LINES = 2000
_HASHED = 4096


class AlreadyFollowed(Exception):
    """Another process follows this source."""


@value_class
class Place:
    """How far a file was read: ``line`` is the number of the next line, ``before`` a hash."""

    inode: int = 0
    offset: int = 0
    line: int = 1
    before: str = ""


@dataclass(slots=True)
class Progress:
    """What one look at the file found. ``lost``: the file that was read before is nowhere."""

    rows: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    lost: bool = False


class Follower:
    """Brings the new rows of one file into a journal. Closing it lets others follow the file."""

    def __init__(self, path: Path, journal_path: Path, zone: tzinfo = UTC) -> None:
        """Raises :class:`AlreadyFollowed`, and ``OSError`` if the journal cannot be written."""
        self._lock = lock(journal_path)
        self._path = path
        self.journal = Journal(journal_path)
        self._source = Source(zone, self.journal.key)
        kept = self.journal.place()
        self._place = Place(**json.loads(kept)) if kept else Place()
        self._said_lost = False

    def close(self) -> None:
        """Let go of the journal."""
        self.journal.close()
        os.close(self._lock)

    def read_new(self) -> Progress:
        """Read what has come since the last time. A file that is not there is one without rows."""
        progress = Progress()
        try:
            live = self._path.open("rb")
        except FileNotFoundError:
            return progress
        with live:
            inode = os.fstat(live.fileno()).st_ino
            if self._place.offset and not self._stands_in(live):
                self._finish_the_old_ones(inode, progress)
                self._read(live, Place(inode), progress)
            else:
                self._read(live, replace(self._place, inode=inode), progress)
        return progress

    def _stands_in(self, file: BinaryIO) -> bool:
        return hash_before(file, self._place.offset) == self._place.before

    def _finish_the_old_ones(self, live_inode: int, progress: Progress) -> None:
        rotated = self._rotated(live_inode)
        for written, path in rotated:
            with _opened(path) as file:
                if not self._stands_in(file):
                    continue
                self._read(file, self._place, progress)
            newer = [one for at, one in reversed(rotated) if at >= written and one != path]
            break
        else:
            progress.lost, self._said_lost = not self._said_lost, True
            return
        for path in newer:
            with _opened(path) as file:
                self._read(file, Place(), progress)

    def _rotated(self, live_inode: int) -> list[tuple[int, Path]]:
        """Files beside it whose names begin with its own, and when they were written, newest first.

        What is read twice, because a clock cannot tell two of them apart, is not new the second
        time.
        """
        found = []
        for path in self._path.parent.glob(f"{self._path.name}?*"):
            status = path.stat()
            if path.is_file() and status.st_ino != live_inode:
                found.append((status.st_mtime_ns, path))
        return sorted(found, reverse=True)

    def _read(self, file: BinaryIO, start: Place, progress: Progress) -> None:
        """Read to the end. The place stays in the file before until there is a whole line."""
        file.seek(start.offset)
        lines = whole_lines(file, start.line)
        while batch := list(islice(lines, _LINES)):
            found = [one for line in batch for one in rows_of_line(line, self._source)]
            last, after = batch[-1], file.tell()
            before = hash_before(file, last.end)
            file.seek(after)
            place = Place(start.inode, last.end, last.number + 1, before)
            rows = [one for one in found if isinstance(one, CdrRow)]
            progress.rows += self.journal.add(rows, json.dumps(asdict(place)).encode())
            progress.skipped += [one for one in found if isinstance(one, Skipped)]
            self._place, self._said_lost = place, False


def lock(journal_path: Path) -> int:
    """Take a journal for this process; returns a descriptor that holds it."""
    journal_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = journal_path.with_name(f"{journal_path.name}.lock")
    descriptor = os.open(name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise AlreadyFollowed(f"{journal_path} is in use: this CDR is followed already") from None
    return descriptor


def hash_before(file: BinaryIO, offset: int) -> str:
    """A hash of the bytes just before a place; '' if the file is not that long."""
    begin = max(0, offset - _HASHED)
    file.seek(begin)
    text = file.read(offset - begin)
    return blake2b(text, digest_size=16).hexdigest() if len(text) == offset - begin else ""


def _opened(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return cast(BinaryIO, gzip.open(path, "rb"))
    return path.open("rb")


class TableFollower:
    """The same for FreePBX's table; :meth:`read_new` raises ``OSError`` while it cannot be asked.

    Calls that began in the last ``USUALLY`` before the newest are read each time; now and then, for
    calls that lasted long and for an hour that the clock had twice, those of ``NOW_AND_THEN``.
    """

    USUALLY = timedelta(hours=1)
    NOW_AND_THEN = timedelta(hours=26)

    def __init__(self, table: CdrDatabase, journal_path: Path, zone: tzinfo = UTC) -> None:
        """Raises :class:`AlreadyFollowed`, and ``OSError`` if the journal cannot be written."""
        self._lock = lock(journal_path)
        self._table = table
        self.journal = Journal(journal_path)
        self._source = Source(zone, self.journal.key)
        kept = self.journal.place()
        self._newest = datetime.fromisoformat(kept.decode()) if kept else None
        self._all_again_at = 0.0

    def close(self) -> None:
        """Let go of the journal."""
        self.journal.close()
        os.close(self._lock)

    def read_new(self) -> Progress:
        """Read what has come since the last time."""
        progress = Progress()
        newest = self._newest or datetime.now(UTC) - KEPT + self.NOW_AND_THEN
        far = time.monotonic() >= self._all_again_at
        rows = self._table.rows_since(
            newest - (self.NOW_AND_THEN if far else self.USUALLY), self._source
        )
        while batch := list(islice(rows, _LINES)):
            newest = max(newest, batch[-1].started_at)
            progress.rows += self.journal.add(batch, newest.isoformat().encode())
        self._newest = newest
        if far:
            self._all_again_at = time.monotonic() + self.USUALLY.total_seconds() / 2
        return progress
