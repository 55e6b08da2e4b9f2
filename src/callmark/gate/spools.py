"""The spools of one machine: each gate process has its own, below that of the first.

One of a process that is started no more is one of them until all of it is stored, so the number of
processes may change at any time. What the database refuses is set aside in the first one's folder.
"""

from collections.abc import Iterator
from pathlib import Path

from callmark.gate.spool import is_in_use, lines_waiting
from callmark.gate.waiting import Waiting, what_waits

_BELOW = "process-"


def spool_of(directory: Path, process: int) -> Path:
    """The folder of one process, from 1."""
    return directory if process == 1 else directory / f"{_BELOW}{process}"


def spools(directory: Path) -> list[Path]:
    """All that are there, the first one's first."""
    return [directory, *sorted(directory.glob(f"{_BELOW}[0-9]*"))]


def spools_left(directory: Path) -> list[Path]:
    """Those that no process writes to, but for the first one's."""
    return [one for one in spools(directory)[1:] if not is_in_use(one)]


def is_any_in_use(directory: Path) -> bool:
    """Whether a gate process is running on any of them."""
    return any(map(is_in_use, spools(directory)))


def all_lines_waiting(directory: Path) -> Iterator[bytes]:
    """The records of all of them that have not reached the database yet, as lines."""
    for one in spools(directory):
        yield from lines_waiting(one)


def all_that_waits(directory: Path) -> Waiting:
    """Depth and age of all of them together."""
    return _together([what_waits(one) for one in spools(directory)])


def waits_for(directory: Path, process: int) -> Waiting:
    """What one process answers for: its own spool; the first one also for those that are left."""
    others = spools_left(directory) if process == 1 else []
    return _together([what_waits(one) for one in (spool_of(directory, process), *others)])


def _together(waiting: list[Waiting]) -> Waiting:
    return Waiting(sum(one.records for one in waiting), max(one.seconds for one in waiting))
