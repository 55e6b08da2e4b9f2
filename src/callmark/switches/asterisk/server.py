"""The FastAGI server: one task a connection, strict limits, a stop that lets calls finish."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from callmark.gate.driver import CallerHungUp
from callmark.gate.gate import CallEndReport, Gate, MidCallTag, OutboundCall, UnknownCaller
from callmark.switches.asterisk.access import LOOPBACK, Access
from callmark.switches.asterisk.identity import endpoint_of_channel
from callmark.switches.asterisk.port import AsteriskPort, TaggingPort
from callmark.switches.asterisk.protocol import AgiRequest, ProtocolError
from callmark.switches.asterisk.session import AgiSession, ChannelGone

log = logging.getLogger("callmark.asterisk")

DEFAULT_SWITCH = "main"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server will bear. Beyond ``connections`` a call gets the fail policy at once."""

    connections: int = 2000
    header_seconds: float = 5.0


class AgiServer:
    """Answers Asterisk's AGI applications ``gate``, ``tag`` and ``end`` with a :class:`Gate`."""

    def __init__(
        self,
        gate: Gate,
        *,
        host: str,
        port: int,
        limits: Limits | None = None,
        access: Access = LOOPBACK,
    ) -> None:
        self._gate = gate
        self._access = access
        self._host = host
        self._port = port
        self._limits = limits or Limits()
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

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = AgiSession(reader, writer)
        address = writer.get_extra_info("peername")[0]
        if not self._access.admits(address):
            log.warning("a connection from %s was refused: CALLMARK_AGI_ALLOW", address)
            session.abort()
            return
        if len(self._calls) >= self._limits.connections:
            log.error("too many calls at once (%d): one was given back", len(self._calls))
            session.abort()
            return
        task = asyncio.create_task(self._serve(session))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _serve(self, session: AgiSession) -> None:
        """One connection from its header to its end. Whatever goes wrong ends only this one."""
        try:
            await session.read_header(self._limits.header_seconds)
            if not await self._access.is_known_to(session):
                log.error("a switch without the secret was refused: CALLMARK_AGI_SECRET")
                await session.fail()
                return
            await self._answer(session)
            await session.close()
        except (ChannelGone, CallerHungUp):
            session.abort()
        except UnknownCaller as problem:
            log.warning("%s", problem)
            await session.fail()
        except (ProtocolError, TimeoutError, OSError) as problem:
            log.warning("a connection was cut: %s", problem or type(problem).__name__)
            session.abort()
        except asyncio.CancelledError:
            session.abort()
            raise
        except Exception:
            log.exception("a call could not be decided: it gets the fail policy")
            await session.fail()

    async def _answer(self, session: AgiSession) -> None:
        request = session.request
        match request.script:
            case "gate":
                await self._gate.handle_call(outbound_call(request), AsteriskPort(session))
            case "tag":
                await self._gate.handle_tagging(mid_call_tag(request), TaggingPort(session))
            case "end":
                await self._gate.handle_end(end_report(request))
            case "inbound":
                if _named(request, "ended", 9):
                    await self._gate.handle_end(end_report(request))
            case _:
                raise ProtocolError("the URL names none of gate, tag and end")


def outbound_call(request: AgiRequest) -> OutboundCall:
    """Arguments: the number dialled, linked id, and the endpoint the dialplan vouches for."""
    return OutboundCall(
        switch=_switch(request),
        call_id=request.unique_id,
        linked_id=_named(request, "linked", 1) or request.unique_id,
        endpoint=_endpoint(request, _named(request, "endpoint", 2)),
        caller=request.caller_id,
        dialed=_named(request, "number", 0),
    )


def mid_call_tag(request: AgiRequest) -> MidCallTag:
    """Arguments: the call's id, linked id, and the endpoint the dialplan vouches for."""
    return MidCallTag(
        switch=_switch(request),
        call_id=_named(request, "call", 0) or request.unique_id,
        linked_id=_named(request, "linked", 1) or request.unique_id,
        endpoint=_endpoint(request, _named(request, "endpoint", 2)),
    )


def end_report(request: AgiRequest) -> CallEndReport:
    """Arguments: DIALSTATUS, seconds of talk, and when it was answered (seconds since 1970).

    Without the seconds, the call has been talked on until now.
    """
    at = _number(_named(request, "ended", 9))
    now = datetime.fromtimestamp(at, UTC) if at else datetime.now(UTC)
    answered = _number(_named(request, "answered", 2))
    talked = int(now.timestamp()) - answered if answered else 0
    return CallEndReport(
        switch=_switch(request),
        call_id=_named(request, "call", 9) or request.unique_id,
        answered_at=datetime.fromtimestamp(answered, UTC) if answered else None,
        ended_at=now,
        seconds=_number(_named(request, "seconds", 1))
        if _named(request, "seconds", 1)
        else max(0, talked),
        disposition=disposition_of(_named(request, "status", 0)),
    )


_DISPOSITIONS = {
    "ANSWER": "ANSWERED",
    "BUSY": "BUSY",
    "NOANSWER": "NO ANSWER",
    "CANCEL": "NO ANSWER",
    "CHANUNAVAIL": "FAILED",
    "CONGESTION": "CONGESTION",
}


def disposition_of(dial_status: str) -> str:
    """The CDR's word for what Dial reports; a call that never came to Dial was not answered."""
    return _DISPOSITIONS.get(dial_status, "NO ANSWER")


def _named(request: AgiRequest, name: str, position: int) -> str:
    named = dict(one.partition("=")[::2] for one in request.arguments if "=" in one)
    return named[name] if name in named else "" if named else request.argument(position)


def _switch(request: AgiRequest) -> str:
    return request.query.get("switch", DEFAULT_SWITCH)


def _endpoint(request: AgiRequest, vouched_for: str) -> str:
    return vouched_for or endpoint_of_channel(request.channel) or ""


def _number(text: str) -> int:
    """Whole seconds; Asterisk writes moments with a fraction."""
    whole = text.partition(".")[0]
    return int(whole) if whole.isascii() and whole.isdigit() and len(whole) < 12 else 0
