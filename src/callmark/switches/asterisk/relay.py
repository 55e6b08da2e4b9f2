"""The relay: a process on the switch's machine that bounds how long a gate may hold a channel.

The dialplan cannot end an AGI that hangs without ending the call. The relay stands between: it
passes bytes on both ways, and its clock runs only while it is the gate's turn to speak, so a caller
who listens or types is never cut off. When the gate says nothing for too long, the relay hangs up
on the switch, and the dialplan goes on.

Reports (``end``, ``inbound``) are taken whole and the channel is let go at once; the gate gets them
as soon as it listens. Neither Django nor the database is needed here.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import field

from callmark.policy.values import value_class
from callmark.switches.asterisk.access import SECRET_QUESTION

log = logging.getLogger("callmark.relay")

RELAY_PORT_VARIABLE = "CALLMARK_RELAY_PORT"

AGI_PORT = 4583
"""The gate's, where nothing else is set; the relay's is the next. FastAGI's own, 4573, is taken on
every FreePBX, by a server of its own."""

GATE_SECONDS = 7.0
"""At the prompt. The dialplan's own limit is a second longer."""
TALK_SECONDS = 1.8
"""During a conversation, which is silent meanwhile: the whole is to stay under 2 s."""

STEP_SECONDS = 90
"""What the gate's first step may take: a prompt, and each digit at the last moment. The relay tells
the switch, and the gate that it has: a command less."""

BOUNDED = "agi_callmark_bounded"
"""The line of the header that says so."""

_TAKEN = (
    b'GET FULL VARIABLE "${SET(CALLMARK_RELAY=1)}${SET(TIMEOUT(absolute)=%d)}"\n' % STEP_SECONDS
)
"""The dialplan must not ask the gate by itself once we have the question."""

_AT_ONCE = 32
_LONGEST_HEADER = 16_384
_REPORTS = {"end", "inbound"}
KEPT = b'NOOP "kept"\n'
"""What a gate says when a report is on its disk."""

Address = tuple[str, int]
_Action = Callable[[], None]
_Work = Coroutine[object, object, None]


@value_class
class Limits:
    """How long the relay waits, in seconds, and for how many reports it has room."""

    gate: float = GATE_SECONDS
    talk: float = TALK_SECONDS
    connect: float = 1.0
    header: float = 5.0
    report: float = 5.0
    """A gate may take this long for a report before it is tried again."""
    keep_reports: float = 900.0
    """Older ones are given up; ``import-cdr`` completes such calls."""
    reports: int = 10_000


def relay_port(environment: Mapping[str, str]) -> int:
    """The port the relay listens on, on 127.0.0.1. Raises ``ValueError``."""
    beside_the_gate = str(int(environment.get("CALLMARK_AGI_PORT", str(AGI_PORT))) + 1)
    return _port(environment.get(RELAY_PORT_VARIABLE, beside_the_gate), RELAY_PORT_VARIABLE)


def gate_addresses(named: Sequence[str], environment: Mapping[str, str]) -> list[Address]:
    """``HOST:PORT`` of each gate; without any, where this installation's own gate listens."""
    host = environment.get("CALLMARK_AGI_HOST", "127.0.0.1")
    port = environment.get("CALLMARK_AGI_PORT", str(AGI_PORT))
    parts = [one.rpartition(":") for one in named or [f"{host}:{port}"]]
    return [
        (host.strip("[]") or "127.0.0.1", _port(port, "the gate's port")) for host, _, port in parts
    ]


def _port(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65_536):
        raise ValueError(f"{what} {text!r} is not a port")
    return int(text)


@value_class
class _Report:
    header: bytes = field(repr=False)
    secret: bytes = field(repr=False)
    """What the switch answered when it was asked for the secret; not the relay's to vouch for."""
    give_up_at: float


class Relay:
    """Listens for the switch, and speaks to the first of ``gates`` that can be reached."""

    def __init__(
        self, host: str, port: int, gates: Sequence[Address], limits: Limits | None = None
    ) -> None:
        self._limits = limits or Limits()
        self._address = (host, port)
        self._gates = tuple(gates)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._reports: set[asyncio.Task[None]] = set()
        self._deliveries = asyncio.Semaphore(_AT_ONCE)

    @property
    def port(self) -> int:
        """The port listened on; tells which one was chosen when it was 0."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen. Raises ``OSError`` when the address cannot be used."""
        host, port = self._address
        self._server = await asyncio.start_server(
            self._connected, host, port, backlog=512, limit=_LONGEST_HEADER
        )

    async def close(self, grace_seconds: float) -> None:
        """Take no more; let what is under way, reports too, finish for a while."""
        if self._server is not None:
            self._server.close()
        for tasks in (self._tasks, self._reports):
            if tasks:
                await asyncio.wait(tasks, timeout=grace_seconds)
            for task in tasks:
                task.cancel()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._spawn(self._tasks, self._serve(reader, writer))

    def _spawn(self, tasks: set[asyncio.Task[None]], work: _Work) -> None:
        task = asyncio.ensure_future(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(self._limits.header):
                header = await reader.readuntil(b"\n\n")
            script = _script(header)
            if script in _REPORTS:
                await self._take_report(header, reader, writer)
            else:
                await self._pass_on(script, header, reader, writer)
        except (
            TimeoutError,
            OSError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
        ) as why:
            log.warning("a connection was cut: %s", type(why).__name__)
        finally:
            writer.transport.abort() if writer.is_closing() else writer.close()

    # --- reports

    async def _take_report(
        self, header: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        loop = asyncio.get_running_loop()
        if len(self._reports) >= self._limits.reports:
            log.error("%d reports wait for a gate: one more was not taken", len(self._reports))
            return
        async with asyncio.timeout(self._limits.connect):
            secret, _ = await _ask(SECRET_QUESTION, reader, writer)
        report = _Report(header, secret, loop.time() + self._limits.keep_reports)
        self._spawn(self._reports, self._deliver(report))

    async def _deliver(self, report: _Report) -> None:
        pause = 0.25
        while True:
            async with self._deliveries:
                try:
                    async with asyncio.timeout(self._limits.report):
                        if await self._tell(report):
                            return
                except (OSError, TimeoutError):
                    pass
            if asyncio.get_running_loop().time() > report.give_up_at:
                log.error("a report was given up: no gate took it")
                return
            await asyncio.sleep(pause)
            pause = min(5.0, pause * 2)

    async def _tell(self, report: _Report) -> bool:
        """Speak to the gate as the switch would. False when it could not keep the report."""
        reader, writer = await self._open()
        try:
            writer.write(report.header)
            kept = False
            while line := await reader.readline():
                if line == b"failure\n":
                    return False
                # A gate that dies ends the connection, too: only its word counts.
                kept = kept or line == KEPT
                asks = line.startswith(b"GET FULL VARIABLE")
                writer.write(report.secret if asks else b"200 result=1\n")
            return kept
        finally:
            writer.close()

    # --- questions

    async def _pass_on(
        self,
        script: str,
        header: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        limit = self._limits.talk
        if script == "gate":
            limit = self._limits.gate
            async with asyncio.timeout(self._limits.connect):
                _, lines = await _ask(_TAKEN, reader, writer)
            header = header[:-1] + f"{BOUNDED}: yes\n\n".encode() + lines
        gate_reader, gate_writer = await self._open()
        turn = _GatesTurn(limit, lambda: _cut(script, writer, gate_writer))
        try:
            gate_writer.write(header)
            turn.begin()
            await _until_one_ends(
                _copy(reader, gate_writer, turn.begin), _copy(gate_reader, writer, turn.end)
            )
        finally:
            turn.end()
            gate_writer.close()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        problem: Exception = ConnectionError("no gate")
        for host, port in self._gates:
            try:
                async with asyncio.timeout(self._limits.connect):
                    return await asyncio.open_connection(host, port)
            except (OSError, TimeoutError) as why:
                problem = why
        raise problem


class _GatesTurn:
    """A clock that runs while the switch waits for the gate's next command."""

    def __init__(self, seconds: float, expired: _Action) -> None:
        self._seconds = seconds
        self._expired = expired
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Bytes came from the switch. A turn that has begun is not made longer by more."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._seconds, self._expired)

    def end(self) -> None:
        """A command came from the gate."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _cut(script: str, *writers: asyncio.StreamWriter) -> None:
    log.error("the gate says nothing: a %r was taken back from it", script)
    for writer in writers:
        writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: _Action) -> None:
    with suppress(OSError):
        while data := await reader.read(4096):
            seen()
            writer.write(data)
            await writer.drain()


async def _until_one_ends(*work: _Work) -> None:
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _ask(
    question: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[bytes, bytes]:
    """The switch's reply to one command, and what it said in between (that the caller is gone)."""
    writer.write(question)
    others = b""
    while True:
        line = await reader.readuntil(b"\n")
        if line[:3].isdigit() and not line.startswith(b"1"):
            return line, others
        others += line


def _script(header: bytes) -> str:
    for line in header.split(b"\n"):
        name, _, value = line.partition(b": ")
        if name == b"agi_network_script":
            return value.partition(b"?")[0].decode("ascii", "replace").strip("/")
    return ""
