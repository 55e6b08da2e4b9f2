"""``callmark freeswitch follow-cdr``: what a switch writes, brought into the records as it comes.

It may be killed at any moment: the place is saved after the records are stored, and what is read
twice adds nothing.
"""

import json
import logging
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from callmark.switches.freeswitch.cdr.importing import import_events
from callmark.switches.freeswitch.cdr.reading import (
    JSON_NAME,
    NOT_A_LINE,
    NOT_JSON,
    Found,
    Skipped,
    event_of_line,
    read_json,
)

log = logging.getLogger("callmark.freeswitch")

SECONDS = 2.0
HALF_WRITTEN_SECONDS = 60
"""A file that is no JSON for longer was never finished."""

_LATE_NS = 600 * 1_000_000_000
_NAMED = 20
_MOST_LINES = 2000


@dataclass(slots=True)
class Place:
    """How far a source was read: the newest file and those of the last minutes, or a file's end."""

    newest: int = 0
    names: list[str] = field(default_factory=list)
    inode: int = 0
    offset: int = 0


def place_file(switch: str) -> Path:
    """Where the place in a switch's CDR is kept."""
    path: Path = settings.DATA_DIR / f"cdr-{switch}-freeswitch.json"
    return path


class Follower:
    """Reads what is new in a folder of JSON files or in one CSV file."""

    def __init__(self, source: Path, switch: str, place: Path | None = None) -> None:
        self._source, self._switch = source, switch
        self._file = place or place_file(switch)
        try:
            self._place = Place(**json.loads(self._file.read_text()))
        except (OSError, ValueError, TypeError):
            self._place = Place()

    def look(self) -> Found:
        """Bring in what has come since the last time. Raises ``OSError`` and ``DatabaseError``."""
        while True:
            found, place, more = self._folder() if self._source.is_dir() else self._lines()
            counts = import_events(found.events, self._switch)
            if counts.completed or counts.added or counts.corrected:
                log.info("from the switch's CDR: %s", counts)
            if place != self._place:
                self._keep(place)
            if not more:
                return found

    def _keep(self, place: Place) -> None:
        unfinished = self._file.with_suffix(".new")
        unfinished.write_text(json.dumps(asdict(place)))
        unfinished.replace(self._file)
        self._place = place

    def _folder(self) -> tuple[Found, Place, bool]:
        found, seen = Found(), set(self._place.names)
        newest = self._place.newest
        kept: list[tuple[int, str]] = []
        for path in self._source.glob(JSON_NAME):
            written = path.stat().st_mtime_ns
            if written < self._place.newest - _LATE_NS:
                continue
            if path.name not in seen:
                event = read_json(path)
                if event is None and time.time() - written / 1e9 < HALF_WRITTEN_SECONDS:
                    continue  # it is being written
                if event is None:
                    found.skipped.append(Skipped(path.name, NOT_JSON))
                else:
                    found.events.append(event)
            kept.append((written, path.name))
            newest = max(newest, written)
        names = sorted(name for written, name in kept if written >= newest - _LATE_NS)
        return found, Place(newest=newest, names=names), False

    def _lines(self) -> tuple[Found, Place, bool]:
        """The rest of the file that was read before, then the one that stands in its place."""
        found = Found()
        live = self._source.stat().st_ino
        path = self._source if self._place.inode in {0, live} else self._rotated()
        if path is None:
            log.error("the CDR file was rotated and the old one is not beside it")
            return found, Place(inode=live), True
        with path.open("rb") as file:
            file.seek(self._place.offset if self._place.offset <= path.stat().st_size else 0)
            for _ in range(_MOST_LINES):
                start, line = file.tell(), file.readline()
                if not line.endswith(b"\n"):
                    file.seek(start)
                    break
                event = event_of_line(line)
                if event is not None:
                    found.events.append(event)
                elif line.strip():
                    found.skipped.append(Skipped(f"byte {start}", NOT_A_LINE))
            else:
                return found, Place(inode=path.stat().st_ino, offset=file.tell()), True
            if path == self._source:
                return found, Place(inode=live, offset=file.tell()), False
        return found, Place(inode=live), True

    def _rotated(self) -> Path | None:
        beside = self._source.parent.glob(f"{self._source.name}.*")
        return next((one for one in beside if one.stat().st_ino == self._place.inode), None)


def follow(source: Path, switch: str, *, once: bool = False) -> None:
    """Look again and again; with ``once``, until all that is there has been brought in."""
    follower = Follower(source, switch)
    while True:
        try:
            found = follower.look()
        except (OSError, DatabaseError) as problem:
            if once:
                raise
            log.warning("the switch's CDR waits: %s", type(problem).__name__)
            close_old_connections()
        else:
            for one in found.skipped[:_NAMED]:
                log.warning("the switch's CDR: skipped %s", one)
        if once:
            return
        time.sleep(SECONDS)
