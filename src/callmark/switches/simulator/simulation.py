"""Simulate a call: the gate with a port that reads key presses from a list."""

import re
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from callmark.accounts.models import User
from callmark.calls.limits import usage_of
from callmark.calls.queries import lockout_rule, recent_guesses
from callmark.calls.records import LegDecided, Record
from callmark.calls.store import store
from callmark.gate.call import Suspended, run_now
from callmark.gate.gate import Gate
from callmark.gate.last_codes import from_records
from callmark.gate.lockouts import Lockouts
from callmark.gate.policy_cache import load_for
from callmark.gate.snapshot import Endpoint, Snapshot
from callmark.keys.installed import keyring
from callmark.policy.code_entry import Collect
from callmark.policy.outbound import OutboundFlow
from callmark.policy.payer import AskedBy
from callmark.policy.prompts import Prompt, Wording, prompt_file, prompt_text
from callmark.policy.settings import CODE_LENGTHS
from callmark.switches.port import CallerHungUp, Entry, Going, LegRequest, SwitchIdentity

SWITCH = "simulator"

Step = dict[str, Any]


@dataclass(slots=True)
class Simulation:
    """What happened, step by step. ``outcome`` is None while the call waits for digits."""

    steps: list[Step] = field(default_factory=list)
    waiting_for: Collect | None = None
    outcome: str | None = None
    call_type: str = ""
    e164: str | None = None
    account_code: str = field(default="", repr=False)
    account_code_name: str = ""
    why: list[str] = field(default_factory=list)
    # The record's id; empty while there is none.
    call_id: str = ""

    def final_step(self) -> Step:
        """The last line of ``callmark simulate --json``."""
        return {
            "step": "outcome",
            "outcome": self.outcome,
            "call_type": self.call_type,
            "e164": self.e164,
            "account_code": self.account_code,
            "account_code_name": self.account_code_name,
            "why": self.why,
        }


class ScriptedPort:
    """A phone whose user presses the given entries, one for each time a code is asked for."""

    def __init__(self, entries: Sequence[str], simulation: Simulation, *, hang_up: bool) -> None:
        self._entries = iter(entries)
        self._simulation = simulation
        self._hang_up = hang_up
        self._flow: OutboundFlow | None = None
        self._reasons_told = 0

    def watch(self, flow: OutboundFlow) -> None:
        """The gate made this call's flow: tell its reasons with the steps they lead to."""
        self._flow = flow
        classification = flow.classification
        self._simulation.call_type = classification.call_type.value
        self._simulation.e164 = classification.e164
        self._add("dialed", number=classification.dialed, call_type=self._simulation.call_type)

    async def play(self, prompt: Prompt, wording: Wording, *, wait: bool) -> None:  # noqa: ARG002
        """Note the prompt."""
        self._add("prompt", **_prompt_fields(prompt, wording))

    async def collect(self, request: Collect, wording: Wording) -> Entry:
        """Note the prompt, then take the next entry as the phone's keypad would bring it."""
        if request.prompt is not None:
            self._add("prompt", **_prompt_fields(request.prompt, wording))
        keys = next(self._entries, None)
        if keys is None:
            if self._hang_up:
                self._add("hung_up")
                raise CallerHungUp
            self._simulation.waiting_for = request
            raise Suspended
        entry, terminator, _ = keys.partition(request.terminator)
        alone = entry[:1] if entry[:1] == request.alone else ""
        entry = alone or entry[: request.max_digits]
        ended = bool(terminator) and len(entry) < request.max_digits
        self._add("digits", count=len(entry), keys=_told_keys(entry, alone, terminator))
        return Entry(entry, terminated=ended)

    async def connect(self, going: Going) -> None:
        """Note that the call goes on."""
        self._add("connect", number=going.number, account_code_name=going.code)

    async def end(self) -> None:
        """Note that the call is ended."""
        self._add("end")

    async def resume(self) -> None:
        """Never asked for: only calls are simulated."""

    def _add(self, step: str, **fields: object) -> None:
        reasons = self._flow.why if self._flow else []
        why = reasons[self._reasons_told :]
        self._reasons_told = len(reasons)
        self._simulation.why = list(reasons)
        self._simulation.steps.append({"step": step, **fields, "why": why})


def _told_keys(entry: str, alone: str, terminator: str) -> str:
    """The keys that are no digits of a code, where nothing else was pressed."""
    return alone or (terminator if not entry else "")


def _prompt_fields(prompt: Prompt, wording: Wording) -> Step:
    return {
        "prompt": prompt.value,
        "text": prompt_text(prompt, wording),
        "file": prompt_file(prompt, wording),
        "language": wording.spoken.value,
    }


def simulate(
    user: User,
    dialed: str,
    entries: Sequence[str],
    *,
    hang_up: bool = True,
    record: bool = True,
) -> Simulation:
    """Place a simulated call from ``user``; entries are keys as pressed, '' is silence.

    When the entries run out the caller hangs up, or with ``hang_up`` False waits: then nothing is
    recorded and ``waiting_for`` tells what for. Wrong entries never count towards the lockout.
    """
    simulation = Simulation()
    records: list[Record] = []
    port = ScriptedPort(entries, simulation, hang_up=hang_up)
    gate = _gate_for(user, dialed, entries, records, port)
    request = LegRequest(
        switch=SwitchIdentity(SWITCH),
        call_id=f"{time.time():.0f}.{secrets.randbelow(10**9)}",
        number=dialed,
        asked_by=AskedBy(line=str(user.pk)),
    )
    with suppress(Suspended):
        run_now(gate.handle_leg(request, port))
    for entry in records:
        assert isinstance(entry, LegDecided)
        _take_over(simulation, entry)
        if record:
            store([entry])
            simulation.call_id = entry.id
    return simulation


def _gate_for(
    user: User, dialed: str, entries: Sequence[str], records: list[Record], port: ScriptedPort
) -> Gate:
    tried = {keys[:end] for keys in entries for end in CODE_LENGTHS}
    last_codes = from_records(user, keyring().decrypt)
    last = last_codes.of(str(user.pk))
    behind = re.split("[*#]", dialed.rstrip("#"))[-1]
    policy = load_for(user, tried | {behind, last.digits if last else ""})
    extension = user.extensions.first()
    endpoint = Endpoint(policy.id, str(user.pk), extension.number if extension else "")
    snapshot = Snapshot({policy.id: policy}, {(SWITCH, str(user.pk)): endpoint})
    lockouts = Lockouts(lockout_rule(), recent_guesses([user]))

    async def keep(record: Record) -> None:
        records.append(record)

    gate = Gate(
        lambda: snapshot,
        lockouts,
        keep,
        keyring().encrypt,
        simulated=True,
        on_flow=port.watch,
    )
    assert user.account is not None  # load_for has refused an operator
    gate.usage = usage_of(user.account)
    gate.last_codes = last_codes
    return gate


def _take_over(simulation: Simulation, record: LegDecided) -> None:
    simulation.outcome = record.outcome
    simulation.why = list(record.why)
    if record.tag:
        simulation.account_code = keyring().decrypt(record.tag.code)
        simulation.account_code_name = record.tag.code_name
