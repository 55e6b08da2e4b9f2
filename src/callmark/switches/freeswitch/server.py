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
from callmark.switches.freeswitch.identity import leg_request, origin_of, question_of
from callmark.switches.freeswitch.legs import Legs, Question
from callmark.switches.freeswitch.port import FreeSwitchPort, UncleanNumber
from callmark.switches.freeswitch.session import CallSession
from callmark.switches.freeswitch.variables import ACCOUNT
from callmark.switches.port import CallerHungUp, LegRequest
from callmark.switches.serving import CallServer
from callmark.switches.siblings import Kind, Siblings

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
    kind = Kind.EVENT_SOCKET

    def __init__(
        self,
        gate: Gate,
        legs: Legs,
        *,
        port: int,
        host: str = HOST,
        limits: Limits | None = None,
        siblings: Siblings | None = None,
    ) -> None:
        self._limits = limits or Limits()
        most = self._limits.connections
        super().__init__(gate, host=host, port=port, connections=most, siblings=siblings)
        self._legs = legs
        if siblings is not None:
            siblings.on_news = lambda news: legs.has_asked(Question.parse(news))

    def _protocol(self, read: bytes = b"") -> asyncio.StreamReaderProtocol:
        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._came(CallSession(reader, writer, was_passed_on=bool(read)), writer.transport)

        first = asyncio.StreamReader()
        first.feed_data(read)
        return asyncio.StreamReaderProtocol(first, connected)

    async def _serve(self, session: CallSession) -> None:
        """A connection that is cut leaves no result, and that is the sign for the fail policy."""
        try:
            await session.open(self._limits.open_seconds)
            _tell_the_log(session)
            session.on_first_word = partial(self._gate.admission.answered, session)
            request = leg_request(session.call, session.switch, self._legs)
            if self._is_for_a_sibling(session, request):
                return
            self._remember(session)
            await session.follow()
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

    def _is_for_a_sibling(self, session: CallSession, request: LegRequest) -> bool:
        if self._siblings is None or session.was_passed_on:
            return False
        account_id = self._gate.whose(request)
        return self._is_passed_on(account_id, session.read_first, session.transport)

    def _remember(self, session: CallSession) -> None:
        """The leg's next question may come to any process, and its end to all."""
        question = question_of(session.call)
        self._legs.has_asked(question)
        if self._siblings is not None:
            self._siblings.tell(bytes(question))


def _tell_the_log(session: CallSession) -> None:
    """What this call's lines are about."""
    call = session.call
    bind(call=call.uuid, account=call.variable(ACCOUNT), switch=session.switch)
