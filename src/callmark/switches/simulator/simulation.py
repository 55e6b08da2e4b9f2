"""Simulate a call: the gate with a port that reads key presses from a list."""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import async_to_sync

from callmark.accounts.models import User
from callmark.calls.queries import lockout_rule, recent_guesses
from callmark.calls.recording import store_entry
from callmark.gate.driver import CallerHungUp
from callmark.gate.gate import Gate, OutboundCall
from callmark.gate.loading import load_account
from callmark.gate.lockouts import Lockouts
from callmark.gate.records import TagRecord
from callmark.gate.snapshot import Endpoint, Snapshot
from callmark.keys.installed import keyring
from callmark.policy.flow import CallFlow, Collect
from callmark.policy.prompts import Prompt, prompt_file, prompt_text

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


class _WaitingForDigits(Exception):
    """The entries are used up and the simulated caller stays on the line."""


class ScriptedPort:
    """A phone whose user presses the given entries, one for each time a code is asked for."""

    def __init__(self, entries: Sequence[str], simulation: Simulation, *, hang_up: bool) -> None:
        self._entries = iter(entries)
        self._simulation = simulation
        self._hang_up = hang_up
        self._flow: CallFlow | None = None
        self._reasons_told = 0

    def watch(self, flow: CallFlow) -> None:
        """The gate made this call's flow: tell its reasons with the steps they lead to."""
        self._flow = flow
        classification = flow.classification
        self._simulation.call_type = classification.call_type.value
        self._simulation.e164 = classification.e164
        self._add("dialed", number=classification.dialed, call_type=self._simulation.call_type)

    async def play(self, prompt: Prompt, code_length: int, *, wait: bool) -> None:  # noqa: ARG002
        """Note the prompt."""
        self._add("prompt", **_prompt_fields(prompt, code_length))

    async def collect(self, request: Collect, code_length: int) -> str:
        """Note the prompt, then take the next entry as the phone's keypad would bring it."""
        if request.prompt is not None:
            self._add("prompt", **_prompt_fields(request.prompt, code_length))
        keys = next(self._entries, None)
        if keys is None:
            if self._hang_up:
                self._add("hung_up")
                raise CallerHungUp
            self._simulation.waiting_for = request
            raise _WaitingForDigits
        entry = keys.split(request.terminator, 1)[0][: request.max_digits]
        self._add("digits", count=len(entry))
        return entry

    async def connect(self, tag: TagRecord | None) -> None:
        """Note that the call goes on."""
        self._add("connect", account_code_name=tag.code_name if tag else "")

    async def end(self) -> None:
        """Note that the call is ended."""
        self._add("end")

    def _add(self, step: str, **fields: object) -> None:
        reasons = self._flow.why if self._flow else []
        why = reasons[self._reasons_told :]
        self._reasons_told = len(reasons)
        self._simulation.why = list(reasons)
        self._simulation.steps.append({"step": step, **fields, "why": why})


def _prompt_fields(prompt: Prompt, code_length: int) -> Step:
    return {
        "prompt": prompt.value,
        "text": prompt_text(prompt, code_length),
        "file": prompt_file(prompt, code_length),
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
    records: list[dict[str, Any]] = []
    port = ScriptedPort(entries, simulation, hang_up=hang_up)
    gate = _gate_for(user, records, port)
    call_id = uuid.uuid4().hex
    call = OutboundCall(SWITCH, call_id, call_id, str(user.pk), "", dialed)
    with suppress(_WaitingForDigits):
        async_to_sync(gate.handle_call)(call, port)
    for entry in records:
        _take_over(simulation, entry)
        if record:
            store_entry(entry)
            simulation.call_id = entry["id"]
    return simulation


def _gate_for(user: User, records: list[dict[str, Any]], port: ScriptedPort) -> Gate:
    if user.account is None:
        raise ValueError("An operator belongs to no account and cannot place a simulated call.")
    policy = load_account(user.account)
    extension = user.extensions.first()
    endpoint = Endpoint(policy.id, str(user.pk), extension.number if extension else "")
    snapshot = Snapshot({policy.id: policy}, {(SWITCH, str(user.pk)): endpoint})
    lockouts = Lockouts(lockout_rule(), recent_guesses([user]))

    async def keep(entry: dict[str, Any]) -> None:
        records.append(entry)

    return Gate(lambda: snapshot, lockouts, keep, simulated=True, on_flow=port.watch)


def _take_over(simulation: Simulation, entry: dict[str, Any]) -> None:
    simulation.outcome = entry["outcome"]
    simulation.why = list(entry["why"])
    if entry["tag"]:
        simulation.account_code = keyring().decrypt(entry["tag"]["code"])
        simulation.account_code_name = entry["tag"]["code_name"]
