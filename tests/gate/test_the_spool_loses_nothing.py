"""Records are on disk before a call proceeds, and reach the database whatever happens meanwhile."""

import asyncio
import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from callmark.gate import spool as spool_module
from callmark.gate.spool import (
    Spool,
    SpoolDrain,
    SpoolError,
    SpoolInUse,
    UnstorableEntry,
    segments,
)


def append_all(directory: Path, entries: list[dict[str, Any]]) -> Path | None:
    """Append in one process's life and end without draining, as after a crash."""

    async def work() -> Path | None:
        spool = Spool(directory)
        await asyncio.gather(*(spool.append(entry) for entry in entries))
        current = spool.current
        spool.close()
        return current

    return asyncio.run(work())


def test_an_entry_is_on_disk_when_append_returns(tmp_path: Path) -> None:
    async def work() -> None:
        spool = Spool(tmp_path)
        await spool.append({"number": 1})
        (segment,) = segments(tmp_path)
        assert json.loads(segment.read_text()) == {"number": 1}
        assert segment.stat().st_mode & 0o077 == 0
        spool.close()

    asyncio.run(work())


def test_after_a_crash_everything_is_stored_in_order_and_the_files_go(tmp_path: Path) -> None:
    append_all(tmp_path, [{"number": number} for number in range(50)])
    append_all(tmp_path, [{"number": number} for number in range(50, 60)])
    stored: list[dict[str, Any]] = []
    assert SpoolDrain(tmp_path, stored.append).drain(lambda: None) == 60
    assert [entry["number"] for entry in stored] == list(range(60))
    assert segments(tmp_path) == []


def test_the_segment_in_use_is_kept_and_read_once(tmp_path: Path) -> None:
    current = append_all(tmp_path, [{"number": 1}])
    stored: list[dict[str, Any]] = []
    drain = SpoolDrain(tmp_path, stored.append)
    drain.drain(lambda: current)
    drain.drain(lambda: current)
    assert stored == [{"number": 1}]
    assert segments(tmp_path) == [current]


def test_a_database_that_fails_stops_the_drain_and_loses_nothing(tmp_path: Path) -> None:
    append_all(tmp_path, [{"number": 1}, {"number": 2}, {"number": 3}])
    stored: list[dict[str, Any]] = []
    down = True

    def store(entry: dict[str, Any]) -> None:
        if down and entry["number"] == 2:
            raise ConnectionError("the database is down")
        stored.append(entry)

    drain = SpoolDrain(tmp_path, store)
    with pytest.raises(ConnectionError):
        drain.drain(lambda: None)
    down = False
    drain.drain(lambda: None)
    assert [entry["number"] for entry in stored] == [1, 2, 3]


def test_an_entry_the_database_will_never_take_is_put_aside_not_lost(tmp_path: Path) -> None:
    append_all(tmp_path, [{"number": 1}, {"number": 2}])
    stored: list[dict[str, Any]] = []

    def store(entry: dict[str, Any]) -> None:
        if entry["number"] == 1:
            raise UnstorableEntry
        stored.append(entry)

    SpoolDrain(tmp_path, store).drain(lambda: None)
    assert stored == [{"number": 2}]
    assert json.loads((tmp_path / "rejected.jsonl").read_text()) == {"number": 1}


def test_a_half_written_line_of_a_crash_does_no_harm(tmp_path: Path) -> None:
    append_all(tmp_path, [{"number": 1}])
    with segments(tmp_path)[0].open("a") as file:
        file.write('{"number": 2')
    append_all(tmp_path, [{"number": 3}])
    stored: list[dict[str, Any]] = []
    SpoolDrain(tmp_path, stored.append).drain(lambda: None)
    assert stored == [{"number": 1}, {"number": 3}]


def test_a_full_disk_is_told_to_every_waiting_call_and_healed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_write = os.write
    full = True

    def write(descriptor: int, data: bytes) -> int:
        if full and b"number" in data:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(descriptor, data)

    monkeypatch.setattr(os, "write", write)

    async def work() -> None:
        nonlocal full
        spool = Spool(tmp_path)
        results = await asyncio.gather(
            *(spool.append({"number": number}) for number in range(3)), return_exceptions=True
        )
        assert all(isinstance(result, SpoolError) for result in results)
        full = False
        await spool.append({"number": 4})
        spool.close()

    asyncio.run(work())
    stored: list[dict[str, Any]] = []
    SpoolDrain(tmp_path, stored.append).drain(lambda: None)
    assert stored == [{"number": 4}]


def test_a_second_gate_on_the_same_spool_is_refused(tmp_path: Path) -> None:
    first = Spool(tmp_path)
    with pytest.raises(SpoolInUse, match="another gate"):
        Spool(tmp_path)
    first.close()
    Spool(tmp_path).close()


def test_a_long_run_closes_segments_and_deletes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 100)

    async def work() -> list[dict[str, Any]]:
        spool = Spool(tmp_path)
        stored: list[dict[str, Any]] = []
        drain = SpoolDrain(tmp_path, stored.append)
        for number in range(100):
            await spool.append({"number": number})
            if number % 7 == 0:
                drain.drain(lambda: spool.current)
        drain.drain(lambda: spool.current)
        assert len(segments(tmp_path)) == 1
        spool.close()
        return stored

    stored = asyncio.run(work())
    assert [entry["number"] for entry in stored] == list(range(100))
