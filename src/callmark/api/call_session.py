"""One step of a call under control: the flow taken up, carried out, and put aside again."""

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction

from callmark.accounts.models import User
from callmark.api.models import ControlledCall
from callmark.api.policies import policy_of
from callmark.calls.queries import forgiven_until, lockout_rule, recent_guesses
from callmark.calls.recording import store_entry
from callmark.gate.building import CallIdentity, OutboundLeg, decided_record
from callmark.gate.driver import Entries
from callmark.gate.lockouts import Lockouts, UserCounter
from callmark.gate.records import AttemptRecord, SpoolEntry, to_json
from callmark.policy.dialing import CallType, Classification
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
from callmark.policy.prompts import Prompt, prompt_file, prompt_text
from callmark.policy.settings import CodeSwitches, EffectiveSettings

log = logging.getLogger("callmark.api")

SWITCH = "api"

Step = dict[str, Any]
"""What a step is answered: the fields of the API's NextAction, as JSON."""


def counter_of(user: User) -> UserCounter:
    """The lockout over calls, those still at a prompt included."""
    at_a_prompt = ControlledCall.objects.filter(user=user, finished=False)
    guesses = [
        datetime.fromisoformat(attempt["at"]).timestamp()
        for state in at_a_prompt.values_list("state", flat=True)
        for attempt in state["attempts"]
        if attempt["counts_as_guess"]
    ]
    user_id = str(user.pk)
    on_record = recent_guesses([user]).get(user_id, [])
    lockouts = Lockouts(lockout_rule(), {user_id: [*on_record, *guesses]})
    return lockouts.counter(user_id, forgiven_until([user]).get(user_id, 0.0))


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
        settings = dict(state["settings"])
        switches = CodeSwitches(**settings.pop("switches"))
        context = CallContext(
            EffectiveSettings(**settings, switches=switches),
            _classification(state["classification"]),
            policy_of(call.account).codes,
        )
        suspended = SuspendedFlow(state["wrong_entries"], tuple(state["why"]))
        entries = Entries(counter_of(call.user), "prompt")
        entries.attempts = [AttemptRecord(**attempt) for attempt in state["attempts"]]
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
        self._collect = {
            "sequence": 1 + len(self.entries.attempts),
            "max_digits": request.max_digits,
            "first_digit_seconds": request.first_digit_seconds,
            "between_digits_seconds": request.between_digits_seconds,
            "terminator": request.terminator,
        }

    def _add_prompt(self, prompt: Prompt, *, wait: bool, interruptible: bool) -> None:
        length = self.context.settings.code_length
        self._prompts.append(
            {
                "prompt": prompt.value,
                "text": prompt_text(prompt, length),
                "file": prompt_file(prompt, length),
                "wait": wait,
                "interruptible": interruptible,
            }
        )

    def _keep(self, finished: bool) -> None:
        self.call.finished = finished
        if finished:
            self.call.state = {}
            return
        suspended = self.flow.suspend()
        found = self.context.classification
        self.call.state |= {
            "settings": asdict(self.context.settings),
            "classification": {
                "dialed": found.dialed,
                "call_type": found.call_type.value,
                "types": sorted(found.types),
                "e164": found.e164,
                "why": list(found.why),
            },
            "wrong_entries": suspended.wrong_entries,
            "why": list(suspended.why),
            "attempts": [asdict(attempt) for attempt in self.entries.attempts],
        }

    def _answer(self, decided: Connect | End | None) -> Step:
        found, tag = self.context.classification, self.entries.tag
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
            "account_code": {"id": tag.code_id, "name": tag.code_name} if tag else None,
            "why": list(self.flow.why),
        }

    def _record(self, outcome: Outcome) -> None:
        call, found = self.call, self.context.classification
        identity = CallIdentity(
            id=str(call.pk),
            switch=SWITCH,
            call_id=call.call_id,
            linked_id=call.request["linked_id"] or call.call_id,
            account_id=str(call.account_id),
            user_id=str(call.user_id),
            user_name=call.user.name if call.user else "",
        )
        leg = OutboundLeg(call.request["caller"], found, call.state["started_at"])
        record = decided_record(identity, leg, outcome.value, self.flow.why, self.entries)
        try:
            store(record)
        except DatabaseError:
            if found.call_type is not CallType.EMERGENCY:
                raise
            log.error("an emergency call goes on although it cannot be recorded")


def store(entry: SpoolEntry) -> None:
    """Write to the call's record, as the gate's spool does."""
    with transaction.atomic():
        store_entry(to_json(entry))


def _classification(kept: dict[str, Any]) -> Classification:
    return Classification(
        kept["dialed"],
        CallType(kept["call_type"]),
        frozenset(CallType(one) for one in kept["types"]),
        kept["e164"],
        tuple(kept["why"]),
    )
