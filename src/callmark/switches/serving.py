"""A server that a switch opens connections to: one task each, strict limits, a stop that lets go.

What stands on a connection, and what is answered, is the adapter's.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import Generic, TypeVar, cast

from callmark.gate.counters import counters
from callmark.gate.gate import Gate
from callmark.switches.lateness import Lateness

Session = TypeVar("Session")


class CallServer(ABC, Generic[Session]):
    """Serves at most ``connections`` at once; beyond them a call gets the fail policy at once."""

    log: logging.Logger

    def __init__(self, gate: Gate, *, host: str, port: int, connections: int) -> None:
        self._gate = gate
        self._host = host
        self._port = port
        self._connections = connections
        self._lateness = Lateness()
        self._calls: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port listened on; tells which one was chosen when it was 0."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen. Raises ``OSError`` when the address cannot be used."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, self._host, self._port, backlog=512)
        self._lateness.start()
        self._gate.admission.lag = self._lateness.lag

    async def close(self, grace_seconds: float) -> None:
        """Take no more calls, let running ones finish for a while, then give them back."""
        if self._server is not None:
            self._server.close()
        if self._calls:
            await asyncio.wait(self._calls, timeout=grace_seconds)
        for task in self._calls:
            task.cancel()
        if self._calls:
            await asyncio.wait(self._calls)
        self._lateness.stop()

    def _came(self, session: Session, transport: asyncio.BaseTransport) -> None:
        """A connection, and what stands on it: served, or cut at once."""
        connection = cast(asyncio.Transport, transport)
        if not self._admits(connection.get_extra_info("peername")[0]):
            connection.abort()
            return
        if len(self._calls) >= self._connections:
            counters.shed["calls"] += 1
            self.log.error("too many calls at once (%d): one was given back", len(self._calls))
            connection.abort()
            return
        task = asyncio.create_task(self._admitted(session))
        self._calls.add(task)
        self._gate.admission.came(session)
        task.add_done_callback(self._calls.discard)

    async def _admitted(self, session: Session) -> None:
        try:
            await self._serve(session)
        finally:
            self._gate.admission.went(session)

    def _admits(self, address: str) -> bool:  # noqa: ARG002
        """Whether somebody may connect from this address; says so in the log where not."""
        return True

    @abstractmethod
    def _protocol(self) -> asyncio.BaseProtocol:
        """What a new connection speaks to; it tells :meth:`_came` when it is there."""

    @abstractmethod
    async def _serve(self, session: Session) -> None:
        """One connection to its end. Whatever goes wrong ends only this one."""
