"""The gate: takes a leg from a switch adapter, decides it in memory, records it durably."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from callmark.calls.ids import inbound_id, leg_id
from callmark.calls.records import (
    CallCameIn,
    CodeTag,
    LegEnded,
    LegTagged,
    Record,
    now,
)
from callmark.gate.admission import Admission
from callmark.gate.call import Run
from callmark.gate.conversations import Conversations
from callmark.gate.counters import counters
from callmark.gate.entries import Entries, Nobody, WrongEntryCounter
from callmark.gate.last_codes import LastCodes, Remembered
from callmark.gate.legs import Asked, Leg, LegIdentity, leg_context
from callmark.gate.limits import LimitCounts
from callmark.gate.lockouts import Lockouts
from callmark.gate.machines import Machines
from callmark.gate.snapshot import AccountPolicy, Caller, Snapshot
from callmark.policy.code_entry import Collect, EntryTerms
from callmark.policy.limits import Usage
from callmark.policy.numbering import (
    CallType,
    Classification,
    DialedParts,
    NumberingPlan,
    classify,
    outside_line,
    take_apart,
)
from callmark.policy.outbound import GOES_ON, LegContext, OutboundFlow, Outcome
from callmark.policy.payer import Parties, parties
from callmark.policy.settings import NEVER_ASKED
from callmark.policy.tagging import TaggingFlow
from callmark.switches.port import (
    InboundCall,
    LegEnd,
    LegRequest,
    SwitchIdentity,
    SwitchPort,
    TagRequest,
)

log = logging.getLogger("callmark.gate")

AppendRecord = Callable[[Record], Awaitable[None]]
"""Makes a record durable before it returns, or raises."""

_ANYWHERE = NumberingPlan("US")
"""To know an emergency number by where nothing of the account is known."""


class UnknownAccount(Exception):
    """Neither the phone nor the switch's configuration tells the account.

    The switch's fail policy decides.
    """


class Gate:
    """Decides legs from the newest snapshot; holds no connection and does no I/O of its own.

    Whatever it is told by another machine under a switch's name it refuses, emergency calls
    excepted: :class:`~callmark.gate.machines.OtherMachine`.
    """

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        lockouts: Lockouts,
        append: AppendRecord,
        seal: Callable[[str], str],
        *,
        simulated: bool = False,
        on_flow: Callable[[OutboundFlow], None] | None = None,
        machines: Machines | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._lockouts = lockouts
        self._append = append
        self._seal = seal
        self._simulated = simulated
        self._on_flow = on_flow
        self._conversations = Conversations()
        self._machines = machines or Machines()
        self.admission = Admission()
        self.limits = LimitCounts()
        self.usage: Usage = self.limits.usage
        """What is used of limits; a simulation asks the records instead."""
        self.last_codes: LastCodes | None = None
        """What users entered last; without it no code is used again."""

    async def handle_leg(self, request: LegRequest, port: SwitchPort) -> Outcome:
        """Run one leg to connect or end, and tell how.

        Raises :class:`UnknownAccount`, :class:`~callmark.gate.admission.Overloaded` (only of a leg
        that would have to be asked), or what ``append`` raises: the switch's fail policy decides.
        """
        if await self._let_emergency_through(request, port):
            return Outcome.NOT_GATED
        parts = self._take_apart(request)
        if parts.number != request.number:
            request = replace(request, number=parts.number)
            if await self._let_emergency_through(request, port):
                return Outcome.NOT_GATED
        self._machines.admit(request.switch)
        found = self._parties(request)
        account = self._account(request, found)
        plan = _plan(account, found)
        classification = classify(request.number, plan)
        counter = self._counter(found.asked)
        asked = Asked(
            counter.left(),
            self._entered(request, found),
            parts.entry,
            self._last_code(found.asked),
        )
        context = leg_context(account, found, classification, asked, self.usage)
        flow = OutboundFlow(context)
        if self._on_flow:
            self._on_flow(flow)
        leg = self._leg(request, account, found, classification)
        entries = Entries(counter, "prompt", self._seal, _other(found))

        async def write(outcome: Outcome | None) -> None:
            assert outcome is not None
            await self._append(leg.decided(outcome.value, flow.why, entries))
            counters.legs[outcome.value, classification.call_type.value] += 1
            self._remember(request, found, entries)
            self._remember_last(found.asked, entries)
            if outcome in GOES_ON:
                who = found.payer.user.id if found.payer else None
                self.limits.count(leg.identity.id, account.limits, classification, who)

        wording = context.terms.settings.wording
        number, line = classification.number or "", outside_line(classification, plan)
        actions = flow.start()
        if any(isinstance(one, Collect) for one in actions):
            self.admission.may_be_asked(lambda: self._snapshot().asks_everybody_abroad(account))
        await Run(flow, port, entries, wording, write, number, line=line).to_the_end(actions)
        return flow.outcome or Outcome.ABANDONED

    def whose(self, request: LegRequest | TagRequest) -> str | None:
        """The id of the account in whose memory this is; None: an emergency call, or nobody's."""
        found = self._parties(request)
        known = found.payer or found.asked
        account = known.account if known else None
        if isinstance(request, LegRequest):
            apart = replace(request, number=self._take_apart(request).number)
            if self._emergency(request) or self._emergency(apart):
                return None
            account = account or self._snapshot().account(request.account)
        return account.id if account else None

    async def handle_tagging(self, request: TagRequest, port: SwitchPort) -> None:
        """Run one press of the star code during a call. Raises :class:`UnknownAccount`."""
        self._machines.admit(request.switch)
        caller = self._parties(request).asked
        if caller is None:
            raise UnknownAccount("no user has the phone that dialed the star code")
        account = caller.account
        counter = self._counter(caller)
        settings, who = account.effective(caller.user), caller.user.id
        terms = EntryTerms(settings, account.codes, counter.left(), user_id=who)
        entries = Entries(counter, "star_code", self._seal, caller.user.id)
        run = Run(TaggingFlow(terms), port, entries, terms.settings.wording, self._no_write)
        try:
            await run.to_the_end()
        finally:
            if entries.attempts:
                await self._append(_tagged(request, caller, entries))
                self._remember_last(caller, entries)
                if entries.tag:
                    self._conversations.remember(
                        request.switch.name, request.conversation, caller.user.id, entries.tag
                    )

    async def handle_end(self, report: LegEnd) -> None:
        """Complete a leg's record."""
        self._machines.admit(report.switch)
        await self._append(ended_record(report))

    async def handle_inbound(self, call: InboundCall) -> None:
        """Record a call that came in, or more about it. Raises :class:`UnknownAccount`."""
        record = came_in_record(self._snapshot(), call)
        if record is not None:
            self._machines.admit(call.switch)
            await self._append(record)

    async def _let_emergency_through(self, request: LegRequest, port: SwitchPort) -> bool:
        """Judged before anybody is looked up; it goes on before it is written down.

        47 U.S.C. 623 and reference section 5: nothing may delay or refuse these calls.
        """
        classification = self._emergency(request)
        if classification is None:
            return False
        flow = OutboundFlow(LegContext(EntryTerms(NEVER_ASKED, {}), classification))
        if self._on_flow:
            self._on_flow(flow)
        entries = Entries(Nobody(), "prompt", self._seal)

        async def write(_: Outcome | None) -> None:
            who = self._parties(request)
            leg = self._leg(request, self._account(request, who), who, classification)
            await self._append(leg.decided(Outcome.NOT_GATED.value, flow.why, None))

        number = classification.number or ""
        wording = NEVER_ASKED.wording
        await Run(flow, port, entries, wording, write, number, emergency=True).to_the_end()
        return True

    def _emergency(self, request: LegRequest) -> Classification | None:
        """The number as an emergency number, or None: by the account, and by who pays."""
        account = self._snapshot().account(request.account)
        found = classify(request.number, account.plan if account else _ANYWHERE)
        if found.call_type is CallType.EMERGENCY:
            return found
        payer = self._parties(request).payer
        if payer and not (account and payer.user.plan is account.plan):
            found = classify(request.number, payer.user.plan)
        return found if found.call_type is CallType.EMERGENCY else None

    def _leg(
        self,
        request: LegRequest,
        account: AccountPolicy,
        found: Parties[Caller],
        classification: Classification,
    ) -> Leg:
        payer = found.payer
        return Leg(
            identity=identity_of(request),
            account_id=account.id,
            payer_id=payer.user.id if payer else None,
            payer_name=payer.user.name if payer else "",
            caller=(payer.extension if payer else "") or request.caller,
            classification=classification,
            started_at=now(),
            simulated=self._simulated,
        )

    def _parties(self, request: LegRequest | TagRequest) -> Parties[Caller]:
        found = parties(request.asked_by, self._known(request.switch))
        if found.payer and found.asked and found.payer.account.id != found.asked.account.id:
            # Somebody of another account on the same switch is an outsider to this one.
            return replace(found, asked=None)
        return found

    def _known(self, switch: SwitchIdentity) -> Callable[[str], Caller | None]:
        snapshot = self._snapshot()
        return lambda endpoint: snapshot.caller(switch.name, endpoint)

    def _account(self, request: LegRequest, found: Parties[Caller]) -> AccountPolicy:
        account = found.payer.account if found.payer else self._snapshot().account(request.account)
        if account is None:
            raise UnknownAccount(
                f"no user has the endpoint {request.asked_by.line!r} on the switch "
                f"{request.switch.name!r}, and its dialplan names no account that is known: "
                "enter the endpoint with the user's extension"
            )
        return account

    def _counter(self, person: Caller | None) -> WrongEntryCounter:
        if person is None:
            return Nobody()
        return self._lockouts.counter(person.user.id, person.user.lockout_lifted_at)

    def _entered(self, request: LegRequest, found: Parties[Caller]) -> CodeTag | None:
        if found.payer is None:
            return None
        return self._conversations.entered_by(
            request.switch.name, request.conversation, found.payer.user.id
        )

    def _take_apart(self, request: LegRequest) -> DialedParts:
        """The number without a code that was dialed behind it, where the account allows that."""
        payer = self._parties(request).payer
        account = payer.account if payer else self._snapshot().account(request.account)
        if account is None:
            return DialedParts(request.number)
        plan = payer.user.plan if payer else account.plan
        return take_apart(request.number, account.options.separator, plan)

    def _last_code(self, asked: Caller | None) -> Remembered | None:
        if self.last_codes is None or asked is None or not asked.account.options.remembers:
            return None
        return self.last_codes.of(asked.user.id)

    def _remember_last(self, asked: Caller | None, entries: Entries) -> None:
        """What was just entered is the user's last code; a lockout ends what is kept."""
        if self.last_codes is None or asked is None or not asked.account.options.remembers:
            return
        if entries.wrong_entries_left() == 0:
            self.last_codes.locked_out(asked.user.id)
        if entries.tag and entries.attempts:
            at = entries.attempts[-1].at.timestamp()
            self.last_codes.heard(asked.user.id, entries.tag.code, at)

    def _remember(self, request: LegRequest, found: Parties[Caller], entries: Entries) -> None:
        if entries.tag and found.asked and entries.are_own:
            self._conversations.remember(
                request.switch.name, request.conversation, found.asked.user.id, entries.tag
            )

    async def _no_write(self, _: Outcome | None) -> None:
        """A star code is written down at its end, whatever that is."""


def identity_of(request: LegRequest) -> LegIdentity:
    """The leg's record, by the switch's own words for it."""
    switch = request.switch
    return LegIdentity(
        id=str(leg_id(switch.name, switch.system, request.call_id, request.leg)),
        switch=switch.name,
        call_id=request.call_id,
        leg=request.leg,
        conversation=request.conversation or request.call_id,
    )


def ended_record(report: LegEnd) -> LegEnded:
    """What one side of a leg reports, for its record."""
    return LegEnded(
        id=str(leg_id(report.switch.name, report.switch.system, report.call_id, report.leg)),
        switch=report.switch.name,
        call_id=report.call_id,
        leg=report.leg,
        ended_at=report.ended_at,
        answered_at=report.answered_at,
        seconds=report.seconds,
        disposition=report.disposition,
        by=report.by,
    )


def came_in_record(snapshot: Snapshot, call: InboundCall) -> CallCameIn | None:
    """A call that came in; None for a colleague's phone, transferred past our contexts.

    Raises :class:`UnknownAccount`.
    """
    switch = call.switch
    own = snapshot.caller(switch.name, call.line) if call.line else None
    if own is not None and own.extension:
        return None
    caller = snapshot.caller(switch.name, call.endpoint) if call.endpoint else None
    account = caller.account if caller else snapshot.account(call.account)
    if account is None:
        raise UnknownAccount(f"no account has the short name {call.account!r}")
    return CallCameIn(
        id=str(inbound_id(switch.name, switch.system, call.conversation)),
        switch=switch.name,
        linked_id=call.conversation,
        account_id=account.id,
        user_id=caller.user.id if caller else None,
        user_name=caller.user.name if caller else "",
        caller=call.caller,
        dialed=call.dialed,
        started_at=call.started_at or now(),
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        disposition=call.disposition,
    )


def _plan(account: AccountPolicy, found: Parties[Caller]) -> NumberingPlan:
    return found.payer.user.plan if found.payer else account.plan


def _other(found: Parties[Caller]) -> str | None:
    """Who types, where that is not the payer: their entries are their own."""
    if found.asked is None or found.payer is None or found.asked.user.id == found.payer.user.id:
        return None
    return found.asked.user.id


def _tagged(request: TagRequest, caller: Caller, entries: Entries) -> LegTagged:
    switch = request.switch
    return LegTagged(
        id=str(leg_id(switch.name, switch.system, request.call_id, request.leg)),
        switch=switch.name,
        call_id=request.call_id,
        linked_id=request.conversation,
        account_id=caller.account.id,
        user_id=caller.user.id,
        user_name=caller.user.name,
        extension=caller.extension,
        tagged_at=now(),
        attempts=tuple(entries.attempts),
        tag=entries.tag,
    )
