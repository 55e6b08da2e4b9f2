"""``callmark drain`` as a process of its own: what a gate has written down gets to the database."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callmark.calls.records import LegEnded, to_line
from callmark.gate.drain import (
    BUSY_RECORDS,
    BUSY_SECONDS,
    GATHER_SECONDS,
    LOOK_SECONDS,
    batch,
    pause_after,
)
from callmark.gate.spool import BATCH, Spool, segments
from tests.installations import copied
from tests.ops.test_running_an_installation import until
from tests.ports import gate_ports

pytestmark = pytest.mark.sqlite

WAITING = BATCH * 3 + 1
MUCH = 40_000
"""More than any machine stores in the time in which a process has to end."""

END = LegEnded(id="", ended_at=datetime.now(UTC), answered_at=None, seconds=0, disposition="BUSY")


def end_of(number: int) -> LegEnded:
    """The end of some call that is not on record: it waits in a table of its own."""
    return replace(END, id=f"{number:08}-0000-8000-8000-000000000000")


def stored(data: Path) -> int:
    """How many of them are in the database."""
    with sqlite3.connect(data / "callmark.sqlite3", timeout=30) as database:
        return int(database.execute("SELECT count(*) FROM calls_waitingrecord").fetchone()[0])


def environment(data: Path) -> dict[str, str]:
    """Of a process over that folder."""
    return os.environ | {
        "CALLMARK_DATA_DIR": str(data),
        "CALLMARK_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "callmark.settings",
        **gate_ports(),
    }


def test_two_drains_of_a_running_gate_store_each_record_once_and_end_when_told(
    migrated: Path, tmp_path: Path
) -> None:
    data = copied(migrated, tmp_path / "data")

    async def write(gate: Spool) -> None:
        await asyncio.gather(*(gate.append(end_of(number)) for number in range(WAITING)))

    gate = Spool(data / "spool")
    command = [sys.executable, "-m", "callmark", "drain"]
    drains = [subprocess.Popen(command, env=environment(data)) for _ in range(2)]
    try:
        asyncio.run(write(gate))
        until(lambda: stored(data) == WAITING)
        assert len(segments(data / "spool")) == 1, "the gate goes on writing there"
        gate.close()
        until(lambda: not segments(data / "spool"))
        for one in drains:
            one.send_signal(signal.SIGTERM)
        assert [one.wait(20) for one in drains] == [0, 0]
        assert stored(data) == WAITING
    finally:
        for one in drains:
            one.kill()


@pytest.mark.parametrize("command", ["drain", "gate"])
def test_who_is_told_to_stop_does_not_wait_for_a_spool_that_is_full(
    migrated: Path, tmp_path: Path, command: str
) -> None:
    """A gate without a drain stores its records itself."""
    data = copied(migrated, tmp_path / "data")
    waiting = data / "spool" / "000000000001.jsonl"
    waiting.parent.mkdir(mode=0o700)
    line = to_line(end_of(0))
    before, after = line.split(b"00000000-", 1)
    waiting.write_bytes(b"".join(before + b"%08d-" % number + after for number in range(MUCH)))
    process = subprocess.Popen([sys.executable, "-m", "callmark", command], env=environment(data))
    try:
        until(lambda: stored(data) > 0)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
    assert stored(data) < MUCH
    assert segments(waiting.parent) != []


@pytest.mark.parametrize(
    ("stored", "seconds", "least", "most"),
    [
        (0, 5.0, LOOK_SECONDS, LOOK_SECONDS),
        (BUSY_RECORDS - 1, 1.0, GATHER_SECONDS, GATHER_SECONDS),
        # Sixty records a second: as long as it may.
        (30, 0.5, BUSY_SECONDS, BUSY_SECONDS),
        # Six hundred: until nearly one batch has come.
        (600, 1.0, 0.8 * batch() / 600, 0.9 * batch() / 600),
        (100_000, 10.0, LOOK_SECONDS, LOOK_SECONDS),
    ],
)
def test_a_drain_with_much_to_do_comes_again_when_a_batch_has_come(
    stored: int, seconds: float, least: float, most: float
) -> None:
    assert least <= pause_after(stored, seconds) <= most
