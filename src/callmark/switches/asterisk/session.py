"""One FastAGI connection: sends a command, waits for its reply, notices the hang-up."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from callmark.switches.asterisk.protocol import (
    AgiProtocol,
    AgiRequest,
    Event,
    HangUp,
    ProtocolError,
    Reply,
    command,
)

QUICK_SECONDS = 10.0
"""Limit for the reply to a command that does not wait for the caller."""

_MAX_UNREAD_EVENTS = 16

_CLOSING_SECONDS = 1.0
"""A switch that has not taken what was sent by then never will."""


class ChannelGone(Exception):
    """The caller hung up, or Asterisk closed the connection."""


class AgiSession(asyncio.Protocol):
    """A call that Asterisk handed over. Used by one task; ``request`` is there after the header.

    ``came`` is told of the connection when there is one. ``read`` is what another process has read
    of it already; it was given to this one.
    """

    def __init__(
        self, came: Callable[["AgiSession", asyncio.Transport], None], read: bytes = b""
    ) -> None:
        self._came = came
        self.transport: asyncio.Transport
        self.was_passed_on = bool(read)
        self.read_first = b""
        """All that came until :meth:`read_header` was done."""
        self._is_first = True
        self._protocol = AgiProtocol()
        self._events: deque[Event | bytes] = deque()
        self._is_bare = False
        self._has_said_all = False
        self._ended: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.request: AgiRequest
        self.on_first_reply: Callable[[], None] | None = None
        """Called when the switch has carried out the first command."""
        self.on_reply: Callable[[float], None] | None = None
        """Called with the seconds that the switch took for a command that waits for nobody."""
        if read:
            self.data_received(read)

    # --- what the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's own class is none of these
        self._came(self, self.transport)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._is_first:
            self.read_first += data
        if self._is_bare:
            self._events.append(data)
        else:
            try:
                self._events.extend(self._protocol.receive(data))
                if len(self._events) > _MAX_UNREAD_EVENTS:
                    raise ProtocolError("replies came that nothing asked for")
            except ProtocolError as problem:
                self._ended = problem
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """The connection is over."""
        self._ended = self._ended or ChannelGone()
        self._wake()

    # --- what its task calls

    async def read_header(self, seconds: float) -> None:
        """Read the header, whole, within ``seconds``; raises ``TimeoutError`` otherwise."""
        event = await self._next_event(seconds)
        if not isinstance(event, AgiRequest):
            raise ProtocolError("a reply came before the header")
        self.request, self._is_first = event, False

    async def run(self, *words: str, seconds: float = QUICK_SECONDS) -> Reply:
        """Run one command and return its reply.

        Raises :class:`ChannelGone`, ``TimeoutError`` when the switch does not answer, or
        :class:`ProtocolError` when it does not know the command.
        """
        began = time.monotonic()
        self.write(command(*words))
        event = await self._next_event(seconds)
        if isinstance(event, HangUp) or (isinstance(event, Reply) and event.code == 511):
            raise ChannelGone
        if not isinstance(event, Reply):
            raise ProtocolError("a second header came")
        self._tell_of_reply(time.monotonic() - began if seconds == QUICK_SECONDS else None)
        if event.code != 200:
            raise ProtocolError(f"the switch answered {event.code} to {words[0]}")
        return event

    def run_last(self, *words: str) -> None:
        """Have the switch run one more command, and go on with the dialplan when it has.

        Nobody waits for its reply, which would keep the caller waiting: for its way here, and for
        the way back of our being done.
        """
        if self._ended is None:
            self.transport.write(command(*words))
            self.transport.write_eof()
        self._has_said_all = True

    def _tell_of_reply(self, took: float | None) -> None:
        if self.on_first_reply is not None:
            self.on_first_reply()
            self.on_first_reply = None
        if self.on_reply is not None and took is not None:
            self.on_reply(took)

    async def wait(self, seconds: float) -> None:
        """Have the switch do nothing for so long; raises :class:`ChannelGone` if it hangs up."""
        with suppress(TimeoutError):
            await self._next_event(seconds)
            raise ChannelGone

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable or write a dialplan function."""
        await self.run("SET VARIABLE", name, value)

    def be_bare(self) -> None:
        """What follows the header is no AGI: :meth:`read` and :meth:`write` take bytes as such."""
        self._is_bare = True

    async def read(self) -> bytes:
        """What came over a bare connection; b'' at its end."""
        try:
            data = await self._next_event(None)
        except ChannelGone:
            return b""
        assert isinstance(data, bytes)
        return data

    def write(self, data: bytes) -> None:
        """Send bytes; to a connection that is gone, nothing."""
        if self._ended is None:
            self.transport.write(data)

    def fail(self) -> None:
        """Make the AGI application itself fail: AGISTATUS becomes FAILURE."""
        # Asterisk reads this word where a command would be as "the script could not be run".
        if not self._has_said_all:
            self.write(b"failure\n")
        self.close()

    def close(self) -> None:
        """Give the call back to the dialplan, as soon as it has taken what was sent."""
        if not self._has_said_all:
            self.transport.close()
        if self._has_said_all or self.transport.get_write_buffer_size():
            # The switch closes what it was told all of, after its last reply.
            asyncio.get_running_loop().call_later(_CLOSING_SECONDS, self.transport.abort)

    def abort(self) -> None:
        """Cut the connection."""
        self.transport.abort()

    async def _next_event(self, seconds: float | None) -> Event | bytes:
        loop = asyncio.get_running_loop()
        until = None if seconds is None else loop.time() + seconds
        while not self._events:
            if self._ended is not None:
                raise self._ended
            waiter = self._waiter = loop.create_future()
            timer = loop.call_at(until, _time_out, waiter) if until is not None else None
            try:
                await waiter
            finally:
                self._waiter = None
                if timer is not None:
                    timer.cancel()
        return self._events.popleft()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done() and (self._events or self._ended):
            self._waiter.set_result(None)


def _time_out(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())
