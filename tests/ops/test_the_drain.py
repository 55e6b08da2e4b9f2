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

from callmark.calls.records import LegEnded
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

pytestmark = pytest.mark.sqlite

WAITING = BATCH * 3 + 1


def test_two_drains_of_a_running_gate_store_each_record_once_and_end_when_told(
    migrated: Path, tmp_path: Path
) -> None:
    data = copied(migrated, tmp_path / "data")
    environment = os.environ | {
        "CALLMARK_DATA_DIR": str(data),
        "CALLMARK_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "callmark.settings",
    }

    def stored() -> int:
        with sqlite3.connect(data / "callmark.sqlite3", timeout=30) as database:
            # Ends of calls that are not there wait in a table of their own.
            return int(database.execute("SELECT count(*) FROM calls_waitingrecord").fetchone()[0])

    async def write(gate: Spool) -> None:
        now = datetime.now(UTC)
        end = LegEnded(id="", ended_at=now, answered_at=None, seconds=0, disposition="BUSY")
        ids = (f"{number:08}-0000-8000-8000-000000000000" for number in range(WAITING))
        await asyncio.gather(*(gate.append(replace(end, id=one)) for one in ids))

    gate = Spool(data / "spool")
    command = [sys.executable, "-m", "callmark", "drain"]
    drains = [subprocess.Popen(command, env=environment) for _ in range(2)]
    try:
        asyncio.run(write(gate))
        until(lambda: stored() == WAITING)
        assert len(segments(data / "spool")) == 1, "the gate goes on writing there"
        gate.close()
        until(lambda: not segments(data / "spool"))
        for one in drains:
            one.send_signal(signal.SIGTERM)
        assert [one.wait(20) for one in drains] == [0, 0]
        assert stored() == WAITING
    finally:
        for one in drains:
            one.kill()


@pytest.mark.parametrize(
    ("stored", "seconds", "least", "most"),
    [
        (0, 5.0, LOOK_SECONDS, LOOK_SECONDS),
        (BUSY_RECORDS - 1, 1.0, GATHER_SECONDS, GATHER_SECONDS),
        # Sixty records a second: as long as it may.
        (30, 0.5, BUSY_SECONDS, BUSY_SECONDS),
        # Six hundred: until about one batch has come.
        (600, 1.0, batch() / 600, batch() / 600 + 0.01),
        (100_000, 10.0, LOOK_SECONDS, LOOK_SECONDS),
    ],
)
def test_a_drain_with_much_to_do_comes_again_when_a_batch_has_come(
    stored: int, seconds: float, least: float, most: float
) -> None:
    assert least <= pause_after(stored, seconds) <= most
