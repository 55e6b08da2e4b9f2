"""One FastAGI connection: sends a command, waits for its reply, notices the hang-up."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

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


class ChannelGone(Exception):
    """The caller hung up, or Asterisk closed the connection."""


class AgiSession:
    """A call that Asterisk handed over. Used by one task; ``request`` is there after the header."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._protocol = AgiProtocol()
        self._events: deque[Event] = deque()
        self.request: AgiRequest
        self.on_first_reply: Callable[[], None] | None = None
        """Called when the switch has carried out the first command."""
        self.on_reply: Callable[[float], None] | None = None
        """Called with the seconds that the switch took for a command that waits for nobody."""

    async def read_header(self, seconds: float) -> None:
        """Read the header, whole, within ``seconds``; raises ``TimeoutError`` otherwise."""
        async with asyncio.timeout(seconds):
            event = await self._next_event()
        if not isinstance(event, AgiRequest):
            raise ProtocolError("a reply came before the header")
        self.request = event

    async def run(self, *words: str, seconds: float = QUICK_SECONDS) -> Reply:
        """Run one command and return its reply.

        Raises :class:`ChannelGone`, ``TimeoutError`` when the switch does not answer, or
        :class:`ProtocolError` when it does not know the command.
        """
        began = time.monotonic()
        try:
            self._writer.write(command(*words))
            async with asyncio.timeout(seconds):
                await self._writer.drain()
                event = await self._next_event()
        except ConnectionError:
            raise ChannelGone from None
        if isinstance(event, HangUp) or (isinstance(event, Reply) and event.code == 511):
            raise ChannelGone
        if not isinstance(event, Reply):
            raise ProtocolError("a second header came")
        self._tell_of_reply(time.monotonic() - began if seconds == QUICK_SECONDS else None)
        if event.code != 200:
            raise ProtocolError(f"the switch answered {event.code} to {words[0]}")
        return event

    def _tell_of_reply(self, took: float | None) -> None:
        if self.on_first_reply is not None:
            self.on_first_reply()
            self.on_first_reply = None
        if self.on_reply is not None and took is not None:
            self.on_reply(took)

    async def wait(self, seconds: float) -> None:
        """Have the switch do nothing for so long; raises :class:`ChannelGone` if it hangs up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._next_event()
            raise ChannelGone

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable or write a dialplan function."""
        await self.run("SET VARIABLE", name, value)

    async def fail(self) -> None:
        """Make the AGI application itself fail: AGISTATUS becomes FAILURE."""
        # Asterisk reads this word where a command would be as "the script could not be run".
        self._writer.write(b"failure\n")
        await self.close()

    async def close(self) -> None:
        """Give the call back to the dialplan."""
        self._writer.close()
        try:
            async with asyncio.timeout(1):
                await self._writer.wait_closed()
        except (TimeoutError, OSError):
            self.abort()

    def abort(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()

    async def _next_event(self) -> Event:
        while not self._events:
            data = await self._reader.read(4096)
            if not data:
                raise ChannelGone
            self._events.extend(self._protocol.receive(data))
            if len(self._events) > _MAX_UNREAD_EVENTS:
                raise ProtocolError("replies came that nothing asked for")
        return self._events.popleft()
