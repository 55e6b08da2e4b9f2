"""The FastAGI server against clients that misbehave. The gate behind it is the real one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any

import pytest

from callmark.calls.records import Record
from callmark.gate.counters import counters
from callmark.gate.gate import Gate
from callmark.gate.lockouts import Lockouts
from callmark.gate.snapshot import AccountPolicy, Endpoint, Snapshot, UserPolicy
from callmark.ops import event_loop
from callmark.policy.code_use import KnownCode
from callmark.policy.guessing import LockoutRule
from callmark.policy.numbering import NumberingPlan
from callmark.policy.rules import CodeRules
from callmark.policy.settings import AccountSettings, UserSettings
from callmark.switches.asterisk import port
from callmark.switches.asterisk.access import LOOPBACK, Access
from callmark.switches.asterisk.server import AgiServer, Limits

from .test_protocol import HEADER

ENTER = b'GET DATA "callmark/enter-code" "5000" "4"\n'
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def snapshot() -> Snapshot:
    plan = NumberingPlan("US")
    user = UserPolicy("u1", "Ben", UserSettings(enabled=True), plan)
    settings = AccountSettings(4, 3, True, CodeRules(validate=True, international=True))
    codes = {"1234": KnownCode("c1", "Harper v. Castellan")}
    account = AccountPolicy("a1", "acme", settings, {"u1": user}, codes, plan)
    return Snapshot({"a1": account}, {("main", "acme-101"): Endpoint("a1", "u1", "101")})


@asynccontextmanager
async def serving(
    limits: Limits | None = None, access: Access = LOOPBACK
) -> AsyncIterator[tuple[AgiServer, list[Any]]]:
    records: list[Any] = []

    async def append(record: Record) -> None:
        records.append(asdict(record))

    gate = Gate(snapshot, Lockouts(LockoutRule()), append, lambda code: f"sealed {len(code)}")
    server = AgiServer(gate, host="127.0.0.1", port=0, limits=limits, access=access)
    await server.start()
    try:
        yield server, records
    finally:
        await server.close(0)


async def connect(server: AgiServer, data: bytes = HEADER) -> Client:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(data)
    return reader, writer


async def until(client: Client, wanted: bytes) -> list[bytes]:
    """Answer every command with success until ``wanted`` comes; returns the commands."""
    reader, writer = client
    commands = []
    while True:
        line = await reader.readline()
        commands.append(line)
        if line == wanted or not line:
            return commands
        writer.write(b"200 result=0\n")


async def finish(client: Client, digits: bytes) -> list[bytes]:
    client[1].write(b"200 result=" + digits + b"\n")
    return await until(client, b"")


async def is_cut(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        assert await reader.read() == b""


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(20):
            await test()

    event_loop.run(limited())


def test_a_whole_call() -> None:
    async def test() -> None:
        async with serving() as (server, records):
            client = await connect(server)
            asked = await until(client, ENTER)
            rest = await finish(client, b"1234")
        assert asked[0] == b'EXEC "Progress"\n'
        assert rest[-2:] == [b'SET VARIABLE "CALLMARK_RESULT" "connect"\n', b""]
        assert records[0]["outcome"] == "connected"
        assert records[0]["dialed"] == "+442079460000"

    run(test)


NAMED = HEADER.replace(
    b"agi_arg_1: %2B442079460000\nagi_arg_2: 1700000000.1\n",
    b"agi_arg_1: linked=1700000000.1\nagi_arg_2: leg=2\nagi_arg_3: number=%2B44%3D2079460000\n",
)


def test_named_arguments_hold_whatever_was_dialed() -> None:
    async def test() -> None:
        async with serving() as (server, records):
            client = await connect(server, NAMED)
            asked = await until(client, b"")
        assert asked[-2] == b'SET VARIABLE "CALLMARK_RESULT" "end"\n'
        assert records[0]["dialed"] == "+44=2079460000"
        assert records[0]["outcome"] == "refused_number"
        assert records[0]["leg"] == 2

    run(test)


def test_a_phone_that_sends_digits_only_in_an_answered_call_is_answered_first() -> None:
    async def test() -> None:
        async with serving() as (server, _):
            header = NAMED.replace(b"%3D", b"").replace(b"leg=2", b"answer=yes")
            asked = await until(await connect(server, header), ENTER)
        assert asked[0] == b"ANSWER\n"
        assert b'EXEC "Progress"\n' not in asked

    run(test)


def test_an_entry_made_while_the_gate_was_held_up_is_no_guess() -> None:
    async def test() -> None:
        async with serving() as (server, records):
            client = await connect(server)
            await until(client, ENTER)
            server._lateness.looked(server._lateness.now() - 1.0)
            client[1].write(b"200 result=12\n")
            await until(client, b'GET DATA "callmark/wrong-length-4" "5000" "4"\n')
            await finish(client, b"123")
            client[1].close()
            while not records:
                await asyncio.sleep(0.01)
        assert [one["result"] for one in records[0]["attempts"]][:2] == ["wrong_length"] * 2
        assert not records[0]["attempts"][0]["counts_as_guess"]

    run(test)


def test_an_entry_after_a_gap_in_which_a_digit_may_be_lost_is_no_guess() -> None:
    async def test() -> None:
        async with serving() as (server, records):
            now = 100.0
            server._lateness.stop()
            server._lateness._clock = lambda: now
            client = await connect(server)
            watch = b'SET VARIABLE "TIMEOUT(absolute)" "70"\n'
            assert (await until(client, watch))[-1] == watch
            now += 0.2
            client[1].write(b"200 result=1\n")
            await until(client, ENTER)
            client[1].write(b"200 result=99\n")
            await until(client, b'GET DATA "callmark/wrong-length-4" "5000" "4"\n')
            await finish(client, b"98")
        assert [one["counts_as_guess"] for one in records[0]["attempts"]][:2] == [False, True]

    run(test)


def test_under_overload_only_calls_that_would_be_asked_are_given_back() -> None:
    """Reference section 5, 0: nothing may refuse an emergency call, whatever else is broken."""

    async def test() -> None:
        async with serving() as (server, records):
            server._gate.admission.lag = lambda: 1.0
            shed = counters.shed["lag"]
            waiting = [await connect(server, b"agi_network: yes\n") for _ in range(20)]
            abroad = await connect(server)
            assert await abroad[0].readline() == b"failure\n"
            assert counters.shed["lag"] == shed + 1
            today = NAMED.replace(b"%3D", b"").replace(b"leg=2", b"dialplan=2")
            told = await until(await connect(server, today), b"")
            assert told == [b'SET VARIABLE "CALLMARK_ANSWER" "busy"\n', b""]
            for number in (b"911", b"2125550123"):
                header = NAMED.replace(b"%2B44%3D2079460000", number)
                asked = await until(await connect(server, header), b"")
                assert asked[-2] == b'SET VARIABLE "CALLMARK_RESULT" "connect"\n'
            for _, writer in waiting:
                writer.close()
        assert [one["outcome"] for one in records] == ["not_gated", "not_gated"]

    run(test)


def test_a_half_sent_header_holds_nothing_up_and_is_cut() -> None:
    async def test() -> None:
        async with serving(Limits(header_seconds=0.5)) as (server, _):
            slow = [await connect(server, HEADER[: 20 + n]) for n in range(20)]
            client = await connect(server)
            await until(client, ENTER)
            await finish(client, b"1234")
            for reader, _writer in slow:
                await is_cut(reader)

    run(test)


def test_a_client_that_never_answers_delays_no_other() -> None:
    async def test() -> None:
        async with serving() as (server, records):
            for _ in range(20):
                await connect(server)
            client = await connect(server)
            await until(client, ENTER)
            await finish(client, b"1234")
        assert [record["outcome"] for record in records].count("connected") == 1

    run(test)


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.0\r\n\r\n", b"x" * 100_000, b"agi_a: " + b"b" * 9999]
)
def test_what_is_no_fastagi_is_cut(data: bytes) -> None:
    async def test() -> None:
        async with serving() as (server, records):
            reader, _writer = await connect(server, data)
            await is_cut(reader)
        assert records == []

    run(test)


def test_beyond_the_limit_a_call_is_given_back_at_once() -> None:
    async def test() -> None:
        async with serving(Limits(connections=1)) as (server, _):
            await until(await connect(server), ENTER)
            reader, _writer = await connect(server)
            await is_cut(reader)

    run(test)


def test_an_unknown_endpoint_makes_the_agi_fail() -> None:
    async def test() -> None:
        async with serving() as (server, records):
            header = HEADER.replace(b"acme-101", b"nobody-1")
            reader, _writer = await connect(server, header)
            assert await reader.read() == b"failure\n"
        assert records == []

    run(test)


@pytest.mark.parametrize("channel", [b"Local/101@from-internal-00000001;1", b"PJSIP/acme-101", b""])
def test_a_channel_that_no_phone_stands_behind_is_nobodys(channel: bytes) -> None:
    async def test() -> None:
        async with serving() as (server, _):
            header = HEADER.replace(b"PJSIP/acme-101-0000001a", channel)
            reader, _writer = await connect(server, header)
            assert await reader.read() == b"failure\n"

    run(test)


def test_an_endpoint_that_the_dialplan_vouches_for_counts() -> None:
    async def test() -> None:
        async with serving() as (server, _):
            header = HEADER.replace(b"PJSIP/acme-101-0000001a", b"Local/x@y-00000001;2")
            client = await connect(server, header[:-1] + b"agi_arg_3: acme-101\n\n")
            assert (await until(client, ENTER))[-1] == ENTER

    run(test)


def test_hanging_up_is_recorded_and_ends_the_connection() -> None:
    async def test() -> None:
        async with serving() as (server, records):
            client = await connect(server)
            await until(client, ENTER)
            client[1].write(b"200 result=-1\nHANGUP\n")
            client[1].close()
            while not records:
                await asyncio.sleep(0.01)
        assert records[0]["outcome"] == "abandoned"

    run(test)


def test_a_missing_prompt_is_replaced_by_asterisks_own() -> None:
    async def test() -> None:
        async with serving() as (server, records):
            reader, writer = client = await connect(server)
            await until(client, ENTER)
            writer.write(b"200 result=-1\n")
            assert await reader.readline() == b"CHANNEL STATUS\n"
            writer.write(b"200 result=4\n")
            await until(client, b'GET DATA "agent-pass" "5000" "4"\n')
            await finish(client, b"1234")
        assert records[0]["outcome"] == "connected"

    port._missing.clear()
    run(test)


def test_a_hang_up_is_not_taken_for_a_missing_prompt() -> None:
    async def test() -> None:
        async with serving() as (server, records):
            reader, writer = client = await connect(server)
            await until(client, ENTER)
            writer.write(b"200 result=-1\n")
            assert await reader.readline() == b"CHANNEL STATUS\n"
            writer.write(b"511 Command Not Permitted on a dead channel\n")
            while not records:
                await asyncio.sleep(0.01)
        assert records[0]["outcome"] == "abandoned"

    run(test)


def test_stopping_lets_a_call_finish() -> None:
    async def test() -> None:
        async with serving() as (server, records):
            client = await connect(server)
            await until(client, ENTER)
            closing = asyncio.create_task(server.close(5))
            await asyncio.sleep(0.05)
            rest = await finish(client, b"1234")
            await closing
        assert rest[-2] == b'SET VARIABLE "CALLMARK_RESULT" "connect"\n'
        assert records[0]["outcome"] == "connected"

    run(test)


def test_stopping_gives_back_a_call_that_takes_too_long() -> None:
    async def test() -> None:
        async with serving() as (server, _):
            client = await connect(server)
            await until(client, ENTER)
            await server.close(0.1)
            await is_cut(client[0])

    run(test)


def test_an_address_that_is_not_allowed_is_cut() -> None:
    async def test() -> None:
        async with serving(access=Access.of(["10.0.0.0/8"])) as (server, records):
            reader, _writer = await connect(server)
            await is_cut(reader)
        assert records == []

    run(test)


SECRET = "shared-by-switch-and-gate"


@pytest.mark.parametrize("known", [b"1 (wrong)", b"0", b"1 ()"])
def test_a_client_without_the_secret_decides_no_call(known: bytes) -> None:
    async def test() -> None:
        async with serving(access=Access.of(["127.0.0.0/8"], SECRET)) as (server, records):
            reader, writer = await connect(server)
            assert (await reader.readline()).startswith(b"GET FULL VARIABLE")
            writer.write(b"200 result=" + known + b"\n")
            assert await reader.read() == b"failure\n"
        assert records == []

    run(test)


NEW_SECRET = "known-to-switches-from-today-on"


@pytest.mark.parametrize(
    ("known", "secret"),
    [(SECRET, SECRET), (f"{NEW_SECRET},{SECRET}", SECRET), (f"{NEW_SECRET},{SECRET}", NEW_SECRET)],
    ids=["one", "the former while it is changed", "the new one"],
)
def test_a_switch_with_the_secret_is_served(known: str, secret: str) -> None:
    async def test() -> None:
        async with serving(access=Access.of(["127.0.0.0/8"], known)) as (server, records):
            client = await connect(server)
            await client[0].readline()
            client[1].write(f"200 result=1 ({secret})\n".encode())
            await until(client, ENTER)
            await finish(client, b"1234")
        assert [record["outcome"] for record in records] == ["connected"]

    run(test)
