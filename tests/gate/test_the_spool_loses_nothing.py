"""Records are on disk before a call proceeds, and reach the database whatever happens meanwhile."""

import asyncio
import errno
import fcntl
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

import pytest

from callmark.calls.models import Call
from callmark.calls.records import CallCameIn, LegEnded, Record, from_line, now, to_line
from callmark.gate import spool as spool_module
from callmark.gate.drain import Drain
from callmark.gate.set_aside import (
    count_set_aside,
    replay_set_aside,
    set_aside,
)
from callmark.gate.spool import (
    BATCH,
    Spool,
    SpoolDrain,
    SpoolError,
    SpoolInUse,
    Unstorable,
    count_waiting,
    segments,
)
from callmark.gate.unstored import count_unstored
from callmark.gate.waiting import Waiting, what_waits
from tests.cast import make_law_firm


def record(number: int) -> LegEnded:
    """A record that a test can tell from others by its seconds."""
    return LegEnded(
        id=f"{number:036}",
        ended_at=datetime(2026, 11, 23, tzinfo=UTC),
        answered_at=None,
        seconds=number,
        disposition="ANSWERED",
    )


class Stored:
    """What a drain has stored, as numbers."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def __call__(self, records: list[Record]) -> None:
        self.numbers += [one.seconds for one in records if isinstance(one, LegEnded)]


def append_all(directory: Path, numbers: Iterable[int]) -> None:
    """Append in one process's life and end without draining, as after a crash."""
    with written(directory, numbers):
        pass


@contextmanager
def written(directory: Path, numbers: Iterable[int]) -> Iterator[Path]:
    """The same, and the gate goes on running; gives the file that it writes to."""

    async def work() -> Spool:
        spool = Spool(directory)
        await asyncio.gather(*(spool.append(record(number)) for number in numbers))
        return spool

    spool = asyncio.run(work())
    try:
        yield segments(directory)[-1] if segments(directory) else directory
    finally:
        spool.close()


def test_an_entry_is_on_disk_when_append_returns(tmp_path: Path) -> None:
    async def work() -> None:
        spool = Spool(tmp_path)
        await spool.append(record(1))
        (segment,) = segments(tmp_path)
        assert from_line(segment.read_bytes()) == replace(record(1), v=3)
        assert segment.stat().st_mode & 0o077 == 0
        spool.close()

    asyncio.run(work())


def test_after_a_crash_everything_is_stored_in_order_and_the_files_go(tmp_path: Path) -> None:
    append_all(tmp_path, range(50))
    append_all(tmp_path, range(50, 60))
    stored = Stored()
    assert SpoolDrain(tmp_path, stored).drain() == 60
    assert stored.numbers == list(range(60))
    assert segments(tmp_path) == []


def test_the_segment_in_use_is_kept_and_read_once(tmp_path: Path) -> None:
    stored = Stored()
    drain = SpoolDrain(tmp_path, stored)
    with written(tmp_path, [1]) as current:
        drain.drain()
        drain.drain()
        assert stored.numbers == [1]
        assert segments(tmp_path) == [current]
    drain.drain()
    assert (stored.numbers, segments(tmp_path)) == ([1], [])


def test_a_file_is_read_from_its_beginning_though_one_before_it_had_its_name(
    tmp_path: Path,
) -> None:
    """What is remembered of a file that is gone must hide nothing of the next."""
    stored = Stored()
    drain = SpoolDrain(tmp_path, stored)
    for number in range(3):
        append_all(tmp_path, [number])
        assert count_waiting(tmp_path) == 1
        drain.drain()
        assert segments(tmp_path) == []
    assert stored.numbers == [0, 1, 2]


def test_at_no_moment_of_a_drain_do_stored_records_count_as_waiting(tmp_path: Path) -> None:
    """Who watches the spool's depth would be called at night for a number that never was."""
    append_all(tmp_path, range(50))
    counted: list[int] = []
    stopped = threading.Event()

    def watch() -> None:
        while not stopped.is_set():
            counted.append(count_waiting(tmp_path))

    drain = SpoolDrain(tmp_path, Stored(), batch=1)
    with written(tmp_path, [50]):
        watcher = threading.Thread(target=watch)
        watcher.start()
        drain.drain()
        stopped.set()
        watcher.join()
    assert counted == sorted(counted, reverse=True)


def test_what_comes_while_the_last_is_stored_gathers_for_the_next_time(tmp_path: Path) -> None:
    """Where calls come faster than small batches are stored, a drain would store nothing else."""
    stored = Stored()
    come = iter(range(4, 8))
    with written(tmp_path, range(4)) as current:

        def store(records: list[Record]) -> None:
            stored(records)
            with current.open("ab") as file:
                file.writelines(to_line(record(number)) for number in islice(come, 2))

        drain = SpoolDrain(tmp_path, store)
        assert [drain.drain() for _ in range(4)] == [4, 2, 2, 0]
    assert stored.numbers == list(range(8))


def test_told_to_stop_a_drain_ends_after_its_batch_and_the_next_goes_on(tmp_path: Path) -> None:
    append_all(tmp_path, range(BATCH + 7))
    stored = Stored()
    drain = SpoolDrain(tmp_path, stored)
    assert drain.drain(lambda: True) == BATCH
    assert drain.drain(lambda: True) == 7
    assert stored.numbers == list(range(BATCH + 7))


def test_one_process_at_a_time_drains_a_spool(tmp_path: Path) -> None:
    first, second = Drain(tmp_path), Drain(tmp_path)
    assert first.hold()
    assert first.hold()
    assert not second.hold()
    first.let_go()
    assert second.hold()


def test_a_gate_starts_though_a_drain_looks_whether_one_is_there(tmp_path: Path) -> None:
    Spool(tmp_path).close()
    looking = os.open(tmp_path / "lock", os.O_RDWR)
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(0.05, os.close, (looking,)).start()
    Spool(tmp_path).close()


def test_a_database_that_fails_stops_the_drain_and_loses_nothing(tmp_path: Path) -> None:
    append_all(tmp_path, [1, 2, 3])
    stored = Stored()
    down = True

    def store(records: list[Record]) -> None:
        if down:
            raise ConnectionError("the database is down")
        stored(records)

    drain = SpoolDrain(tmp_path, store)
    with pytest.raises(ConnectionError):
        drain.drain()
    down = False
    drain.drain()
    assert stored.numbers == [1, 2, 3]


def test_records_are_stored_many_at_a_time(tmp_path: Path) -> None:
    append_all(tmp_path, range(2 * BATCH + 50))
    batches: list[int] = []
    SpoolDrain(tmp_path, lambda records: batches.append(len(records))).drain()
    assert batches == [BATCH, BATCH, 50]


BAD = b"{}\n", b"[1, 2]\n", b'"text"\n', b"\x00\x00\n", b"\xff\xfe\n", b'{"kind": "ended"}\n'


@pytest.mark.parametrize("bad", BAD)
def test_a_line_that_is_no_record_is_set_aside_and_stops_nobody_elses(
    tmp_path: Path, bad: bytes
) -> None:
    append_all(tmp_path, [1])
    with segments(tmp_path)[0].open("ab") as file:
        file.write(bad + to_line(record(2)))
    stored = Stored()
    SpoolDrain(tmp_path, stored).drain()
    assert stored.numbers == [1, 2]
    assert count_set_aside(tmp_path) == 1


def test_a_record_the_database_will_never_take_is_set_aside_and_stored_once_it_can_be(
    tmp_path: Path,
) -> None:
    append_all(tmp_path, [1, 2, 3])
    stored, refused = Stored(), [2]

    def store(records: list[Record]) -> None:
        if any(isinstance(one, LegEnded) and one.seconds in refused for one in records):
            raise Unstorable
        stored(records)

    SpoolDrain(tmp_path, store).drain()
    assert stored.numbers == [1, 3]
    assert count_set_aside(tmp_path) == 1
    assert replay_set_aside(tmp_path, SpoolDrain(tmp_path, store).store_lines) == (0, 1)
    refused.clear()
    assert replay_set_aside(tmp_path, SpoolDrain(tmp_path, store).store_lines) == (1, 0)
    assert stored.numbers == [1, 3, 2]
    assert count_set_aside(tmp_path) == 0


def test_a_batch_that_fills_the_disk_leaves_nothing_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls of the batch are told that they are not recorded: none of them may become a call."""
    real_write = os.write
    room = 2 * len(to_line(record(1))) + 30

    def write(descriptor: int, data: bytes) -> int:
        nonlocal room
        if b"ended" not in data:
            return real_write(descriptor, data)
        if room == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = real_write(descriptor, data[:room])
        room -= written
        return written

    monkeypatch.setattr(os, "write", write)

    async def work() -> None:
        spool = Spool(tmp_path)
        await spool.append(record(1))
        waiting = (spool.append(record(number)) for number in (2, 3, 4))
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert any(isinstance(result, SpoolError) for result in results)
        refused.extend(
            number
            for number, result in zip((2, 3, 4), results, strict=True)
            if isinstance(result, SpoolError)
        )
        spool.close()

    refused: list[int] = []
    asyncio.run(work())
    stored = Stored()
    SpoolDrain(tmp_path, stored).drain()
    assert not set(stored.numbers) & set(refused)
    assert set(stored.numbers) | set(refused) == {1, 2, 3, 4}


def test_a_half_written_line_of_a_crash_does_no_harm(tmp_path: Path) -> None:
    append_all(tmp_path, [1])
    with segments(tmp_path)[0].open("a") as file:
        file.write('{"kind": "ended"')
    append_all(tmp_path, [3])
    stored = Stored()
    SpoolDrain(tmp_path, stored).drain()
    assert stored.numbers == [1, 3]


def test_a_full_disk_is_told_to_every_waiting_call_and_healed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_write = os.write
    full = True

    def write(descriptor: int, data: bytes) -> int:
        if full and b"ended" in data:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(descriptor, data)

    monkeypatch.setattr(os, "write", write)

    async def work() -> None:
        nonlocal full
        spool = Spool(tmp_path)
        results = await asyncio.gather(
            *(spool.append(record(number)) for number in range(3)), return_exceptions=True
        )
        assert all(isinstance(result, SpoolError) for result in results)
        full = False
        await spool.append(record(4))
        spool.close()

    asyncio.run(work())
    stored = Stored()
    SpoolDrain(tmp_path, stored).drain()
    assert stored.numbers == [4]


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

    async def work() -> list[int]:
        spool = Spool(tmp_path)
        stored = Stored()
        drain = SpoolDrain(tmp_path, stored)
        for number in range(100):
            await spool.append(record(number))
            if number % 7 == 0:
                drain.drain()
        drain.drain()
        assert len(segments(tmp_path)) == 1
        spool.close()
        return stored.numbers

    assert asyncio.run(work()) == list(range(100))


def test_what_waits_is_counted_once_it_is_written_until_it_is_stored(tmp_path: Path) -> None:
    with written(tmp_path, [1, 2, 3]):
        assert count_waiting(tmp_path) == 3
        depth = what_waits(tmp_path)
        assert depth.records == 3
        assert depth.seconds > 0
        drain = SpoolDrain(tmp_path, Stored())
        drain.drain()
        assert count_waiting(tmp_path) == 0
        assert what_waits(tmp_path) == Waiting(0, 0.0)
    append_all(tmp_path, [4])
    assert count_waiting(tmp_path) == 1
    assert count_waiting(tmp_path / "none") == 0


def test_an_account_hears_of_its_own_records_only(tmp_path: Path, db: None) -> None:
    firm, mine, known = make_law_firm(), UUID(int=1), UUID(int=9)
    Call.objects.create(
        pk=known, account=firm.account, started_at=now(), direction="outbound", dialed="1"
    )
    came = CallCameIn(
        id=str(mine), switch="main", linked_id="1.1", account_id=str(firm.account.pk),
        caller="", dialed="", started_at=now(),
    )  # fmt: skip
    others = replace(came, id=str(UUID(int=2)), account_id=str(UUID(int=3)))
    ends: list[Record] = [replace(record(0), id=str(UUID(int=n))) for n in (1, 2, 9, 4)]
    records: list[Record] = [came, others, *ends]
    for one in records:
        set_aside(tmp_path, to_line(one), ValueError())
    set_aside(tmp_path, b"no record\n", ValueError())
    (tmp_path / "000000000001.jsonl").write_bytes(to_line(came) + to_line(others))
    assert count_unstored(tmp_path, firm.account) == 4, "twice a call, its end, that of a known one"
    assert count_unstored(tmp_path / "none", firm.account) == 0
