"""The relay between switch and gate: it bounds the gate's turn, and only that."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest

from callmark.ops import event_loop
from callmark.switches.asterisk.relay import Relay, gate_addresses, relay_port
from callmark.switches.asterisk.relay_call import PATIENCE, SHORTEST_HEADER, Limits
from callmark.switches.asterisk.report_line import GREETING, HELLO, Frame, FrameReader, answer

QUICK = Limits(gate=0.4, talk=0.2, connect=0.5, header=0.3, report=0.3, keep_reports=30)

Result = TypeVar("Result")


def run(work: Coroutine[object, object, Result]) -> Result:
    """On the event loop that the process has."""
    done: list[Result] = []

    async def keep() -> None:
        done.append(await work)

    event_loop.run(keep())
    return done[0]


Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def header(script: str, call: str = "17.1") -> bytes:
    return (
        f"agi_network: yes\nagi_network_script: {script}?switch=main&account=acme\n"
        f"agi_request: agi://127.0.0.1/{script}?switch=main\nagi_arg_1: call={call}\n\n"
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


async def connect(
    relay: Relay, script: str, call: str = "17.1"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    writer.write(header(script, call))
    if script == "gate":
        taken = b"${SET(CALLMARK_RELAY=1)}${SET(TIMEOUT(absolute)=90)}"
        assert await reader.readline() == b'GET FULL VARIABLE "%b"\n' % taken
        writer.write(b"200 result=1\n")
    return reader, writer


async def report(relay: Relay, *, call: str = "17.1", secret: bytes = b"the secret") -> None:
    """What the switch does: it sends the header, answers one question, and is let go."""
    reader, writer = await connect(relay, "end", call)
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

    return run(probe())


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
    assert run(_seconds_until_cut("tag")) >= QUICK.talk * 0.9
    assert run(_seconds_until_cut("gate")) >= QUICK.gate * 0.9


def test_what_the_switch_says_meanwhile_does_not_make_its_turn_longer() -> None:
    assert run(_seconds_until_cut("tag", says=b"HANGUP\n")) < 8


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

    assert run(call()) == [
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

    assert run(call()) == b""


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

    assert run(call()) == b"VERBOSE hello\n"


class Told:
    """What a gate is told over a line by which a relay brings reports, one after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._frames = FrameReader()
        self._read: list[Frame] = []

    async def greet(self) -> None:
        assert await self._reader.readuntil(b"\n\n") == HELLO.encode()
        self._writer.write(GREETING)

    async def report(self) -> Frame | None:
        while not self._read:
            if not (data := await self._reader.read(4096)):
                return None
            self._read = self._frames.receive(data)
        return self._read.pop(0)

    async def next(self) -> Frame:
        frame = await self.report()
        assert frame is not None
        return frame

    def answer(self, frame: Frame, *, kept: bool) -> None:
        self._writer.write(answer(frame.number, kept=kept))


async def _deliver(gates: list[str]) -> list[bytes]:
    """Send one report past gates that hang, fail or take it, one after the other at one port."""
    taken: asyncio.Queue[bytes] = asyncio.Queue()

    def speaking(kind: str) -> Speak:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if kind == "is older":
                await reader.readuntil(b"\n\n")
                writer.write(b"GET FULL VARIABLE secret\n")
                await taken.put(b"is older")
                return
            if kind == "does not greet":
                await taken.put(b"does not greet")
                await reader.read()
                return
            told = Told(reader, writer)
            await told.greet()
            frame = await told.next()
            if kind == "takes it":
                told.answer(frame, kept=True)
                await taken.put(frame.header + frame.secret)
            else:
                await taken.put(kind.encode())
            if kind != "dies":
                await reader.read()

        return speak

    async with a_gate(silent) as port:
        pass
    heard = []
    async with a_relay(port) as relay:
        await report(relay)
        for kind in gates:
            async with a_gate(speaking(kind), port) as _:
                async with asyncio.timeout(20):
                    heard.append(await taken.get())
        async with asyncio.timeout(20):
            while relay.reports.held:
                await asyncio.sleep(0.01)
    return heard


def test_a_report_waits_for_a_gate_and_is_delivered_whole() -> None:
    kinds = ["is older", "does not greet", "hangs", "dies", "takes it"]
    heard = run(_deliver(kinds))

    assert heard[:4] == [kind.encode() for kind in kinds[:4]]
    assert heard[4] == header("end") + b"200 result=1 (the secret)\n"


def test_one_report_that_is_not_kept_keeps_back_no_other() -> None:
    async def tell() -> list[bytes]:
        kept: asyncio.Queue[bytes] = asyncio.Queue()
        refused: list[bytes] = []

        async def gate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            told = Told(reader, writer)
            await told.greet()
            while frame := await told.report():
                if b"(1st)" in frame.secret and len(refused) < 2:
                    refused.append(frame.secret)
                    told.answer(frame, kept=False)
                    continue
                told.answer(frame, kept=True)
                await kept.put(frame.secret)

        async with a_gate(gate) as port, a_relay(port) as relay:
            for secret in (b"1st", b"2nd", b"3rd"):
                await report(relay, secret=secret)
            async with asyncio.timeout(20):
                return [await kept.get() for _ in range(3)]

    told = run(tell())
    assert told == [b"200 result=1 (%b)\n" % one for one in (b"2nd", b"3rd", b"1st")]


def test_what_a_gate_was_not_done_with_is_told_again_to_the_next() -> None:
    """A connection that is lost tells nobody what was kept: twice is once in the records."""

    async def tell() -> list[list[bytes]]:
        heard: list[list[bytes]] = []
        all_told = asyncio.Event()

        async def gate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            told = Told(reader, writer)
            await told.greet()
            first = await told.next()
            if not heard:
                told.answer(first, kept=True)
                heard.append([first.secret, *[(await told.next()).secret for _ in "23"]])
                return
            heard.append([first.secret, (await told.next()).secret])
            all_told.set()

        async with a_gate(gate) as port, a_relay(port) as relay:
            for secret in (b"1", b"2", b"3"):
                await report(relay, secret=secret)
            async with asyncio.timeout(20):
                await all_told.wait()
        return heard

    first, again = run(tell())
    assert [secret[-3:] for secret in first] == [b"1)\n", b"2)\n", b"3)\n"]
    assert again == first[1:]


def test_the_relay_does_not_vouch_for_who_reports() -> None:
    """What proves a switch is what the switch itself answered: here, nothing."""

    async def tell() -> bytes:
        heard: asyncio.Queue[bytes] = asyncio.Queue()

        async def gate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            told = Told(reader, writer)
            await told.greet()
            await heard.put((await told.next()).secret)

        async with a_gate(gate) as port, a_relay(port) as relay:
            await report(relay, secret=b"")
            return await asyncio.wait_for(heard.get(), 10)

    assert run(tell()) == b"200 result=1 ()\n"


@pytest.mark.parametrize("size", [SHORTEST_HEADER - 50, SHORTEST_HEADER + 500])
def test_a_header_that_comes_line_by_line_is_taken_however_long_it_is(size: int) -> None:
    async def call() -> bytes:
        async def gate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"%d\n" % len(await reader.readuntil(b"\n\n")))

        async with a_gate(gate) as port, a_relay(port) as relay:
            reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
            short = header("tag")
            longer = short[:-1] + b"agi_arg_2: " + b"x" * (size - len(short) - 13) + b"\n\n"
            for line in longer.splitlines(keepends=True):
                writer.write(line)
                await asyncio.sleep(PATIENCE / 20)
            said = await reader.readline()
            writer.close()
            return said

    assert run(call()) == b"%d\n" % (size - 1)


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

    assert run(call()) == b"VERBOSE hello\n"


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
