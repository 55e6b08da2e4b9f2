"""Several gate processes on one port: what they share, and who starts them.

Their supervisor opens the port, and each accepts from it when it has time: one that hangs accepts
nothing, and the others go on. With a socket each (``SO_REUSEPORT``) the system would go on giving
it connections, which nobody else could take.
"""

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain

from callmark.ops import supervisor
from callmark.ops.supervisor import Child
from callmark.policy.values import value_class
from callmark.switches.serving import BACKLOG
from callmark.switches.siblings import MOST_BYTES, Inbox, Siblings

VARIABLE = "CALLMARK_GATE_PROCESS"
"""Set by the supervisor for each of its gates: what it was given, as descriptors."""

_INBOX_BYTES = 64 * MOST_BYTES

Place = tuple[str, int]


@value_class
class Given:
    """What a gate process has from its supervisor."""

    siblings: Siblings
    agi: tuple[socket.socket, ...]
    freeswitch: tuple[socket.socket, ...]

    @classmethod
    def by(cls, environment: Mapping[str, str]) -> "Given | None":
        """None in a process that is a gate by itself."""
        if not (text := environment.get(VARIABLE)):
            return None
        said = json.loads(text)
        inboxes = [Inbox(*map(_opened, one)) for one in said["inboxes"]]
        return cls(
            Siblings(said["process"], inboxes),
            tuple(map(_opened, said["agi"])),
            tuple(map(_opened, said["freeswitch"])),
        )


def _opened(descriptor: int) -> socket.socket:
    os.set_inheritable(descriptor, False)
    return socket.socket(fileno=descriptor)


class GateProcesses:
    """The supervisor's side. Raises ``OSError`` when a port cannot be used."""

    def __init__(self, processes: int, agi: Place, freeswitch: Place | None) -> None:
        self._agi = list(_listening(*agi))
        self._freeswitch = list(_listening(*freeswitch)) if freeswitch else []
        self._inboxes = [new_inbox() for _ in range(processes)]
        self.children = [self._child(process) for process in range(1, processes + 1)]

    @property
    def hooks(self) -> tuple[Callable[[], None], Callable[[], None]]:
        """What the supervisor is to do in each round, and when it stops."""
        return self._turn_away, self._close

    def _turn_away(self) -> None:
        """While no process takes calls, nobody may wait for one: the fail policy is for that."""
        if any(child.is_ready for child in self.children):
            return
        for listening in chain(self._agi, self._freeswitch):
            with suppress(OSError):
                while True:
                    listening.accept()[0].close()

    def _close(self) -> None:
        """Stop listening: what comes now is refused at once, when the processes do so, too."""
        for one in chain(self._agi, self._freeswitch):
            one.close()

    def _child(self, process: int) -> Child:
        given = {
            "process": process,
            "inboxes": [[one.reads.fileno(), one.writes.fileno()] for one in self._inboxes],
            "agi": _descriptors(self._agi),
            "freeswitch": _descriptors(self._freeswitch),
        }
        ends = chain.from_iterable(self._inboxes)
        return Child(
            f"gate process {process}",
            supervisor.GATE,
            beats=True,
            # What watches over the supervisor does not watch over this.
            environment={VARIABLE: json.dumps(given), "NOTIFY_SOCKET": ""},
            passed=tuple(one.fileno() for one in chain(ends, self._agi, self._freeswitch)),
        )


def _descriptors(sockets: Sequence[socket.socket]) -> list[int]:
    return [one.fileno() for one in sockets]


def new_inbox() -> Inbox:
    """Messages keep their bounds, and nobody who writes ever waits."""
    inbox = Inbox(*socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    for end in inbox:
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _INBOX_BYTES)
    return inbox


def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """One for each address of the host, as asyncio does."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, kind, protocol, _, address in dict.fromkeys(found):
        one = socket.socket(family, kind, protocol)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.setblocking(False)
        one.bind(address)
        one.listen(BACKLOG)
        yield one
