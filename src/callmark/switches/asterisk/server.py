"""The FastAGI server: one task a connection, strict limits, a stop that lets calls finish."""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial

from callmark.gate.admission import Overloaded
from callmark.gate.counters import counters
from callmark.gate.gate import Gate, UnknownAccount
from callmark.gate.machines import OtherMachine
from callmark.log_format import bind
from callmark.switches.asterisk.access import LOOPBACK, Access
from callmark.switches.asterisk.cdr.field import OWN_COLUMN, CdrField
from callmark.switches.asterisk.port import AsteriskPort, TaggingPort
from callmark.switches.asterisk.protocol import AgiRequest, ProtocolError
from callmark.switches.asterisk.requests import (
    DEFAULT_SWITCH,
    answer_first,
    came_in,
    leg_end,
    leg_request,
    tag_request,
)
from callmark.switches.asterisk.session import AgiSession, ChannelGone
from callmark.switches.lateness import Lateness
from callmark.switches.port import CallerHungUp

log = logging.getLogger("callmark.asterisk")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server will bear. Beyond ``connections`` a call gets the fail policy at once."""

    connections: int = 2000
    header_seconds: float = 5.0


class AgiServer:
    """Answers the AGI applications ``gate``, ``tag``, ``end``, ``inbound`` with a :class:`Gate`."""

    def __init__(
        self,
        gate: Gate,
        *,
        host: str,
        port: int,
        limits: Limits | None = None,
        access: Access = LOOPBACK,
        cdr_field: CdrField = OWN_COLUMN,
    ) -> None:
        self._gate = gate
        self._access = access
        self._cdr_field = cdr_field
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
            self._connected, self._host, self._port, backlog=512, limit=65_536
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
        session = AgiSession(reader, writer)
        address = writer.get_extra_info("peername")[0]
        if not self._access.admits(address):
            log.warning("a connection from %s was refused: CALLMARK_AGI_ALLOW", address)
            session.abort()
            return
        if len(self._calls) >= self._limits.connections:
            counters.shed["calls"] += 1
            log.error("too many calls at once (%d): one was given back", len(self._calls))
            session.abort()
            return
        task = asyncio.create_task(self._serve(session))
        self._calls.add(task)
        self._gate.admission.came(session)
        task.add_done_callback(self._calls.discard)

    async def _serve(self, session: AgiSession) -> None:
        """One connection from its header to its end. Whatever goes wrong ends only this one."""
        try:
            await session.read_header(self._limits.header_seconds)
            _tell_the_log(session.request)
            if not await self._access.is_known_to(session):
                log.error("a switch without the secret was refused: CALLMARK_AGI_SECRET")
                await session.fail()
                return
            await self._answer(session)
            await session.close()
        except (ChannelGone, CallerHungUp):
            session.abort()
        except (Overloaded, OtherMachine):
            await session.fail()  # The log has it, now and then.
        except UnknownAccount as problem:
            counters.unknown += 1
            log.warning("%s", problem)
            await session.fail()
        except (ProtocolError, TimeoutError, OSError) as problem:
            log.warning("a connection was cut: %s", str(problem) or type(problem).__name__)
            session.abort()
        except asyncio.CancelledError:
            session.abort()
            raise
        except Exception:
            counters.failed += 1
            log.exception("a call could not be decided: it gets the fail policy")
            await session.fail()
        finally:
            self._gate.admission.went(session)

    async def _answer(self, session: AgiSession) -> None:
        request = session.request
        match request.script:
            case "gate":
                port = AsteriskPort(
                    session, self._cdr_field, self._lateness, answer_first=answer_first(request)
                )
                session.on_first_word = partial(self._gate.admission.answered, session)
                await self._gate.handle_leg(leg_request(request), port)
            case "tag":
                port = TaggingPort(session, self._lateness)
                await self._gate.handle_tagging(tag_request(request), port)
            case "end":
                await self._gate.handle_end(leg_end(request))
                await session.run("NOOP", "kept")
            case "inbound":
                await self._gate.handle_inbound(came_in(request))
                await session.run("NOOP", "kept")
            case _:
                raise ProtocolError("the URL names none of gate, tag, end and inbound")


def _tell_the_log(request: AgiRequest) -> None:
    """What this connection's lines are about."""
    asked = request.query
    switch = asked.get("switch", "") or DEFAULT_SWITCH
    bind(call=request.unique_id, account=asked.get("account", ""), switch=switch)
