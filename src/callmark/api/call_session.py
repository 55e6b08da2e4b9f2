"""One step of a call under control: the flow taken up, carried out, and put aside again."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError

from callmark.api.models import ControlledCall
from callmark.api.policies import policy_of
from callmark.api.steps import (
    SWITCH,
    Step,
    attempts_from,
    code_step,
    collect_step,
    counter_of,
    kept_attempts,
    kept_settings,
    prompt_step,
    settings_from,
    store,
)
from callmark.gate.building import CallIdentity, OutboundLeg, decided_record
from callmark.gate.driver import Entries
from callmark.policy.flow import (
    Action,
    Attempted,
    CallContext,
    CallFlow,
    Collect,
    Connect,
    End,
    Outcome,
    Play,
    SuspendedFlow,
    Tag,
)
from callmark.policy.numbering import CallType, Classification
from callmark.policy.prompts import Prompt

log = logging.getLogger("callmark.api")


@dataclass(slots=True)
class CallSession:
    """One step of one call: the flow taken up, its actions turned into an answer."""

    call: ControlledCall
    context: CallContext
    flow: CallFlow
    entries: Entries
    _prompts: list[Step] = field(default_factory=list)
    _collect: Step | None = None

    @classmethod
    def resumed(cls, call: ControlledCall) -> "CallSession":
        """Take up a call that waits for an entry."""
        # Of a user who is deleted no call waits (callmark.api.leaving).
        assert call.user is not None
        state = call.state
        context = CallContext(
            settings_from(state["settings"]),
            _classification(state["classification"]),
            policy_of(call.account).codes,
        )
        suspended = SuspendedFlow(state["wrong_entries"], tuple(state["why"]))
        entries = Entries(counter_of(call.user), "prompt")
        entries.attempts = attempts_from(state["attempts"])
        return cls(call, context, CallFlow.resume(context, suspended), entries)

    def step(self, name: str, actions: Iterable[Action]) -> Step:
        """Carry the actions out as far as we can, and tell the switch the rest."""
        decided = None
        for action in actions:
            match action:
                case Attempted():
                    self.entries.add_attempt(action)
                case Tag():
                    self.entries.set_tag(action)
                case Play(prompt, wait):
                    self._add_prompt(prompt, wait=wait, interruptible=False)
                case Collect():
                    self._ask(action)
                case Connect(outcome) | End(outcome):
                    decided = action
                    self._record(outcome)
        self._keep(decided is not None)
        answer = self._answer(decided)
        self.call.answers |= {name: answer, "latest": name}
        return answer

    def _ask(self, request: Collect) -> None:
        if request.prompt is not None:
            self._add_prompt(request.prompt, wait=False, interruptible=True)
        self._collect = collect_step(request, 1 + len(self.entries.attempts))

    def _add_prompt(self, prompt: Prompt, *, wait: bool, interruptible: bool) -> None:
        length = self.context.settings.code_length
        self._prompts.append(prompt_step(prompt, length, wait=wait, interruptible=interruptible))

    def _keep(self, finished: bool) -> None:
        self.call.finished = finished
        if finished:
            self.call.state = {}
            return
        suspended = self.flow.suspend()
        found = self.context.classification
        self.call.state |= {
            "settings": kept_settings(self.context.settings),
            "classification": {
                "dialed": found.dialed,
                "number": found.number,
                "call_type": found.call_type.value,
                "types": sorted(found.types),
                "e164": found.e164,
                "why": list(found.why),
            },
            "wrong_entries": suspended.wrong_entries,
            "why": list(suspended.why),
            "attempts": kept_attempts(self.entries.attempts),
        }

    def _answer(self, decided: Connect | End | None) -> Step:
        found = self.context.classification
        action = {Connect: "connect", End: "end"}.get(type(decided), "collect")
        return {
            "id": str(self.call.pk),
            "call_id": self.call.call_id,
            "action": action,
            "prompts": self._prompts,
            "collect": self._collect,
            "outcome": decided.outcome.value if decided else None,
            "call_type": found.call_type.value,
            "e164": found.e164,
            "account_code": code_step(self.entries.tag),
            "why": list(self.flow.why),
        }

    def _record(self, outcome: Outcome) -> None:
        call, found = self.call, self.context.classification
        leg = OutboundLeg(call.request["caller"], found, call.state["started_at"])
        record = decided_record(identity_of(call), leg, outcome.value, self.flow.why, self.entries)
        try:
            store(record)
        except DatabaseError:
            if found.call_type is not CallType.EMERGENCY:
                raise
            log.error("an emergency call goes on although it cannot be recorded")


def identity_of(call: ControlledCall) -> CallIdentity:
    """Which record is written, and whose."""
    return CallIdentity(
        id=str(call.pk),
        switch=SWITCH,
        call_id=call.call_id,
        linked_id=call.request["linked_id"] or call.call_id,
        account_id=str(call.account_id),
        user_id=str(call.user_id),
    )


def _classification(kept: dict[str, Any]) -> Classification:
    return Classification(
        kept["dialed"],
        kept.get("number"),  # calls that were suspended by an older version have none
        CallType(kept["call_type"]),
        frozenset(CallType(one) for one in kept["types"]),
        kept["e164"],
        tuple(kept["why"]),
    )
