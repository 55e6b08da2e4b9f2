"""The durable spool: what the gate writes down before a call proceeds.

Entries are JSON lines in append-only segment files, flushed to disk (fdatasync) before
:meth:`Spool.append` returns; calls that wait at the same time share one flush. A drain takes them
to the database in order and deletes a segment when all of it is stored. After a crash the rest of
every segment is drained again: storing is idempotent.
"""

import asyncio
import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import field
from itertools import zip_longest
from pathlib import Path
from queue import Empty, SimpleQueue

from callmark.calls.records import CallCameIn, LegEnded, Record, from_line, to_line
from callmark.gate.counters import counters
from callmark.gate.set_aside import set_aside
from callmark.policy.values import value_class

log = logging.getLogger("callmark.gate.spool")

SEGMENT_BYTES = 4 * 1024 * 1024
"""A segment is closed, and can be deleted once stored, past this size."""

BATCH = 500
"""Records stored in one transaction."""


DRAINED = "drained"
"""How far the newest segment has been stored: only for :func:`count_waiting`."""


ENDS_SECONDS = 0.05
"""What nobody waits for (the end of a call) may wait so long for others to share a flush with."""


class SpoolError(Exception):
    """The entry could not be made durable (a full disk, say): the call must not proceed."""


class SpoolInUse(Exception):
    """Two gates on one spool would each drain half of what the other writes."""


@value_class
class _Line:
    line: bytes = field(repr=False)
    done: asyncio.Future[None]


_ENDS = (LegEnded, CallCameIn)


class Spool:
    """The writing side: one thread appends and flushes; close() waits for what is under way.

    Used from one event loop. What nobody waits for stays with the loop until something goes to the
    thread anyway, or for :data:`ENDS_SECONDS`: to wake the thread costs more than to write.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self._lock = _lock(directory)
        self._unhurried: list[_Line] = []
        self._hand_over_later: asyncio.TimerHandle | None = None
        self._queue: SimpleQueue[list[_Line] | None] = SimpleQueue()
        self._file_descriptor = -1
        self._written = 0
        self._batch_begins = 0
        self.current: Path | None = None
        self._thread = threading.Thread(target=self._write_loop, name="spool", daemon=True)
        self._thread.start()

    async def append(self, record: Record) -> None:
        """Return when the record is on disk. Raises :class:`SpoolError`."""
        loop = asyncio.get_running_loop()
        line = _Line(to_line(record), loop.create_future())
        self._unhurried.append(line)
        if not isinstance(record, _ENDS):
            self._hand_over()
        elif self._hand_over_later is None:
            self._hand_over_later = loop.call_later(ENDS_SECONDS, self._hand_over)
        await line.done

    def close(self) -> None:
        """Write what is queued and stop."""
        self._hand_over()
        self._queue.put(None)
        self._thread.join()
        if self._file_descriptor >= 0:
            os.close(self._file_descriptor)
            self._file_descriptor = -1
        os.close(self._lock)

    def _hand_over(self) -> None:
        if self._hand_over_later is not None:
            self._hand_over_later.cancel()
            self._hand_over_later = None
        if self._unhurried:
            self._queue.put(self._unhurried)
            self._unhurried = []

    def _write_loop(self) -> None:
        while (batch := self._queue.get()) is not None:
            stop = False
            with suppress(Empty):
                while not stop:
                    more = self._queue.get_nowait()
                    stop = more is None
                    batch = [*batch, *(more or ())]
            self._write_batch(batch)
            if stop:
                return

    def _write_batch(self, batch: list["_Line"]) -> None:
        error: SpoolError | None = None
        self._batch_begins = self._written
        try:
            self._write_and_flush(b"".join(one.line for one in batch))
        except OSError as problem:
            log.exception("the spool in %s cannot be written", self._directory)
            self._abandon_segment()
            error = SpoolError(f"the spool cannot be written: {problem.strerror}")
        _settle(batch, error)

    def _write_and_flush(self, data: bytes) -> None:
        if self._file_descriptor < 0 or self._written > SEGMENT_BYTES:
            self._open_segment()
            self._batch_begins = 0
        while data:
            count = os.write(self._file_descriptor, data)
            self._written += count
            data = data[count:]
        os.fdatasync(self._file_descriptor)

    def _open_segment(self) -> None:
        if self._file_descriptor >= 0:
            os.close(self._file_descriptor)
            self._file_descriptor = -1
        number = max((segment_number(path) for path in segments(self._directory)), default=0) + 1
        path = self._directory / f"{number:012d}.jsonl"
        # Named before it exists: a drain must never take it for a finished one.
        self.current = path
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._file_descriptor = os.open(path, flags, 0o600)
        self._written = 0
        directory = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def _abandon_segment(self) -> None:
        """Take back what was written of a batch that failed: those calls were told so.

        Whole lines of it would become calls that the switch decided by itself.
        """
        if self._file_descriptor >= 0:
            try:
                os.ftruncate(self._file_descriptor, self._batch_begins)
                os.fsync(self._file_descriptor)
            except OSError:
                log.exception("a failed write could not be taken back from %s", self.current)
            os.close(self._file_descriptor)
        self._file_descriptor = -1


def _lock(directory: Path) -> int:
    """Hold the directory for one process; the system lets go of it however that ends."""
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    give_up_at = time.monotonic() + _LOOKED_AT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < give_up_at:
                time.sleep(0.01)  # It may be a drain that looks whether anybody is here.
                continue
            os.close(descriptor)
            raise SpoolInUse(
                f"another gate uses the spool in {directory}: give each its own CALLMARK_DATA_DIR"
            ) from None
        return descriptor


_LOOKED_AT_SECONDS = 0.5


def is_in_use(directory: Path) -> bool:
    """Whether a gate is running on this spool."""
    try:
        descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared: of two who look, neither takes the other for a gate.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def has_stopped(directory: Path) -> bool:
    """Whether a gate has run on this spool and none does now."""
    return (directory / "lock").exists() and not is_in_use(directory)


def _settle(batch: list[_Line], error: SpoolError | None) -> None:
    def set_results() -> None:
        for line in batch:
            if line.done.done():
                continue
            if error:
                line.done.set_exception(error)
            else:
                line.done.set_result(None)

    batch[0].done.get_loop().call_soon_threadsafe(set_results)


def segments(directory: Path) -> list[Path]:
    """The segment files, oldest first."""
    return sorted(directory.glob("[0-9]*.jsonl"))


def segment_number(path: Path) -> int:
    """The number in a segment's name."""
    return int(path.stem)


def count_waiting(directory: Path) -> int:
    """How many records have not reached the database yet."""
    return sum(1 for _ in lines_waiting(directory))


def lines_waiting(directory: Path) -> Iterator[bytes]:
    """The records that have not reached the database yet, as lines."""
    drained = directory / DRAINED
    name, _, offset = drained.read_text().partition(" ") if drained.exists() else ("", "", "")
    for path in segments(directory):
        if path.name < name:
            continue  # done, and about to be deleted
        with suppress(FileNotFoundError), path.open("rb") as file:  # one may just be done
            file.seek(int(offset) if path.name == name and offset.isdigit() else 0)
            yield from (line for line in file if line.endswith(b"\n"))


class Unstorable(Exception):
    """The database refuses what it was given, and always will (its account is gone, say)."""


_LOOK_AT_ALL_SECONDS = 1.0


class SpoolDrain:
    """The reading side: takes records to ``store``, in order, remembering how far it came.

    One at a time may do so: :class:`callmark.gate.drain.Drain` sees to that.
    """

    def __init__(
        self,
        directory: Path,
        store: Callable[[list[Record]], None],
        batch: int | None = None,
        aside: Path | None = None,
    ) -> None:
        self._directory = directory
        self._aside = aside or directory
        self._store = store
        self._batch = batch or BATCH
        self._offsets: dict[Path, int] = {}
        self._empty: tuple[float, object] = (float("-inf"), None)
        """When all was stored, and how the folder looked."""

    def is_as_before(self) -> bool:
        """Whether nothing has come since all was stored, as far as a look at two names tells.

        Now and then the answer is no: a gate that stops leaves nothing to see there.
        """
        at, looked = self._empty
        return time.monotonic() - at < _LOOK_AT_ALL_SECONDS and looked == self._look()

    def _look(self) -> object:
        newest = max(self._offsets, default=self._directory)
        try:
            return newest, self._directory.stat().st_mtime_ns, newest.stat().st_size
        except FileNotFoundError:
            return None

    def drain(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Store every whole line; return how many. Ends after a batch once ``stop`` says so.

        What comes while the last of them are stored is left to gather: a small batch costs nearly
        as much as a large one, and calls may come faster than small ones are stored.

        What ``store`` raises stops the drain, and the next one begins with the same batch. A batch
        that is :class:`Unstorable` is stored record by record, and what still is, is set aside.
        """
        count, look = 0, self._look()
        listed = segments(self._directory)
        self._offsets = {path: self._offsets.get(path, 0) for path in listed}
        # Asked after listing: in a listed segment that is not written to by now, nothing changes.
        finished = self._finished(listed)
        for path, following in zip_longest(listed, listed[1:]):
            while lines := self._next_lines(path):
                started = time.monotonic()
                self.store_lines(lines)
                self._offsets[path] += sum(map(len, lines))
                count += len(lines)
                self._remember(f"{path.name} {self._offsets[path]}")
                counters.batch_was_stored(len(lines), time.monotonic() - started)
                if stop():
                    return count
                if len(lines) < self._batch:
                    break
            if path in finished:
                # First: the next file may have the name of this one.
                self._remember(f"{following.name} 0" if following else "")
                path.unlink()
                self._offsets.pop(path)
        counters.drained_at = time.time()
        if not count and look == self._look():
            self._empty = time.monotonic(), look
        return count

    def _finished(self, listed: list[Path]) -> list[Path]:
        """Those that no gate writes to: it only writes to its last one."""
        return listed[:-1] if listed and is_in_use(self._directory) else listed

    def _remember(self, text: str) -> None:
        # Replaced at once: to who counts in between, an empty one would mean that all of it waits.
        new = self._directory / f"{DRAINED}.new"
        new.write_text(text)
        new.replace(self._directory / DRAINED)

    def _next_lines(self, path: Path) -> list[bytes]:
        lines: list[bytes] = []
        with path.open("rb") as file:
            file.seek(self._offsets[path])
            for line in file:
                if not line.endswith(b"\n") or len(lines) == self._batch:
                    break
                lines.append(line)
        return lines

    def store_lines(self, lines: list[bytes]) -> int:
        """Store lines, or set them aside where that can never be; returns how many were stored."""
        readable: list[tuple[bytes, Record]] = []
        for line in lines:
            try:
                readable.append((line, from_line(line)))
            except ValueError as problem:
                counters.set_aside += 1
                set_aside(self._aside, line, problem)
        try:
            self._store([record for _, record in readable])
        except Unstorable:
            return self._store_singly(readable)
        return len(readable)

    def _store_singly(self, readable: list[tuple[bytes, Record]]) -> int:
        stored = 0
        for line, record in readable:
            try:
                self._store([record])
                stored += 1
            except Unstorable as problem:
                counters.set_aside += 1
                set_aside(self._aside, line, problem.__cause__ or problem)
        return stored
