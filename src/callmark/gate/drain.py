"""Taking a spool to the database, in a process of its own beside the gate.

One process at a time drains a spool: it holds ``drain.lock``. Where several gate processes have one
each, ``callmark drain`` drains them all. A gate without ``callmark drain`` at
its side stores its records itself, and calls wait for that; with one it never touches the database
for them. Storing is idempotent, so the next to take over begins with the oldest file that is there.
"""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    close_old_connections,
    connection,
)

from callmark.batches import rest_since
from callmark.calls.records import Record
from callmark.calls.store import store
from callmark.calls.waiting import take_up_stranded
from callmark.gate.spool import BATCH, SpoolDrain, Unstorable
from callmark.gate.spools import spools
from callmark.keys.installed import refresh as refresh_keys
from callmark.keys.keyring import KeyProblem

log = logging.getLogger("callmark.drain")

LOOK_SECONDS = 0.1
"""A record that came is stored this soon, if nothing else has just been."""

HELD_SECONDS = 1.0
"""Another process drains: whether it still does is looked at this often."""

GATHER_SECONDS = 0.5
"""After a batch: what comes meanwhile is one transaction. At 20 calls a second, one for every
tenth of a second cost as much as all the rest of the gate's work for them."""

SQLITE_BATCH = 120
"""SQLite has one writer at a time: a page that saves waits for no more than these."""

BUSY_RECORDS, BUSY_SECONDS = 20, 1.5
"""After so many, at most so long, until another batch has come: a small one costs nearly as much as
a large one."""

_NEARLY = 0.85
"""Of a batch: the few that are more than one would be a batch of their own."""

TURN_SECONDS = 1.0
"""Of one spool, where there are several, and at least a batch."""

STRANDED_SECONDS = 60.0
RETRY_SECONDS = 2.0


class Drain:
    """Drains one spool, as long as no other process does; ``aside`` has what is refused."""

    def __init__(self, directory: Path, aside: Path | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self._spool = SpoolDrain(directory, _store_and_rest, batch(), aside)
        self._stranded_at = 0.0
        self._lock = -1

    def hold(self) -> bool:
        """Have the right to drain until :meth:`let_go`; False if another process has it."""
        if self._lock >= 0:
            return True
        descriptor = os.open(
            self._directory / "drain.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def let_go(self) -> None:
        """Leave the spool to the next that comes."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def work(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Store what waits, a batch at a time until ``stop``; returns how many records.

        Raises ``DatabaseError`` when the database is away: all of it waits on.
        """
        if self._spool.is_as_before():
            return 0
        close_old_connections()
        refresh_keys()
        stored = self._spool.drain(stop)
        if time.monotonic() - self._stranded_at > STRANDED_SECONDS and not stop():
            self._stranded_at = time.monotonic()
            take_up_stranded()
        return stored


class Drains:
    """Drains all spools of a machine in turn, of each what no other process drains.

    ``which`` of them: all that are there when it is asked, unless told otherwise.
    """

    def __init__(self, directory: Path, which: Callable[[Path], list[Path]] = spools) -> None:
        self._directory = directory
        self._which = which
        self._drains: dict[Path, Drain] = {}
        self._held: list[Drain] = []
        self._wanted: list[Path] = []
        self._listed_at = float("-inf")

    def hold(self) -> bool:
        """Have the right to drain some until :meth:`let_go`; False if other processes have all."""
        if time.monotonic() - self._listed_at >= HELD_SECONDS:
            self._wanted, self._listed_at = self._which(self._directory), time.monotonic()
        wanted = self._wanted
        for folder in wanted:
            if folder not in self._drains:
                self._drains[folder] = Drain(folder, self._directory)
        for folder, drain in self._drains.items():
            if folder not in wanted:
                drain.let_go()
        self._held = [drain for drain in map(self._drains.__getitem__, wanted) if drain.hold()]
        return bool(self._held)

    def let_go(self) -> None:
        """Leave the spools to the next that comes."""
        for drain in self._drains.values():
            drain.let_go()

    def work(self, stop: Callable[[], bool] = lambda: False) -> int:
        """As :meth:`Drain.work`, of each: of several one that fills up must not keep the others."""
        if len(self._held) == 1:
            return self._held[0].work(stop)
        return sum(drain.work(_a_turn(stop)) for drain in self._held)


def _a_turn(stop: Callable[[], bool]) -> Callable[[], bool]:
    until = time.monotonic() + TURN_SECONDS
    return lambda: stop() or time.monotonic() > until


def serve(
    directory: Path, stopping: threading.Event, came_round: Callable[[], None] = lambda: None
) -> None:
    """Drain until told to stop, which ends after the batch that is under way.

    ``came_round`` is called before each look at the spool.
    """
    drain = Drains(directory)
    waits = False
    turned_at = time.monotonic()
    while not stopping.is_set():
        came_round()
        if not drain.hold():
            if not waits:
                log.info("another process drains %s: this one waits in case it ends", directory)
            waits = True
            stopping.wait(HELD_SECONDS)
            continue
        waits = False
        before, turned_at = turned_at, time.monotonic()
        stopping.wait(_one_turn(drain, stopping, turned_at - before))
    drain.let_go()


def _one_turn(drain: Drains, stopping: threading.Event, since_last: float) -> float:
    """Seconds until the next one; ``since_last`` went by between the last two."""
    try:
        stored = drain.work(stopping.is_set)
    except DatabaseError as problem:
        # Calls go on, and their records wait.
        log.warning("the database cannot be used now: %s", type(problem).__name__)
        return RETRY_SECONDS
    except Exception:
        log.exception("draining failed; trying again")
        return RETRY_SECONDS
    return pause_after(stored, since_last)


def pause_after(stored: int, seconds: float) -> float:
    """How long to wait, in seconds, after so many records that came in so many seconds."""
    if stored >= BUSY_RECORDS:
        return min(BUSY_SECONDS, max(LOOK_SECONDS, _NEARLY * seconds * batch() / stored))
    return GATHER_SECONDS if stored else LOOK_SECONDS


def batch() -> int:
    """How many records are stored in one transaction."""
    return SQLITE_BATCH if connection.vendor == "sqlite" else BATCH


def _store_and_rest(records: list[Record]) -> None:
    began = time.monotonic()
    store_or_refuse(records)
    if connection.vendor == "sqlite":
        # A drain with much to do would be there first each time.
        rest_since(began)


def store_or_refuse(records: list[Record]) -> None:
    """Store records; raises :class:`Unstorable` where trying again would keep later ones waiting.

    DataError: a number too large or a text too long for its column.
    """
    try:
        store(records)
    except (IntegrityError, DataError, KeyProblem, ValueError) as problem:
        raise Unstorable from problem
