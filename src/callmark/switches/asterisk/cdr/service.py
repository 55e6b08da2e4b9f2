"""``callmark asterisk follow-cdr``: the rows of a switch, brought into the records as they come.

It may be killed at any moment: rows and place are saved together, and rows are done with only when
the records are stored.
"""

import logging
import re
import time
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from callmark.switches.asterisk.cdr.follower import Follower, Progress, TableFollower
from callmark.switches.asterisk.cdr.freepbx import CdrDatabase
from callmark.switches.asterisk.cdr.importing import import_pending
from callmark.switches.asterisk.cdr.journal import KEPT

log = logging.getLogger("callmark.asterisk")

FILE_SECONDS = 2.0
TABLE_SECONDS = 10.0
_NAMED = 20


def source_of(path: Path | None, database_url: str, switch: str) -> Follower | TableFollower:
    """The file, or without one the database, with its journal in the data folder.

    Raises ``ValueError`` for a switch that cannot have that name.
    """
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", switch):
        raise ValueError(f"no switch can have the name {switch!r}")
    journal = journal_path(switch, of_table=path is None)
    if path is not None:
        return Follower(path, journal, settings.CDR_TIME_ZONE)
    return TableFollower(CdrDatabase.parse(database_url), journal, settings.CDR_TIME_ZONE)


def journal_path(switch: str, *, of_table: bool) -> Path:
    """Where the journal of a switch's CDR is kept."""
    path: Path = settings.DATA_DIR / f"cdr-{switch}{'-table' if of_table else ''}.sqlite3"
    return path


def follow(source: Follower | TableFollower, switch: str, *, once: bool = False) -> None:
    """Look again and again; with ``once``, until all that is there has been brought in."""
    pause = FILE_SECONDS if isinstance(source, Follower) else TABLE_SECONDS
    try:
        while True:
            _look(source, switch, patient=not once)
            if once:
                return
            time.sleep(pause)
    finally:
        source.close()


def _look(source: Follower | TableFollower, switch: str, *, patient: bool) -> None:
    try:
        _say(source.read_new())
        counts = import_pending(source.journal, switch)
    except (OSError, DatabaseError) as problem:
        if not patient:
            raise
        log.warning("the switch's CDR waits: %s", type(problem).__name__)
        close_old_connections()
        return
    if counts.completed or counts.added or counts.corrected:
        log.info("from the switch's CDR: %s", counts)
    source.journal.forget_before(datetime.now(UTC) - KEPT)


def _say(progress: Progress) -> None:
    for one in progress.skipped[:_NAMED]:
        log.warning("the switch's CDR: skipped %s", one)
    if len(progress.skipped) > _NAMED:
        log.warning("the switch's CDR: skipped %d more", len(progress.skipped) - _NAMED)
    if progress.lost:
        log.error(
            "the CDR file was rotated and the old one is not beside it: read it by "
            "'callmark asterisk import-cdr'"
        )
