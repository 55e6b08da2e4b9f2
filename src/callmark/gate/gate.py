"""The gate: takes a call from a switch adapter, decides it in memory, records it durably."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callmark.gate.building import (
    CallIdentity,
    OutboundLeg,
    decided_record,
    ended_record,
    tagged_record,
)
from callmark.gate.driver import Entries, SwitchPort, drive_call, drive_tagging, now_iso
from callmark.gate.lockouts import Lockouts
from callmark.gate.records import call_record_id, to_json
from callmark.gate.snapshot import Caller, Snapshot
from callmark.policy.flow import CallContext, CallFlow, Outcome
from callmark.policy.numbering import CallType, classify
from callmark.policy.tagging import MidCallTagging, TaggingContext

log = logging.getLogger("callmark.gate")

AppendRecord = Callable[[dict[str, Any]], Awaitable[None]]
"""Makes a record durable before it returns, or raises."""


class UnknownCaller(Exception):
    """No user has this endpoint: the switch's fail policy must decide the call."""


@dataclass(frozen=True, slots=True)
class OutboundCall:
    """A user dialled. ``call_id`` is the switch's own id of the call, ``endpoint`` its caller's."""

    switch: str
    call_id: str
    linked_id: str
    endpoint: str
    caller: str
    dialed: str


@dataclass(frozen=True, slots=True)
class MidCallTag:
    """A user dialled the star code during a call."""

    switch: str
    call_id: str
    linked_id: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class CallEndReport:
    """A call is over. ``seconds`` is talk time; ``disposition`` as in Asterisk's CDR."""

    switch: str
    call_id: str
    answered_at: datetime | None
    ended_at: datetime
    seconds: int
    disposition: str


class Gate:
    """Decides calls from the newest snapshot; holds no connection and does no I/O of its own."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        lockouts: Lockouts,
        append: AppendRecord,
        *,
        simulated: bool = False,
        on_flow: Callable[[CallFlow], None] | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._lockouts = lockouts
        self._append = append
        self._simulated = simulated
        self._on_flow = on_flow

    async def handle_call(self, call: OutboundCall, port: SwitchPort) -> Outcome:
        """Run one outbound call. Raises :class:`UnknownCaller`, or what ``append`` raises."""
        caller = self._caller(call.switch, call.endpoint)
        account, user = caller.account, caller.user
        classification = classify(call.dialed, user.plan)
        settings = account.effective(user)
        counter = self._lockouts.counter(user.id, user.lockout_lifted_at)
        entries = Entries(counter, "prompt")
        flow = CallFlow(CallContext(settings, classification, account.codes, counter.left()))
        if self._on_flow:
            self._on_flow(flow)
        identity = _identity(call, caller)
        leg = OutboundLeg(caller.extension or call.caller, classification, now_iso())

        async def write_record(outcome: Outcome) -> None:
            record = decided_record(
                identity, leg, outcome.value, flow.why, entries, simulated=self._simulated
            )
            try:
                await self._append(to_json(record))
            except Exception:
                if classification.call_type is not CallType.EMERGENCY:
                    raise
                log.exception("an emergency call goes on although it cannot be recorded")

        return await drive_call(flow, port, entries, settings.code_length, write_record)

    async def handle_tagging(self, request: MidCallTag, port: SwitchPort) -> None:
        """Run one press of the star code during a call."""
        caller = self._caller(request.switch, request.endpoint)
        account, user = caller.account, caller.user
        settings = account.effective(user)
        counter = self._lockouts.counter(user.id, user.lockout_lifted_at)
        entries = Entries(counter, "star_code")
        tagging = MidCallTagging(TaggingContext(settings, account.codes, counter.left()))
        try:
            await drive_tagging(tagging, port, entries, settings.code_length)
        finally:
            if entries.attempts:
                identity = _identity(request, caller)
                await self._append(to_json(tagged_record(identity, caller.extension, entries)))

    async def handle_end(self, report: CallEndReport) -> None:
        """Complete a call's record."""
        ended = ended_record(
            str(call_record_id(report.switch, report.call_id)),
            ended_at=report.ended_at,
            answered_at=report.answered_at,
            seconds=report.seconds,
            disposition=report.disposition,
        )
        await self._append(to_json(ended))

    def _caller(self, switch: str, endpoint: str) -> Caller:
        caller = self._snapshot().caller(switch, endpoint)
        if caller is None:
            raise UnknownCaller(
                f"no user has the endpoint {endpoint!r} on the switch {switch!r}: "
                "enter it with the user's extension"
            )
        return caller


def _identity(call: OutboundCall | MidCallTag, caller: Caller) -> CallIdentity:
    return CallIdentity(
        id=str(call_record_id(call.switch, call.call_id)),
        switch=call.switch,
        call_id=call.call_id,
        linked_id=call.linked_id,
        account_id=caller.account.id,
        user_id=caller.user.id,
        user_name=caller.user.name,
    )
