"""One call that the dialplan handed over: its data, its watchdog, and giving it back."""

import asyncio
import math
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from callmark.switches.freeswitch.connection import QUICK_SECONDS, Connection, Gone, Running
from callmark.switches.freeswitch.event_socket import (
    Event,
    ProtocolError,
    assignments,
    command,
)
from callmark.switches.freeswitch.variables import (
    CONTEXT,
    HUNG_EXTENSION,
    SOCKET_PATH,
    SWITCH_QUERY,
    WATCH,
    WATCH_GROUP,
)

DEFAULT_SWITCH = "main"

_UUID = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
_CONTEXT = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)


class CallSession:
    """Used by one task. ``call`` is there after :meth:`open`.

    One that ``was_passed_on`` by another process was opened there; the answer is what was read.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        was_passed_on: bool = False,
    ) -> None:
        self.transport = writer.transport
        self.was_passed_on = was_passed_on
        self._connection = Connection(reader, writer, self._note)
        self._connection.read_first = b""
        self._opened = self._connection.expect() if was_passed_on else None
        self._answered = False
        self._first_watch: str | None = None
        self.on_first_word: Callable[[], None] | None = None
        self.call: Event

    async def open(self, seconds: float) -> None:
        """Take the call, and learn of it all that the switch knows. Raises :class:`ProtocolError`.

        ``connect`` must be the first command, and the answer to it is the channel's data.
        """
        async with asyncio.timeout(seconds):
            reply = await (self._opened or self._connection.run("connect"))
            self.call = Event(reply.fields.get("Event-Name", ""), reply.fields)
            if not _UUID.fullmatch(self.call.uuid):
                raise ProtocolError("the answer to 'connect' names no channel")
            self._answered = self.call.fields.get("Answer-State") == "answered"
            self._first_watch = self.call.variable(WATCH)

    @property
    def read_first(self) -> bytes:
        """All that came until :meth:`follow`."""
        return self._connection.read_first or b""

    async def follow(self) -> None:
        """Be told what happens to the call."""
        self._connection.read_first = None
        await self._connection.run("myevents")

    @property
    def path(self) -> str:
        """What the dialplan wants of us."""
        return urlsplit(f"//host/{self.call.variable('socket_path')}").path.strip("/")

    @property
    def switch(self) -> str:
        """The name of the switch that asks. Raises :class:`ProtocolError` for another path."""
        if self.path != SOCKET_PATH:
            raise ProtocolError(f"the socket's path is not {SOCKET_PATH!r}")
        query = parse_qs(urlsplit(self.call.variable("socket_path")).query)
        return query.get(SWITCH_QUERY, [DEFAULT_SWITCH])[-1]

    @property
    def answered(self) -> bool:
        """Whether the caller's leg is answered by now."""
        return self._answered

    async def start(self, application: str, argument: str = "") -> Running:
        """Start an application, and go on while it runs."""
        self._has_spoken()
        return await self._connection.start(application, argument)

    async def finish(self, running: Running, seconds: float = QUICK_SECONDS) -> Event:
        """Wait for its end. Raises :class:`Gone` when the caller has hung up meanwhile."""
        return await self._connection.finish(running, seconds)

    async def execute(
        self, application: str, argument: str = "", *, seconds: float = QUICK_SECONDS
    ) -> Event:
        """Run an application to its end."""
        self._has_spoken()
        return await self._connection.execute(application, argument, seconds=seconds)

    async def set_all(self, values: dict[str, str]) -> None:
        """Set variables, in this order, in one command; '' unsets. Raises ``ValueError``."""
        await self.execute("multiset", assignments(values))

    async def watch(self, seconds: float) -> None:
        """The switch takes the call back if we say nothing for longer than the next step takes.

        Ours is in a group of its own, which the dialplan cancels by its name. The old one goes and
        the new one comes in one write: no moment is without one, and none is left behind.
        """
        uuid = self.call.uuid
        context = self.call.variable(CONTEXT) or self.call.fields.get("Caller-Context", "")
        if not _CONTEXT.fullmatch(context):
            raise ProtocolError("the call's context has a name that cannot be gone back to")
        group = f"{WATCH_GROUP}{uuid}"
        # The scheduler knows whole seconds, and may be one early.
        after = f"+{math.ceil(seconds + QUICK_SECONDS) + 1}"
        back = ("uuid_transfer", uuid, HUNG_EXTENSION, "XML", context)
        commands = [command("api", "sched_del", group)]
        if self._first_watch is not None:
            if self._first_watch.isascii() and self._first_watch.isdigit():
                commands.append(command("api", "sched_del", self._first_watch))
            self._first_watch = None
        commands.append(command("api", "sched_api", after, group, *back))
        *_, set_again = await self._connection.run_all(*commands)
        if set_again.refused:
            raise ProtocolError("the switch sets no watchdog")

    async def release(self) -> None:
        """Let the dialplan go on behind ``socket``."""
        try:
            await self._connection.run("resume")
            await self._connection.run("exit")
            async with asyncio.timeout(QUICK_SECONDS):
                await self._connection.ended()
        except Gone:
            pass
        await self._connection.close()

    def abort(self) -> None:
        """Cut the connection: without a result, the dialplan follows the fail policy at once."""
        self._connection.abort()

    def _has_spoken(self) -> None:
        if self.on_first_word is not None:
            self.on_first_word()
            self.on_first_word = None

    def _note(self, event: Event) -> None:
        self._answered = self._answered or event.fields.get("Answer-State") == "answered"
