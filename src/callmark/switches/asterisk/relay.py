"""The relay: a process on the switch's machine that bounds how long a gate may hold a channel.

The dialplan cannot end an AGI that hangs without ending the call. The relay stands between: it
passes bytes on both ways, and its clock runs only while it is the gate's turn to speak, so a caller
who listens or types is never cut off. When the gate says nothing for too long, the relay hangs up
on the switch, and the dialplan goes on.

Reports (``end``, ``inbound``, ``shed``) are taken whole and the channel is let go at once; the gate
gets them as soon as it listens (``relay_reports``). Neither Django nor the database is needed here.
"""

import asyncio
import logging
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from callmark.switches.asterisk.relay_call import SHORTEST_HEADER, Call, GatesSide, Limits
from callmark.switches.asterisk.relay_reports import Address, Reports
from callmark.switches.asterisk.report_file import ReportFile

log = logging.getLogger("callmark.relay")

RELAY_PORT_VARIABLE = "CALLMARK_RELAY_PORT"

AGI_PORT = 4583
"""The gate's, where nothing else is set; the relay's is the next. FastAGI's own, 4573, is taken on
every FreePBX, by a server of its own."""


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


class Relay:
    """Listens for the switch, and speaks to the first of ``gates`` that can be reached.

    ``spool``: Asterisk's own spool folder, below which it may write reports to a file.
    """

    def __init__(
        self,
        host: str,
        port: int,
        gates: Sequence[Address],
        limits: Limits | None = None,
        spool: Path | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._address = (host, port)
        self._gates = tuple(gates)
        self._server: asyncio.Server | None = None
        self._calls: set[Call] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self.reports = Reports(
            gates,
            answer_seconds=self.limits.report,
            keep_seconds=self.limits.keep_reports,
            most=self.limits.reports,
        )
        self.reports.on_empty = self._look_whether_idle
        self._spool = spool
        self._file: ReportFile | None = None

    @property
    def port(self) -> int:
        """The port listened on; tells which one was chosen when it was 0."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen. Raises ``OSError`` when the address cannot be used."""
        listening = socket.create_server(self._address, backlog=512)
        listening.setblocking(False)
        # What is accepted has this, too.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, SHORTEST_HEADER)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Call(self), sock=listening)
        if self._spool is not None:
            self._read_reports(self._spool)

    def _read_reports(self, spool: Path) -> None:
        file = self._file = ReportFile(spool, self.port, self.reports.take_from_file)
        self.reports.on_refused = file.refused

        def known(secret: bytes) -> None:
            self.reports.secret = secret
            file.known(secret)

        self.reports.on_kept = known
        file.start()
        self.reports.secret = file.secret

    async def close(self, grace_seconds: float) -> None:
        """Take no more; let what is under way, reports too, finish for a while."""
        if self._file is not None:
            self._file.stop()
        if self._server is not None:
            self._server.close()
        self._look_whether_idle()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                await self._idle.wait()
        self.reports.stop()
        for task in self._opening:
            task.cancel()
        for call in tuple(self._calls):
            call.abort()

    def came(self, call: Call) -> None:
        """A connection of the switch."""
        self._calls.add(call)
        self._idle.clear()

    def went(self, call: Call) -> None:
        """It is over."""
        self._calls.discard(call)
        self._look_whether_idle()

    def _look_whether_idle(self) -> None:
        if not self._calls and not self.reports.held:
            self._idle.set()
        else:
            self._idle.clear()

    def open_gate(self, call: Call) -> None:
        """Reach a gate for this call; it is told, or cut off where there is none."""
        task = asyncio.ensure_future(self._open_gate(call))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open_gate(self, call: Call) -> None:
        loop = asyncio.get_running_loop()
        problem: Exception = ConnectionError("no gate")
        for host, port in self._gates:
            try:
                async with asyncio.timeout(self.limits.connect):
                    await loop.create_connection(lambda: GatesSide(call), host, port)
            except (OSError, TimeoutError) as why:
                problem = why
            else:
                return
        call.cut(type(problem).__name__)
