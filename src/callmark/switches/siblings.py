"""Gate processes of one machine: how one passes a connection on to the one that has its account.

Each has an inbox, a pair of sockets that their supervisor made; each holds both ends of all of
them. A connection is sent with what was read of it, and waits in the inbox until somebody takes it:
its owner, as a rule; after :data:`PATIENCE_SECONDS` the one who gave it, who then answers it. The
system gives a message to one reader alone, so no connection is served twice, and none is lost with
a process that hangs or is killed.
"""

import asyncio
import logging
import os
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import IntEnum
from typing import NamedTuple

from callmark.gate.counters import counters
from callmark.gate.share import Share, owner_of

log = logging.getLogger("callmark.gate")

PATIENCE_SECONDS = 0.1
HERE_SECONDS = 0.5
ABSENT_SECONDS = 3 * HERE_SECONDS
"""Who has said nothing for so long is sent nothing: it hangs, or is starting."""

MOST_BYTES = 64 * 1024
"""Of one message; no connection of which more was read is passed on."""

_AT_ONCE = 64
_FIRST = struct.Struct("!BBd")


class Kind(IntEnum):
    """What a message is."""

    HERE = 1
    LEAVING = 2
    NEWS = 3
    FASTAGI = 4
    EVENT_SOCKET = 5


class Inbox(NamedTuple):
    """Both ends of one: anybody writes, its owner reads."""

    reads: socket.socket
    writes: socket.socket


class Message(NamedTuple):
    """One, by whom and when (``time.monotonic()``, one clock for a machine)."""

    kind: int
    sender: int
    at: float
    data: bytes
    connection: socket.socket | None


Take = Callable[[bytes, socket.socket], None]
"""Goes on with a connection of which so much was read."""


class Siblings:
    """What one process has to do with the others. Used from its event loop alone."""

    def __init__(self, process: int, inboxes: Sequence[Inbox]) -> None:
        self.share = Share(process, len(inboxes))
        self._inboxes = dict(enumerate(inboxes, 1))
        self._heard: dict[int, float] = {}
        self._takers: Mapping[Kind, Take] = {}
        self._again: asyncio.TimerHandle | None = None
        self.on_news: Callable[[bytes], None] = lambda _: None
        """Told what another has said to all by :meth:`tell`."""

    def start(self, takers: Mapping[Kind, Take]) -> None:
        """Take what the others pass on from now on, and say so to them."""
        self._takers = takers
        reads = self._inboxes[self.share.process].reads
        asyncio.get_running_loop().add_reader(reads.fileno(), self._read)
        self._say_here()

    def stop(self) -> None:
        """Take what is there, and no more."""
        if self._again is None:
            return
        self._again.cancel()
        self._say(Kind.LEAVING)
        reads = self._inboxes[self.share.process].reads
        asyncio.get_running_loop().remove_reader(reads.fileno())
        while self._read():
            pass

    def pass_on(self, account_id: str, kind: Kind, read: bytes, connection: int) -> bool:
        """Give away an account's connection (a descriptor); False: it is ours to answer.

        The caller closes its own end without a word where it was passed on.
        """
        owner = owner_of(account_id, self.share.processes)
        if owner == self.share.process or not self.is_there(owner) or len(read) > MOST_BYTES:
            return False
        try:
            inbox = self._inboxes[owner].writes
            socket.send_fds(inbox, [self._stamp(kind) + read], [connection])
        except OSError:
            return False  # It is full, or the system lets no more be under way.
        counters.passed_on += 1
        asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._take_back, owner)
        return True

    def is_there(self, process: int) -> bool:
        """Whether another process has said lately that it takes calls."""
        return time.monotonic() - self._heard.get(process, float("-inf")) < ABSENT_SECONDS

    def tell(self, news: bytes) -> None:
        """Say something to all that are there."""
        self._say(Kind.NEWS, news)

    def _say(self, kind: Kind, data: bytes = b"") -> None:
        for process in self._inboxes:
            if process != self.share.process:
                self._say_to(process, kind, data)

    def _say_to(self, process: int, kind: Kind, data: bytes = b"") -> None:
        with suppress(OSError):
            self._inboxes[process].writes.send(self._stamp(kind) + data)

    def _stamp(self, kind: Kind) -> bytes:
        return _FIRST.pack(kind, self.share.process, time.monotonic())

    def _say_here(self) -> None:
        self._say(Kind.HERE)
        self._again = asyncio.get_running_loop().call_later(HERE_SECONDS, self._say_here)

    def _read(self) -> bool:
        """Take some of what is in our inbox; whether there may be more."""
        for _ in range(_AT_ONCE):
            message = _next(self._inboxes[self.share.process].reads)
            if message is None:
                return False
            self._receive(message)
        return True

    def _receive(self, message: Message) -> None:
        match message.kind:
            case Kind.HERE:
                is_new = not self.is_there(message.sender)
                self._heard[message.sender] = message.at
                if is_new and self.is_there(message.sender):
                    self._say_to(message.sender, Kind.HERE)
            case Kind.LEAVING:
                self._heard.pop(message.sender, None)
            case Kind.NEWS:
                self.on_news(message.data)
            case _:
                self._serve(message)

    def _serve(self, message: Message) -> None:
        if message.connection is None:
            return
        take = self._takers.get(Kind(message.kind))
        if take is None:
            message.connection.close()
        else:
            take(message.data, message.connection)

    def _take_back(self, owner: int) -> None:
        """Answer what nobody has taken for so long; its owner is sent nothing until it speaks."""
        reads = self._inboxes[owner].reads
        # Timers are a little early at times: half is long enough to know.
        while (at := _oldest(reads)) and time.monotonic() - at >= PATIENCE_SECONDS / 2:
            message = _next(reads)
            if message is None:
                return
            if message.kind == Kind.NEWS:
                self._say_to(owner, Kind.NEWS, message.data)
            elif message.connection is not None:
                counters.taken_back += 1
                if self._heard.pop(owner, None) is not None:
                    log.warning("gate process %d takes no calls: others answer them", owner)
                self._serve(message)


def _next(reads: socket.socket) -> Message | None:
    try:
        data, descriptors, _, _ = socket.recv_fds(reads, _FIRST.size + MOST_BYTES, 1)
    except (BlockingIOError, InterruptedError):
        return None
    if len(data) < _FIRST.size:
        return None
    connection = None
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
        connection = socket.socket(fileno=descriptor)
        connection.setblocking(False)
    kind, sender, at = _FIRST.unpack_from(data)
    return Message(kind, sender, at, data[_FIRST.size :], connection)


def _oldest(reads: socket.socket) -> float | None:
    """When the first message was sent that nobody has taken."""
    try:
        data = reads.recv(_FIRST.size, socket.MSG_PEEK)
    except (BlockingIOError, InterruptedError):
        return None
    return float(_FIRST.unpack(data)[2]) if len(data) == _FIRST.size else None
