"""What has not reached the database yet, for those who watch a spool."""

import time
from itertools import islice
from pathlib import Path

from callmark.calls.records import from_line
from callmark.gate.spool import lines_waiting
from callmark.policy.values import value_class


@value_class
class Waiting:
    """What has not reached the database: how many records, and how many seconds old the first is.

    The age is 0 where nothing waits, or where nobody can tell.
    """

    records: int
    seconds: float


MOST_COUNTED = 100_000
"""Records; of more than these nobody who watches needs the exact number."""


def what_waits(directory: Path) -> Waiting:
    """The spool's depth and age, for those who watch it; looks at so many records at most."""
    records, oldest = 0, b""
    for line in islice(lines_waiting(directory), MOST_COUNTED):
        oldest = oldest or line
        records += 1
    return Waiting(records, max(0.0, time.time() - at) if (at := _moment_of(oldest)) else 0.0)


def _moment_of(line: bytes) -> float:
    """When the record was made, as it says itself (epoch seconds); 0 for what is none."""
    try:
        record = from_line(line)
    except ValueError:
        return 0.0
    for name in ("ended_at", "tagged_at", "started_at"):
        if at := getattr(record, name, None):
            return float(at.timestamp())
    return 0.0
