"""The FastAGI server."""

import asyncio
import logging
import time
from functools import partial

from callmark.gate.admission import Overloaded
from callmark.gate.counters import counters
from callmark.gate.gate import Gate, UnknownAccount
from callmark.gate.machines import OtherMachine
from callmark.log_format import bind
from callmark.policy.values import value_class
from callmark.switches.asterisk import report_file, report_line
from callmark.switches.asterisk.access import LOOPBACK, Access
from callmark.switches.asterisk.cdr.field import OWN_COLUMN, CdrField
from callmark.switches.asterisk.late_digits import Helper, LateDigits
from callmark.switches.asterisk.port import AsteriskPort, TaggingPort
from callmark.switches.asterisk.protocol import GATES_TIME, AgiRequest, ProtocolError, Reply
from callmark.switches.asterisk.relay_call import BOUNDED
from callmark.switches.asterisk.reports import ReportLines
from callmark.switches.asterisk.requests import (
    DEFAULT_SWITCH,
    answer_first,
    came_in,
    late_digits_request,
    leg_end,
    leg_request,
    lets_others_pass,
    tag_request,
    takes_one_answer,
    waits_when_full,
)
from callmark.switches.asterisk.session import AgiSession, ChannelGone
from callmark.switches.port import CallerHungUp, SwitchIdentity
from callmark.switches.serving import CallServer
from callmark.switches.siblings import Kind, Siblings

log = logging.getLogger("callmark.asterisk")


@value_class
class Limits:
    """What one server will bear. Beyond ``connections`` a call gets the fail policy at once."""

    connections: int = 2000
    header_seconds: float = 5.0


class AgiServer(CallServer[AgiSession]):
    """Answers the AGI applications ``gate``, ``tag`` and reports with a :class:`Gate`.

    Reports are ``end``, ``inbound`` and ``shed``. And ``reports``, by which a relay brings many of
    them; ``digits``, which lets digits pass again some time after an accepted code; and ``doctor``,
    by which a switch finds out that it is let in, and what time it is here.
    """

    log = log
    kind = Kind.FASTAGI

    def __init__(
        self,
        gate: Gate,
        *,
        host: str,
        port: int,
        limits: Limits | None = None,
        access: Access = LOOPBACK,
        cdr_field: CdrField = OWN_COLUMN,
        siblings: Siblings | None = None,
    ) -> None:
        self._limits = limits or Limits()
        most = self._limits.connections
        super().__init__(gate, host=host, port=port, connections=most, siblings=siblings)
        self._access = access
        self._cdr_field = cdr_field
        self._late_digits = LateDigits()
        self._reports = ReportLines(self._keep)

    async def close(self, grace_seconds: float) -> None:
        """Take no more calls, let running ones finish for a while, then give them back."""
        self._late_digits.stop()
        self._reports.stop()
        await super().close(grace_seconds)

    def _protocol(self, read: bytes = b"") -> AgiSession:
        return AgiSession(self._came, read)

    def _admits(self, address: str) -> bool:
        admitted = self._access.admits(address)
        if not admitted:
            log.warning("a connection from %s was refused: CALLMARK_AGI_ALLOW", address)
        return admitted

    async def _serve(self, session: AgiSession) -> None:
        try:
            await session.read_header(self._limits.header_seconds)
            _tell_the_log(session.request)
            if self._is_for_a_sibling(session):
                return
            if session.request.script == report_line.SCRIPT:
                self._gate.admission.answered(session)
                await self._reports.serve(session)
                session.close()
                return
            if not await self._access.is_known_to(session):
                log.error("a switch without the secret was refused: CALLMARK_AGI_SECRET")
                session.fail()
                return
            await self._answer(session)
            session.close()
        except (ChannelGone, CallerHungUp):
            session.abort()
        except (ProtocolError, TimeoutError, OSError) as problem:
            log.warning("a connection was cut: %s", str(problem) or type(problem).__name__)
            session.abort()
        except asyncio.CancelledError:
            session.abort()
            raise
        except Exception as problem:
            _explain(problem, "a call could not be decided: it gets the fail policy")
            session.fail()

    def _is_for_a_sibling(self, session: AgiSession) -> bool:
        """Whether it has been passed on. Reports stay: they are appended to any spool alike."""
        if self._siblings is None or session.was_passed_on:
            return False
        request, account_id = session.request, None
        if request.script in {"gate", "digits"}:
            account_id = self._gate.whose(leg_request(request))
        elif request.script == "tag":
            account_id = self._gate.whose(tag_request(request))
        return self._is_passed_on(account_id, session.read_first, session.transport)

    async def _keep(self, request: AgiRequest, secret: Reply) -> bool:
        """A report that a relay brings: whether it is on disk. It is brought again until it is."""
        _tell_the_log(request)
        try:
            if self._access.is_shown_by(secret):
                await self._take_report(request)
                return True
            log.error("a report without the secret was refused: CALLMARK_AGI_SECRET")
        except Exception as problem:
            _explain(problem, "a report could not be kept: its relay brings it again")
        return False

    async def _take_report(self, request: AgiRequest) -> None:
        match request.script:
            case "end":
                await self._gate.handle_end(leg_end(request))
            case "inbound":
                await self._gate.handle_inbound(came_in(request))
            case report_file.SHED:
                counters.shed["full"] += 1
            case _:
                raise ProtocolError("the URL names nothing that is reported here")

    async def _answer(self, session: AgiSession) -> None:
        request = session.request
        match request.script:
            case "gate":
                leg = leg_request(request)
                port = AsteriskPort(
                    session,
                    self._cdr_field,
                    self._lateness,
                    answer_first=answer_first(request),
                    one_answer=takes_one_answer(request),
                    bounded=BOUNDED in request.variables,
                    helper=partial(self._helper, leg.switch, request),
                )
                session.on_first_reply = partial(self._gate.admission.answered, session)
                session.on_reply = self._gate.admission.switch_took
                try:
                    await self._gate.handle_leg(leg, port)
                except Overloaded as full:
                    port.give_back(full.closed_seconds if waits_when_full(request) else 0.0)
                    raise
            case "tag":
                port = TaggingPort(session, self._lateness)
                await self._gate.handle_tagging(tag_request(request), port)
            case script if script in report_file.REPORTS:
                await self._take_report(request)
                await session.run("NOOP", "kept")
            case "digits":
                self._gate.admission.answered(session)
                await self._late_digits.serve(session, *late_digits_request(request))
            case "doctor":
                await session.set_variable(GATES_TIME, f"{time.time():.3f}")
            case _:
                raise ProtocolError("the URL names nothing that is answered here")

    def _helper(self, switch: SwitchIdentity, request: AgiRequest) -> Helper | None:
        if not lets_others_pass(request):
            return None
        return self._late_digits.helper(switch, request.channel)


def _explain(problem: Exception, otherwise: str) -> None:
    """Say in the log why a call or a report was not taken, where nobody else does."""
    match problem:
        case Overloaded() | OtherMachine():
            # The log has it, now and then. A dialplan that was told why has it already.
            pass
        case UnknownAccount():
            counters.unknown += 1
            log.warning("%s", problem)
        case _:
            counters.failed += 1
            log.error(otherwise, exc_info=problem)


def _tell_the_log(request: AgiRequest) -> None:
    """What this connection's lines are about."""
    asked = request.query
    switch = asked.get("switch", "") or DEFAULT_SWITCH
    bind(call=request.unique_id, account=asked.get("account", ""), switch=switch)
