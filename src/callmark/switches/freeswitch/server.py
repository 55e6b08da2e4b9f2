"""The server of outbound sockets.

It listens on this machine alone. FreeSWITCH waits for a connection in its kernel, for minutes where
a host cannot be reached, and there is no way to know who speaks: a gate runs beside each switch.
"""

import asyncio
import logging
from functools import partial

from callmark.gate.admission import Overloaded
from callmark.gate.counters import counters
from callmark.gate.gate import Gate, UnknownAccount
from callmark.gate.machines import OtherMachine
from callmark.log_format import bind
from callmark.policy.values import value_class
from callmark.switches.freeswitch.connection import Gone, Refused
from callmark.switches.freeswitch.event_socket import ProtocolError
from callmark.switches.freeswitch.identity import leg_request, origin_of
from callmark.switches.freeswitch.legs import Legs
from callmark.switches.freeswitch.port import FreeSwitchPort, UncleanNumber
from callmark.switches.freeswitch.session import CallSession
from callmark.switches.freeswitch.variables import ACCOUNT
from callmark.switches.port import CallerHungUp
from callmark.switches.serving import CallServer

log = logging.getLogger("callmark.freeswitch")

HOST = "127.0.0.1"


@value_class
class Limits:
    """What one server will bear. Beyond ``connections`` a call gets the fail policy at once."""

    connections: int = 2000
    open_seconds: float = 5.0


class SocketServer(CallServer[CallSession]):
    """Answers the dialplan's ``socket`` with a :class:`Gate`; ``legs`` is the watcher's table."""

    log = log

    def __init__(
        self, gate: Gate, legs: Legs, *, port: int, host: str = HOST, limits: Limits | None = None
    ) -> None:
        self._limits = limits or Limits()
        super().__init__(gate, host=host, port=port, connections=self._limits.connections)
        self._legs = legs

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._came(CallSession(reader, writer), writer.transport)

        return asyncio.StreamReaderProtocol(asyncio.StreamReader(), connected)

    async def _serve(self, session: CallSession) -> None:
        """A connection that is cut leaves no result, and that is the sign for the fail policy."""
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


def _tell_the_log(session: CallSession) -> None:
    """What this call's lines are about."""
    call = session.call
    bind(call=call.uuid, account=call.variable(ACCOUNT), switch=session.switch)
