"""The relay between switch and gate: it bounds the gate's turn, and only that."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from callmark.switches.asterisk.relay import KEPT, Limits, Relay, gate_addresses, relay_port

QUICK = Limits(gate=0.4, talk=0.2, connect=0.5, header=0.3, report=0.3, keep_reports=30)

Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def header(script: str) -> bytes:
    return (
        f"agi_network: yes\nagi_network_script: {script}?switch=main&account=acme\n"
        f"agi_request: agi://127.0.0.1/{script}?switch=main\nagi_arg_1: call=17.1\n\n"
    ).encode()


@asynccontextmanager
async def a_gate(speak: Speak, port: int = 0) -> AsyncIterator[int]:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await speak(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    yield server.sockets[0].getsockname()[1]
    server.close()


@asynccontextmanager
async def a_relay(*gates: int, limits: Limits = QUICK) -> AsyncIterator[Relay]:
    relay = Relay("127.0.0.1", 0, [("127.0.0.1", port) for port in gates], limits)
    await relay.start()
    yield relay
    await relay.close(0.1)


async def connect(relay: Relay, script: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    writer.write(header(script))
    if script == "gate":
        taken = b"${SET(CALLMARK_RELAY=1)}${SET(TIMEOUT(absolute)=90)}"
        assert await reader.readline() == b'GET FULL VARIABLE "%b"\n' % taken
        writer.write(b"200 result=1\n")
    return reader, writer


async def report(relay: Relay, script: str = "end", secret: bytes = b"the secret") -> None:
    """What the switch does: it sends the header, answers one question, and is let go."""
    reader, writer = await connect(relay, script)
    assert b"callmark_secret.conf" in await reader.readline()
    writer.write(b"200 result=1 (" + secret + b")\n")
    assert await reader.read() == b""
    writer.close()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.fixture
def closed_port() -> int:
    async def probe() -> int:
        async with a_gate(silent) as port:
            return port

    return asyncio.run(probe())


async def _seconds_until_cut(script: str, says: bytes = b"") -> float:
    loop = asyncio.get_running_loop()

    async def say_something() -> None:
        while True:
            writer.write(says)
            await asyncio.sleep(0.02)

    async with a_gate(silent) as port, a_relay(port) as relay:
        reader, writer = await connect(relay, script)
        started = loop.time()
        saying = asyncio.create_task(say_something())
        try:
            async with asyncio.timeout(10):
                await reader.read()
        except ConnectionError:
            pass
        finally:
            saying.cancel()
            writer.close()
        return loop.time() - started


def test_a_gate_that_says_nothing_is_cut_off() -> None:
    assert asyncio.run(_seconds_until_cut("tag")) >= QUICK.talk * 0.9
    assert asyncio.run(_seconds_until_cut("gate")) >= QUICK.gate * 0.9


def test_what_the_switch_says_meanwhile_does_not_make_its_turn_longer() -> None:
    assert asyncio.run(_seconds_until_cut("tag", says=b"HANGUP\n")) < 8


def test_a_caller_who_takes_their_time_is_not_cut_off() -> None:
    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\n\n")
        writer.write(b'GET DATA "enter-code"\n')
        assert await reader.readline() == b"200 result=1234\n"
        writer.write(b'SET VARIABLE CALLMARK_RESULT "connect"\n')
        await reader.readline()

    async def call() -> list[bytes]:
        async with a_gate(ask) as port, a_relay(port) as relay:
            reader, writer = await connect(relay, "gate")
            heard = [await reader.readline()]
            # The limits are the gate's: a caller listens and types for much longer.
            await asyncio.sleep(3 * QUICK.gate)
            writer.write(b"200 result=1234\n")
            heard.append(await reader.readline())
            writer.write(b"200 result=1\n")
            heard.append(await reader.read())
            writer.close()
            return heard

    assert asyncio.run(call()) == [
        b'GET DATA "enter-code"\n',
        b'SET VARIABLE CALLMARK_RESULT "connect"\n',
        b"",
    ]


def test_a_gate_that_is_not_there_gives_the_call_back_at_once(closed_port: int) -> None:
    async def call() -> bytes:
        async with a_relay(closed_port) as relay:
            reader, writer = await connect(relay, "gate")
            rest = await reader.read()
            writer.close()
            return rest

    assert asyncio.run(call()) == b""


def test_the_next_gate_is_asked_where_the_first_is_gone(closed_port: int) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\n\n")
        writer.write(b"VERBOSE hello\n")

    async def call() -> bytes:
        async with a_gate(greet) as port, a_relay(closed_port, port) as relay:
            reader, writer = await connect(relay, "tag")
            line = await reader.readline()
            writer.close()
            return line

    assert asyncio.run(call()) == b"VERBOSE hello\n"


async def _deliver(gates: list[str]) -> list[bytes]:
    """Send one report past gates that hang, fail or take it, one after the other at one port."""
    taken: asyncio.Queue[bytes] = asyncio.Queue()

    def speaking(kind: str) -> Speak:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            told = await reader.readuntil(b"\n\n")
            if kind == "hangs":
                await taken.put(b"hung")
                await reader.read()
            elif kind == "fails":
                writer.write(b"failure\n")
                await taken.put(b"failed")
            elif kind == "dies":
                await taken.put(b"died")
            else:
                writer.write(b"GET FULL VARIABLE secret\n")
                await taken.put(told + await reader.readline())
                writer.write(KEPT)
                await reader.readline()

        return speak

    async with a_gate(silent) as port:
        pass
    heard = []
    async with a_relay(port) as relay:
        await report(relay)
        for kind in gates:
            async with a_gate(speaking(kind), port):
                async with asyncio.timeout(20):
                    heard.append(await taken.get())
    return heard


def test_a_report_waits_for_a_gate_and_is_delivered_whole() -> None:
    heard = asyncio.run(_deliver(["hangs", "fails", "dies", "takes it"]))

    assert heard[:3] == [b"hung", b"failed", b"died"]
    assert heard[3] == header("end") + b"200 result=1 (the secret)\n"


def test_the_relay_does_not_vouch_for_who_reports() -> None:
    """What proves a switch is what the switch itself answered: here, nothing."""

    async def tell() -> bytes:
        heard: asyncio.Queue[bytes] = asyncio.Queue()

        async def gate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\n\n")
            writer.write(b"GET FULL VARIABLE secret\n")
            await heard.put(await reader.readline())

        async with a_gate(gate) as port, a_relay(port) as relay:
            await report(relay, secret=b"")
            return await asyncio.wait_for(heard.get(), 10)

    assert asyncio.run(tell()) == b"200 result=1 ()\n"


@pytest.mark.parametrize(
    "garbage", [b"", b"\n\n", b"GET / HTTP/1.1\r\n\r\n", b"x" * 40_000, b"agi_x: \xff\n\n"]
)
def test_garbage_is_cut_and_the_next_call_served(garbage: bytes) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\n\n")
        writer.write(b"VERBOSE hello\n")

    async def call() -> bytes:
        async with a_gate(greet) as port, a_relay(port) as relay:
            reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
            writer.write(garbage)
            try:
                async with asyncio.timeout(10):
                    await reader.read()
            except ConnectionError:
                pass
            writer.close()
            reader, writer = await connect(relay, "tag")
            line = await reader.readline()
            writer.close()
            return line

    assert asyncio.run(call()) == b"VERBOSE hello\n"


def test_where_it_listens_and_whom_it_asks() -> None:
    assert relay_port({}) == 4584
    assert relay_port({"CALLMARK_AGI_PORT": "6000"}) == 6001
    assert relay_port({"CALLMARK_RELAY_PORT": "5000"}) == 5000
    assert gate_addresses([], {}) == [("127.0.0.1", 4583)]
    assert gate_addresses([], {"CALLMARK_AGI_PORT": "9"}) == [("127.0.0.1", 9)]
    assert gate_addresses(["gate:1", "[::1]:2"], {}) == [("gate", 1), ("::1", 2)]
    for wrong in ("gate", "gate:x", "gate:0", "gate:70000"):
        with pytest.raises(ValueError, match="is not a port"):
            gate_addresses([wrong], {})
