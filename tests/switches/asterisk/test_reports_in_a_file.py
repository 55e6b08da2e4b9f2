"""Ends of calls that the switch writes into a file: each is on record once, whatever ends when."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from callmark.gate.counters import counters
from callmark.switches.asterisk.access import Access
from callmark.switches.asterisk.relay import Relay
from callmark.switches.asterisk.report_file import (
    IS_READ,
    SHED,
    WRITTEN,
    ReportFile,
    header_of,
    unread,
)
from callmark.switches.asterisk.server import AgiServer

from .test_relay import report, run
from .test_reports_by_a_line import PATIENT, WITH_SECRET, until
from .test_server import SECRET, serving

REPLY = f"200 result=1 ({SECRET})\n".encode()


def line(call: str, **more: str) -> bytes:
    values = {"script": "end", "switch": "main", "account": "acme", "id": call, "channel": "X"}
    said = {"callerid": "101", "call": call, "leg": "1", "by": "caller", "status": "BUSY"}
    return "&".join(f"{n}={v}" for n, v in {**values, **said, **more}.items()).encode() + b"\n"


@asynccontextmanager
async def a_relay(server: AgiServer, spool: Path, port: int = 0) -> AsyncIterator[Relay]:
    relay = Relay("127.0.0.1", port, [("127.0.0.1", server.port)], PATIENT, spool)
    await relay.start()
    yield relay
    await relay.close(1)


def folder_of(relay: Relay, spool: Path) -> Path:
    return spool / "callmark" / str(relay.port)


def write(folder: Path, *lines: bytes) -> None:
    with (folder / WRITTEN).open("ab") as file:
        file.write(b"".join(lines))


def test_the_switch_may_write_once_a_gate_has_taken_a_report_by_connection(tmp_path: Path) -> None:
    async def test() -> None:
        async with (
            serving(access=WITH_SECRET) as (server, records),
            a_relay(server, tmp_path) as relay,
        ):
            folder = folder_of(relay, tmp_path)
            await report(relay, call="1.0", secret=b"somebody's guess")
            await asyncio.sleep(0.3)
            assert not (folder / IS_READ).exists()
            await report(relay, call="1.1", secret=SECRET.encode())
            await until((folder / IS_READ).exists)
            write(folder, *(line(f"1.{number}") for number in range(2, 2000)))
            await until(lambda: len(records) == 1999)
            assert {record["call_id"] for record in records} == {f"1.{n}" for n in range(1, 2000)}

    run(test())


def test_the_secret_is_for_the_relay_alone_to_read(tmp_path: Path) -> None:
    file = ReportFile(tmp_path, 4584, lambda _header, _done: True)
    file.known(REPLY)

    assert (tmp_path / "callmark/4584" / IS_READ).stat().st_mode & 0o077 == 0


def test_doctor_names_what_nobody_reads(tmp_path: Path) -> None:
    file = ReportFile(tmp_path, 4584, lambda _header, _done: True)
    file.known(REPLY)
    folder = tmp_path / "callmark/4584"
    written_at = (folder / WRITTEN).stat().st_mtime
    assert not list(unread(tmp_path, written_at + 3600)), "an empty file waits for nobody"
    write(folder, line("1.1"))

    assert not list(unread(tmp_path, written_at + 60))
    assert list(unread(tmp_path, written_at + 3601)) == [(folder / WRITTEN, 60)]


def test_asterisk_can_write_with_any_umask_of_the_relay(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        ReportFile(tmp_path, 4584, lambda _header, _done: True).known(REPLY)
    finally:
        os.umask(before)

    assert (tmp_path / "callmark/4584" / WRITTEN).stat().st_mode & 0o777 == 0o666
    assert (tmp_path / "callmark/4584").stat().st_mode & 0o007 == 0, "it is for nobody else"


def test_a_report_waits_on_disk_for_a_relay_that_was_away_and_for_its_gate(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving() as (server, records):
            async with a_relay(server, tmp_path) as relay:
                port, folder = relay.port, folder_of(relay, tmp_path)
                await report(relay, call="1.1")
                await until((folder / IS_READ).exists)
            write(folder, line("1.2"))
            gates, nobody = [("127.0.0.1", server.port)], [("127.0.0.1", 9)]
            without = Relay("127.0.0.1", port, nobody, PATIENT, tmp_path)
            await without.start()
            await until(lambda: without.reports.held == 1)
            write(folder, line("1.3"))
            await without.close(0)
            again = Relay("127.0.0.1", port, gates, PATIENT, tmp_path)
            await again.start()
            await until(lambda: len(records) == 3)
            await again.close(1)
            assert [record["call_id"] for record in records] == ["1.1", "1.2", "1.3"]

    run(test())


def test_what_the_switch_shed_by_itself_is_counted_once_and_is_no_end(tmp_path: Path) -> None:
    async def test() -> None:
        before = counters.shed["full"]
        async with serving() as (server, records), a_relay(server, tmp_path) as relay:
            folder = folder_of(relay, tmp_path)
            await report(relay, call="1.1")
            await until((folder / IS_READ).exists)
            write(folder, *(line(f"1.{n}", script=SHED) for n in (2, 3, 4)), line("1.5"))
            await until(lambda: len(records) == 2 and not relay.reports.held)
            assert [record["call_id"] for record in records] == ["1.1", "1.5"]
            assert counters.shed["full"] == before + 3

    run(test())


def test_a_switch_with_another_secret_than_before_shows_it_anew(tmp_path: Path) -> None:
    async def test() -> None:
        new = "another-secret-of-the-year-after"
        async with serving(access=Access.of(["127.0.0.0/8"], new)) as (server, records):
            async with a_relay(server, tmp_path) as relay:
                folder, port = folder_of(relay, tmp_path), relay.port
                ReportFile(tmp_path, port, lambda _header, _done: True).known(REPLY)
            async with a_relay(server, tmp_path, port) as relay:
                write(folder, line("1.1"))
                await until(lambda: not (folder / IS_READ).exists())
                await report(relay, call="1.2", secret=new.encode())
                await until(lambda: len(records) == 2)
                assert (folder / IS_READ).read_bytes() == f"200 result=1 ({new})\n".encode()

    run(test())


def test_without_a_folder_reports_come_by_a_connection_each(tmp_path: Path) -> None:
    async def test() -> None:
        spool = tmp_path / "no-asterisk-here"
        async with serving() as (server, records), a_relay(server, spool) as relay:
            for call in ("1.1", "1.2"):
                await report(relay, call=call)
            await until(lambda: len(records) == 2)
            assert not spool.exists()

    run(test())


def test_what_a_phone_put_into_a_line_neither_ends_it_nor_says_anything_else() -> None:
    header = header_of(
        line("1.1", channel="PJSIP/a%0Aagi_uniqueid: 9", callerid="%0D%0A1").rstrip()
    )

    assert header is not None
    assert header.count(b"agi_uniqueid: ") == 2  # The second inside the channel's own line.
    assert [one.partition(b":")[0] for one in header.splitlines()] == [
        *(b"agi_network", b"agi_network_script", b"agi_request", b"agi_channel"),
        *(b"agi_uniqueid", b"agi_callerid", b"agi_arg_1", b""),
    ]


@pytest.mark.parametrize("nonsense", [b"", b"script=gate&id=1", b"\xff\xfe", b"x" * 100_000])
def test_a_line_that_is_no_report_is_none(nonsense: bytes) -> None:
    assert header_of(nonsense) is None


def test_a_line_after_one_that_was_begun_is_not_read_as_a_mixture_of_both() -> None:
    begun, whole = line("1.0", seconds="4000"), line("1.1", seconds="4")
    for length in range(1, len(begun)):
        assert header_of(begun[:length] + whole.rstrip()) is None


class WritersAndReaders(RuleBasedStateMachine):
    """A switch that writes, relays that come and go, and a gate that takes its time."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.spool = Path(self.folder.name)
        self.now = 0.0
        self.number = 0
        self.written: list[str] = []
        self.kept: Counter[str] = Counter()
        self.held: list[tuple[str, Callable[[], None]]] = []
        self.room = 10
        self.open: list[int] = []
        self.start_relay()
        self.file.known(REPLY)

    def start_relay(self) -> None:
        self.file = ReportFile(self.spool, 1, self.take, lambda: self.now)
        self.file.recall()

    def take(self, header: bytes, done: Callable[[], None]) -> bool:
        if len(self.held) >= self.room:
            return False
        call = header.partition(b"agi_uniqueid: ")[2].partition(b"\n")[0].decode()
        self.held.append((call, done))
        return True

    @rule()
    def the_switch_opens_the_file(self) -> None:
        path = self.spool / "callmark/1" / WRITTEN
        self.open.append(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT))

    @rule()
    def the_switch_writes_where_it_has_opened(self) -> None:
        if self.open:
            self.number += 1
            call = f"1.{self.number}"
            descriptor = self.open.pop(0)
            size = os.fstat(descriptor).st_size
            after_a_whole_line = not size or os.pread(descriptor, 1, size - 1) == b"\n"
            os.write(descriptor, line(call))
            os.close(descriptor)
            if after_a_whole_line:
                self.written.append(call)

    @rule(letters=st.integers(1, 40))
    def the_switch_dies_in_the_middle_of_a_line(self, letters: int) -> None:
        while self.open:
            os.close(self.open.pop())
        path = self.spool / "callmark/1" / WRITTEN
        with path.open("ab") as file:
            file.write(line("begun")[:letters])

    @rule(seconds=st.sampled_from([0.2, 5, 11, 61]))
    def the_relay_looks(self, seconds: float) -> None:
        # Nobody takes ten seconds between opening a file and writing to it.
        while seconds > 5 and self.open:
            self.the_switch_writes_where_it_has_opened()
        self.now += seconds
        self.file.look()

    @rule(count=st.integers(1, 10))
    def the_gate_keeps_some(self, count: int) -> None:
        for _ in range(min(count, len(self.held))):
            call, done = self.held.pop(0)
            self.kept[call] += 1
            done()

    @rule()
    def the_relay_is_another(self) -> None:
        self.file.stop()
        self.held.clear()
        self.start_relay()

    @invariant()
    def nothing_is_kept_that_was_not_written(self) -> None:
        if hasattr(self, "written"):
            assert set(self.kept) <= set(self.written)

    def teardown(self) -> None:
        if not hasattr(self, "written"):
            return
        while self.open:
            self.the_switch_writes_where_it_has_opened()
        for _ in range(len(self.written) + 8):
            self.the_relay_looks(61)
            self.the_gate_keeps_some(10)
        left = sorted(path.name for path in (self.spool / "callmark/1").iterdir())
        self.file.stop()
        self.folder.cleanup()
        assert set(self.kept) == set(self.written)
        assert left == [IS_READ, WRITTEN]


TestWritersAndReaders = WritersAndReaders.TestCase
