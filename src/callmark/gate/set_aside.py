"""Records that the database will not take: kept beside the spool, counted, and tried again.

Nothing here may run into a gate that sets another line aside at the same moment: both hold a lock.
"""

import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from callmark.policy.values import value_class

log = logging.getLogger("callmark.gate.spool")

SET_ASIDE = "rejected.jsonl"
_REPLAYING = "rejected.replaying.jsonl"
_SINCE = "rejected.since"


class ReplayUnderWay(Exception):
    """Somebody else is trying the same records again."""


@value_class
class SetAside:
    """How many lines are set aside, and since when (None if none are, or nobody knows)."""

    count: int
    since: datetime | None


def set_aside(directory: Path, line: bytes, problem: BaseException) -> None:
    """Keep a line that cannot be stored, on disk before it counts as drained."""
    # Only the kind of problem: messages may quote the record, which holds a code.
    kind = type(problem).__name__
    log.error("a spooled record cannot be stored (%s); kept in %s", kind, SET_ASIDE)
    kept, since = directory / SET_ASIDE, directory / _SINCE
    with _locked(directory, "rejected.lock"):
        if not since.exists():
            since.write_text(datetime.now(UTC).isoformat())
        with kept.open("ab") as file:
            kept.chmod(0o600)
            file.write(line if line.endswith(b"\n") else line + b"\n")
            file.flush()
            os.fsync(file.fileno())


def what_is_set_aside(directory: Path) -> SetAside:
    """What waits for somebody to mend what kept it from being stored."""
    count = sum(path.read_bytes().count(b"\n") for path in files_set_aside(directory))
    since = directory / _SINCE
    if not count or not since.exists():
        return SetAside(count, None)
    return SetAside(count, datetime.fromisoformat(since.read_text()))


def files_set_aside(directory: Path) -> list[Path]:
    """The files that hold them."""
    files = (directory / SET_ASIDE, directory / _REPLAYING)
    return [path for path in files if path.exists()]


def files_to_keep(directory: Path) -> list[Path]:
    """Those, and the one that says since when: for a backup."""
    since = directory / _SINCE
    return files_set_aside(directory) + ([since] if since.exists() else [])


def count_set_aside(directory: Path) -> int:
    """How many lines are set aside."""
    return what_is_set_aside(directory).count


def replay_set_aside(directory: Path, store_lines: Callable[[list[bytes]], int]) -> tuple[int, int]:
    """Try again; returns how many were stored and how many are still set aside.

    ``store_lines`` is :meth:`callmark.gate.spool.SpoolDrain.store_lines`. What it raises (the
    database is away) leaves everything set aside. Raises :class:`ReplayUnderWay`.
    """
    if not directory.exists():
        return 0, 0
    with _locked(directory, "replay.lock", wait=False):
        replaying = directory / _REPLAYING
        _take(directory, replaying)
        lines = replaying.read_bytes().splitlines(keepends=True) if replaying.exists() else []
        stored = sum(store_lines([line]) for line in lines)
        replaying.unlink(missing_ok=True)
        with _locked(directory, "rejected.lock"):
            left = count_set_aside(directory)
            if not left:
                (directory / _SINCE).unlink(missing_ok=True)
        return stored, left


def _take(directory: Path, replaying: Path) -> None:
    """Move the lines out of the way of a gate, behind those of a replay that was cut short."""
    kept = directory / SET_ASIDE
    with _locked(directory, "rejected.lock"):
        if not kept.exists():
            return
        if not replaying.exists():
            kept.replace(replaying)
            return
        with replaying.open("ab") as file:
            file.write(kept.read_bytes())
            file.flush()
            os.fsync(file.fileno())
        kept.unlink()


@contextmanager
def _locked(directory: Path, name: str, *, wait: bool = True) -> Iterator[None]:
    """One process (and thread) at a time; the system lets go of it however that ends."""
    descriptor = os.open(directory / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ReplayUnderWay("these records are being tried again already") from None
    finally:
        os.close(descriptor)
