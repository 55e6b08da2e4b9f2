"""One event-socket connection: sends commands, pairs each with its reply, hands on events.

The same for a call that the switch hands over and for the connection for all calls. A task reads
all the time, so that a hang-up is noticed while nothing is awaited, and no event piles up.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from callmark.switches.freeswitch.event_socket import (
    Disconnect,
    Event,
    EventSocket,
    Message,
    PasswordWanted,
    ProtocolError,
    Rejected,
    Reply,
    command,
    execute,
)

log = logging.getLogger("callmark.freeswitch")

QUICK_SECONDS = 5.0
"""Limit for what does not wait for the caller: less than the dialplan's first watchdog."""

_MOST_UNANSWERED = 64
_READ_BYTES = 65_536
_REMEMBERED_LEGS = 4096


class Gone(Exception):
    """The leg, or the connection, is no more."""


class Refused(Exception):
    """The switch answered ``-ERR`` to a command; the text names the command's verb alone."""


@dataclass(slots=True, eq=False)
class Running:
    """An application that runs on a leg; ``done`` has the event of its end."""

    application: str
    leg: str
    done: "asyncio.Future[Event]" = field(repr=False)


class Connection:
    """Used by any number of tasks. ``on_event`` is called for each event, and must not wait."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_event: Callable[[Event], None] = lambda _: None,
    ) -> None:
        self.read_first: bytes | None = None
        """All that came, while this is not None."""
        self._reader = reader
        self._writer = writer
        self._on_event = on_event
        self._protocol = EventSocket()
        self._unanswered: deque[asyncio.Future[Reply]] = deque()
        self._running: dict[str, Running] = {}
        self._hung_up: OrderedDict[str, None] = OrderedDict()
        self._password_wanted: asyncio.Future[None] = _forgiving()
        self._reading = asyncio.create_task(self._read())
        self.problem = ""
        """Why the connection ended, where something was wrong with it."""

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self._reading.done()

    async def ended(self) -> None:
        """Wait until nothing more will come."""
        await asyncio.wait([self._reading])

    async def password_wanted(self, seconds: float = QUICK_SECONDS) -> None:
        """Wait for the switch's first word on an inbound connection."""
        async with asyncio.timeout(seconds):
            await self._password_wanted

    async def run(self, *words: str, seconds: float = QUICK_SECONDS) -> Reply:
        """Send one command and return its reply.

        Raises :class:`Gone`, :class:`Refused`, or ``TimeoutError`` when the switch does not answer.
        """
        (reply,) = await self.run_all(command(*words), seconds=seconds)
        return _accepted(reply, words[0])

    def expect(self) -> "asyncio.Future[Reply]":
        """The reply to a command that another process has sent over this connection."""
        return self._expect_reply()

    async def run_all(self, *commands: bytes, seconds: float = QUICK_SECONDS) -> list[Reply]:
        """Send commands in one go, so that the switch gets all or none; whatever it answers."""
        answers = [self._expect_reply() for _ in commands]
        with suppress(ConnectionError):
            self._writer.write(b"".join(commands))
            async with asyncio.timeout(seconds):
                await self._writer.drain()
        async with asyncio.timeout(seconds):
            return [await answer for answer in answers]

    async def start(self, application: str, argument: str = "", leg: str = "") -> Running:
        """Start an application on the connection's channel, or on ``leg``; returns at once."""
        if self.has_hung_up(leg):
            raise Gone
        run = str(uuid4())
        running = Running(application, leg, _forgiving())
        self._running[run] = running
        try:
            (reply,) = await self.run_all(execute(application, argument, run, leg))
            _accepted(reply, application)
        except BaseException:
            self._running.pop(run, None)
            raise
        return running

    async def execute(
        self, application: str, argument: str = "", leg: str = "", *, seconds: float = QUICK_SECONDS
    ) -> Event:
        """Run an application to its end, and return the event of that.

        Raises :class:`Gone` where the person at the leg has hung up meanwhile.
        """
        return await self.finish(await self.start(application, argument, leg), seconds)

    def has_hung_up(self, leg: str = "") -> bool:
        """Whether the leg is gone: the switch still says yes to all commands, and does nothing."""
        return leg in self._hung_up if leg else bool(self._hung_up)

    async def finish(self, running: Running, seconds: float = QUICK_SECONDS) -> Event:
        """Wait for the end of an application that was started."""
        async with asyncio.timeout(seconds):
            return await asyncio.shield(running.done)

    async def close(self) -> None:
        """End the connection."""
        self._writer.close()
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(1):
                await self._writer.wait_closed()
        self.abort()

    def abort(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()
        self._reading.cancel()
        self._fail_all()

    def _expect_reply(self) -> "asyncio.Future[Reply]":
        if self.over or self._writer.is_closing():
            raise Gone
        if len(self._unanswered) >= _MOST_UNANSWERED:
            raise TimeoutError("the switch answers nothing any more")
        answer: asyncio.Future[Reply] = _forgiving()
        self._unanswered.append(answer)
        return answer

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(_READ_BYTES):
                if self.read_first is not None:
                    self.read_first += data
                for message in self._protocol.receive(data):
                    self._take(message)
        except ProtocolError as problem:
            self.problem = str(problem)
            self._writer.transport.abort()
        except OSError as problem:
            self.problem = problem.strerror or type(problem).__name__
        except Exception:
            # A defect of ours: the call it belongs to gets the fail policy.
            log.exception("an event could not be read")
            self.problem = "an event could not be read"
            self._writer.transport.abort()
        finally:
            self._fail_all()

    def _take(self, message: Message) -> None:
        match message:
            case Reply():
                if not self._unanswered:
                    raise ProtocolError("a reply came that nothing asked for")
                answer = self._unanswered.popleft()
                if not answer.done():
                    answer.set_result(message)
            case Event():
                self._note_ends(message)
                self._on_event(message)
            case PasswordWanted():
                if not self._password_wanted.done():
                    self._password_wanted.set_result(None)
            case Rejected():
                raise ProtocolError("the switch lets nobody in from here (its event socket's ACL)")
            case Disconnect():
                pass  # the end of the stream follows

    def _note_ends(self, event: Event) -> None:
        if event.name in {"CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE"}:
            self._hung_up[event.uuid] = None
            if len(self._hung_up) > _REMEMBERED_LEGS:
                self._hung_up.popitem(last=False)
            for run, running in list(self._running.items()):
                if running.leg in {"", event.uuid}:
                    self._end(run, None)
        elif event.name == "CHANNEL_EXECUTE_COMPLETE":
            run = event.fields.get("Application-UUID", "")
            # After a hang-up it would look like an entry of silence.
            hung_up = event.fields.get("Answer-State") == "hangup"
            self._end(run, None if hung_up else event)

    def _end(self, run: str, event: Event | None) -> None:
        running = self._running.pop(run, None)
        if running is None or running.done.done():
            return
        if event is None:
            running.done.set_exception(Gone())
        else:
            running.done.set_result(event)

    def _fail_all(self) -> None:
        for run in list(self._running):
            self._end(run, None)
        while self._unanswered:
            answer = self._unanswered.popleft()
            if not answer.done():
                answer.set_exception(Gone())
        if not self._password_wanted.done():
            self._password_wanted.set_exception(Gone())


def _forgiving() -> "asyncio.Future[Any]":
    """A future whose end nobody may ever ask about."""
    made = asyncio.get_running_loop().create_future()
    made.add_done_callback(_look_at)
    return made


def _look_at(done: "asyncio.Future[Any]") -> None:
    # Or the event loop complains that nobody has.
    with suppress(asyncio.CancelledError):
        done.exception()


def _accepted(reply: Reply, verb: str) -> Reply:
    if not reply.refused:
        return reply
    if "invalid session id" in reply.text.lower() or "no such channel" in reply.text.lower():
        raise Gone
    raise Refused(f"the switch refused {verb!r}")
