"""The gate's two ends of FreeSWITCH, as one: the server of calls and the watcher of all of them."""

import logging
import socket
from collections.abc import Sequence
from ipaddress import ip_address

from callmark.gate.gate import Gate
from callmark.policy.values import value_class
from callmark.switches.freeswitch.legs import Legs
from callmark.switches.freeswitch.server import HOST, SocketServer
from callmark.switches.freeswitch.watcher import EventSocketAddress, Watcher
from callmark.switches.siblings import Siblings

log = logging.getLogger("callmark.freeswitch")


@value_class
class FreeSwitchSettings:
    """One that runs beside the gate: its name, our port, and where its own event socket is."""

    switch: str
    port: int
    event_socket: EventSocketAddress | None

    @classmethod
    def of(cls, switch: str, port: int, address: str, password: str) -> "FreeSwitchSettings | None":
        """From text; None where there is no FreeSWITCH. Raises ``ValueError`` saying what is wrong.

        Without a password there is no watcher: the switch's well-known one is never tried.
        """
        if not switch:
            return None
        if not password:
            return cls(switch, port, None)
        host, _, of_host = address.rpartition(":")
        if not (of_host.isascii() and of_host.isdigit() and 0 < int(of_host) < 65_536):
            raise ValueError(f"{address!r} is not an address and a port, such as 127.0.0.1:8021")
        if not ip_address(host.strip("[]")).is_loopback:
            raise ValueError(f"{host!r} is another machine: the gate runs beside the switch")
        if not password.isprintable() or " " in password:
            raise ValueError("the event socket's password has a space, or what cannot be printed")
        return cls(switch, port, EventSocketAddress(host.strip("[]"), int(of_host), password))


class FreeSwitchService:
    """Both, with one table of legs between them."""

    def __init__(
        self, gate: Gate, settings: FreeSwitchSettings, siblings: Siblings | None = None
    ) -> None:
        legs = Legs()
        share = siblings.share if siblings else None
        self._settings = settings
        self.server = SocketServer(gate, legs, port=settings.port, siblings=siblings)
        self.watcher = (
            Watcher(gate, legs, settings.switch, settings.event_socket, share=share)
            if settings.event_socket
            else None
        )

    async def start(self, listening: Sequence[socket.socket] = ()) -> None:
        """Serve calls. Raises ``OSError`` when the port cannot be used."""
        await self.server.start(listening)
        log.info(
            "FreeSWITCH %s: calls on %s port %d", self._settings.switch, HOST, self.server.port
        )
        if self.watcher is None:
            log.warning(
                "FreeSWITCH %s is not followed: without CALLMARK_FREESWITCH_PASSWORD star codes "
                "rest, and ends come from its CDR",
                self._settings.switch,
            )
        else:
            self.watcher.start()

    async def close(self, grace_seconds: float) -> None:
        """Take no more calls, and let what is under way finish for a while."""
        await self.server.close(grace_seconds)
        if self.watcher is not None:
            await self.watcher.close(grace_seconds)
