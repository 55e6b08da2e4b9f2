"""Ends of calls, by a real relay, in the records of a real gate."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from callmark.switches.asterisk.access import Access
from callmark.switches.asterisk.relay import Relay
from callmark.switches.asterisk.relay_call import Limits
from callmark.switches.asterisk.report_line import HELLO, MOST_UNDER_WAY, Frame
from callmark.switches.asterisk.server import AgiServer

from .test_relay import report
from .test_server import SECRET, is_cut, run, serving

PATIENT = Limits(connect=30, header=60, report=60)
WITH_SECRET = Access.of(["127.0.0.0/8"], SECRET)


@asynccontextmanager
async def a_relay_before(server: AgiServer) -> AsyncIterator[Relay]:
    relay = Relay("127.0.0.1", 0, [("127.0.0.1", server.port)], PATIENT)
    await relay.start()
    yield relay
    await relay.close(0.1)


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.005)


def test_the_ends_of_many_calls_are_recorded_each_once() -> None:
    async def test() -> None:
        async with serving() as (server, records), a_relay_before(server) as relay:
            await asyncio.gather(
                *(
                    report(relay, call=f"1700000000.{number}")
                    for number in range(3 * MOST_UNDER_WAY)
                )
            )
            await until(lambda: not relay.reports.held)
            assert sorted(record["call_id"] for record in records) == sorted(
                f"1700000000.{number}" for number in range(3 * MOST_UNDER_WAY)
            )

    run(test)


def test_a_switch_without_the_secret_reports_nothing_and_keeps_nobody_from_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test() -> None:
        async with (
            serving(access=WITH_SECRET) as (server, records),
            a_relay_before(server) as relay,
        ):
            await report(relay, call="1.1", secret=b"somebody's guess")
            await report(relay, call="1.2", secret=SECRET.encode())
            await until(lambda: bool(records))
            assert _calls(records) == ["1.2"]

    run(test)
    assert "a report without the secret was refused" in caplog.text


def test_reports_that_nobody_can_read_keep_back_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with serving() as (server, records):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(HELLO.encode())
            await reader.readline()
            for number, header in enumerate(
                (b"\n\n", b"nonsense\n\n", b"agi_request: agi://x/elsewhere\n\n", _end("1.3")), 1
            ):
                writer.write(bytes(Frame(number, header, b"200 result=1 ()\n")))
            answers = {await reader.readline() for _ in range(4)}
            assert answers == {b"failed 1\n", b"failed 2\n", b"failed 3\n", b"kept 4\n"}
            assert _calls(records) == ["1.3"]
            writer.close()

    run(test)
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize("garbage", [b"report x 9\nagi_a: b\n", b"x" * 50_000])
def test_a_line_of_garbage_is_cut(garbage: bytes) -> None:
    async def test() -> None:
        async with serving() as (server, records):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(HELLO.encode())
            await reader.readline()
            writer.write(garbage)
            await is_cut(reader)
            writer.close()
            assert records == []

    run(test)


def test_a_gate_that_stops_waits_for_no_relay_and_its_relay_goes_to_the_next() -> None:
    async def test() -> None:
        async with serving() as (first, told_first), serving() as (second, told_second):
            gates = [("127.0.0.1", first.port), ("127.0.0.1", second.port)]
            relay = Relay("127.0.0.1", 0, gates, PATIENT)
            await relay.start()
            await report(relay, call="1.1")
            await until(lambda: bool(told_first))
            async with asyncio.timeout(2):
                await first.close(grace_seconds=60)
            await report(relay, call="1.2")
            await until(lambda: bool(told_second))
            await relay.close(5)
        assert _calls(told_first) == ["1.1"]
        assert _calls(told_second) == ["1.2"]

    run(test)


def _end(call: str) -> bytes:
    return f"agi_request: agi://127.0.0.1/end?switch=main\nagi_arg_1: call={call}\n\n".encode()


def _calls(records: list[Any]) -> list[str]:
    return [record["call_id"] for record in records]
