"""The server of outbound sockets: one task a call, strict limits, a stop that lets calls finish.

It listens on this machine alone. FreeSWITCH waits for a connection in its kernel, for minutes where
a host cannot be reached, and there is no way to know who speaks: a gate runs beside each switch.
"""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial

from callmark.gate.admission import Overloaded
from callmark.gate.counters import counters
from callmark.gate.gate import Gate, UnknownAccount
from callmark.gate.machines import OtherMachine
from callmark.log_format import bind
from callmark.switches.freeswitch.connection import Gone, Refused
from callmark.switches.freeswitch.event_socket import ProtocolError
from callmark.switches.freeswitch.identity import leg_request, origin_of
from callmark.switches.freeswitch.legs import Legs
from callmark.switches.freeswitch.port import FreeSwitchPort, UncleanNumber
from callmark.switches.freeswitch.session import CallSession
from callmark.switches.freeswitch.variables import ACCOUNT
from callmark.switches.lateness import Lateness
from callmark.switches.port import CallerHungUp

log = logging.getLogger("callmark.freeswitch")

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server will bear. Beyond ``connections`` a call gets the fail policy at once."""

    connections: int = 2000
    open_seconds: float = 5.0


class SocketServer:
    """Answers the dialplan's ``socket`` with a :class:`Gate`; ``legs`` is the watcher's table."""

    def __init__(
        self, gate: Gate, legs: Legs, *, port: int, host: str = HOST, limits: Limits | None = None
    ) -> None:
        self._gate = gate
        self._legs = legs
        self._host = host
        self._port = port
        self._limits = limits or Limits()
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
        self._server = await asyncio.start_server(
            self._connected, self._host, self._port, backlog=512
        )
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

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._calls) >= self._limits.connections:
            counters.shed["calls"] += 1
            log.error("too many calls at once (%d): one was given back", len(self._calls))
            writer.transport.abort()
            return
        session = CallSession(reader, writer)
        task = asyncio.create_task(self._serve(session))
        self._calls.add(task)
        self._gate.admission.came(session)
        task.add_done_callback(self._calls.discard)

    async def _serve(self, session: CallSession) -> None:
        """One call from its data to its end. Whatever goes wrong ends only this one.

        A connection that is cut leaves no result, and that is the sign for the fail policy.
        """
        try:
            await session.open(self._limits.open_seconds)
            _tell_the_log(session)
            session.on_first_word = partial(self._gate.admission.answered, session)
            request = leg_request(session.call, session.switch, self._legs)
            port = FreeSwitchPort(session, origin_of(request), self._lateness)
            await self._gate.handle_leg(request, port)
            await session.release()
        except (Gone, CallerHungUp, OtherMachine, Overloaded):
            pass  # Of two machines under one name, and of overload, the log tells now and then.
        except UnknownAccount as problem:
            counters.unknown += 1
            log.warning("%s", problem)
        except (ProtocolError, Refused, UncleanNumber, TimeoutError, OSError) as problem:
            log.warning("a call was given back: %s", str(problem) or type(problem).__name__)
        except Exception:
            counters.failed += 1
            log.exception("a call could not be decided: it gets the fail policy")
        finally:
            session.abort()
            self._gate.admission.went(session)


def _tell_the_log(session: CallSession) -> None:
    """What this call's lines are about."""
    call = session.call
    bind(call=call.uuid, account=call.variable(ACCOUNT), switch=session.switch)
