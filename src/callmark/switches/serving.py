"""A server that a switch opens connections to: one task each, strict limits, a stop that lets go.

What stands on a connection, and what is answered, is the adapter's.
"""

import asyncio
import logging
import socket
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar, cast

from callmark.gate.counters import counters
from callmark.gate.gate import Gate
from callmark.switches.lateness import Lateness
from callmark.switches.siblings import Kind, Siblings

Session = TypeVar("Session")

BACKLOG = 512
"""Connections that wait to be accepted."""


class CallServer(ABC, Generic[Session]):
    """Serves at most ``connections`` at once; beyond them a call gets the fail policy at once.

    With ``siblings`` (other processes that serve the same port), each account's calls are served by
    one of them.
    """

    log: logging.Logger
    kind: Kind

    def __init__(
        self,
        gate: Gate,
        *,
        host: str,
        port: int,
        connections: int,
        siblings: Siblings | None = None,
    ) -> None:
        self._gate = gate
        self._siblings = siblings
        self._host = host
        self._port = port
        self._connections = connections
        self._lateness = Lateness()
        self._calls: set[asyncio.Task[None]] = set()
        self._begun: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []

    @property
    def port(self) -> int:
        """The port listened on; tells which one was chosen when it was 0."""
        port: int = self._servers[0].sockets[0].getsockname()[1]
        return port

    async def start(self, listening: Sequence[socket.socket] = ()) -> None:
        """Listen, or take connections from what ``listening``. Raises ``OSError``."""
        loop = asyncio.get_running_loop()
        if listening:
            self._servers = [
                await loop.create_server(self._protocol, sock=one, backlog=BACKLOG)
                for one in listening
            ]
        else:
            server = await loop.create_server(
                self._protocol, self._host, self._port, backlog=BACKLOG
            )
            self._servers = [server]
        self._lateness.is_busy = lambda: bool(self._calls)
        self._lateness.start()
        self._gate.admission.lag = self._lateness.lag

    async def close(self, grace_seconds: float) -> None:
        """Take no more calls, let running ones finish for a while, then give them back."""
        for server in self._servers:
            server.close()
        if self._begun:
            await asyncio.wait(self._begun)
        if self._calls:
            await asyncio.wait(self._calls, timeout=grace_seconds)
        for task in self._calls:
            task.cancel()
        if self._calls:
            await asyncio.wait(self._calls)
        self._lateness.stop()

    def take(self, read: bytes, connection: socket.socket) -> None:
        """Go on with a connection that a sibling accepted, and of which it has read this much."""
        task = asyncio.create_task(self._take(read, connection))
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)

    async def _take(self, read: bytes, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(lambda: self._protocol(read), connection)
        except OSError as problem:
            connection.close()
            self.log.warning("a connection that was passed on is gone: %s", problem.strerror)

    def _is_passed_on(
        self, account_id: str | None, read: bytes, transport: asyncio.BaseTransport
    ) -> bool:
        """Whether a sibling has the connection now, because it has the account; then it is cut."""
        if self._siblings is None or account_id is None:
            return False
        connection = transport.get_extra_info("socket").fileno()
        passed_on = self._siblings.pass_on(account_id, self.kind, read, connection)
        if passed_on:
            cast(asyncio.Transport, transport).abort()
        return passed_on

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
        self._lateness.hurry()
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
    def _protocol(self, read: bytes = b"") -> asyncio.BaseProtocol:
        """What a new connection speaks to; it tells :meth:`_came` when it is there.

        ``read``: what a sibling has read of it.
        """

    @abstractmethod
    async def _serve(self, session: Session) -> None:
        """One connection to its end. Whatever goes wrong ends only this one."""
