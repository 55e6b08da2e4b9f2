"""Every switch adapter keeps the contract: FastAGI, the event socket, HTTP, the simulator."""

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from itertools import count
from typing import ClassVar
from unittest import mock
from urllib.parse import quote

import pytest

from callmark.gate.gate import Gate
from callmark.gate.spool import SpoolError
from callmark.policy.code_entry import CodeEntry
from callmark.policy.numbering import DialedParts
from callmark.policy.prompts import Prompt, PromptLanguage, Wording
from callmark.switches.asterisk.port import ANSWER_VARIABLE
from callmark.switches.asterisk.server import AgiServer
from callmark.switches.asterisk.sounds import sounds_of
from callmark.switches.http import question, taggings
from callmark.switches.http.calls import StartOfCall, start_call
from callmark.switches.http.models import HttpCall, HttpTagging
from callmark.switches.http.steps import enter_digits, hang_up
from callmark.switches.simulator import simulate
from tests.cast import LawFirm
from tests.switches.contract import Adapter, Heard, Scene, SwitchContract
from tests.switches.contract_at_the_prompt import AtThePromptContract
from tests.switches.freeswitch.adapter import FreeSwitch
from tests.switches.gates import gate_of

LENGTH = 4
_PHONE = "firm-101"
_call_ids = count(1700000000)


class Asterisk(Adapter):
    """A FastAGI peer that answers commands as Asterisk would, on a socket, without a phone."""

    _prompts: ClassVar = {
        sounds_of(prompt, Wording(LENGTH, language))[0]: prompt.value
        for prompt in Prompt
        for language in (None, *PromptLanguage)
    }

    def place(self, scene: Scene) -> Heard:
        call_id = f"{next(_call_ids)}.1"
        first = replace(scene, keys=()) if scene.star_code else scene
        with gate_of(scene) as gate:
            heard = asyncio.run(self._call(gate, first, self._asked(scene, call_id)))
            if scene.star_code:
                heard = asyncio.run(self._call(gate, scene, self._pressed(call_id)))
        return heard

    async def _call(self, gate: Gate, scene: Scene, header: bytes) -> Heard:
        server = AgiServer(gate, host="127.0.0.1", port=0)
        await server.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(header)
        heard, keys, variables = Heard(), iter(scene.keys), dict[str, str]()
        self._typed: str | None = None
        self._behind = ""
        async with asyncio.timeout(20):
            while line := (await reader.readline()).decode().strip():
                if line == "failure":
                    heard.went = "failed"
                    continue
                reply = self._carry_out(line, heard, keys, variables)
                writer.write(reply)
        writer.close()
        await server.close(1)
        heard.went = heard.went or variables.get("CALLMARK_RESULT", "resume")
        if heard.went == "connect":
            heard.number = variables["CALLMARK_NUMBER"]
        return heard

    def _carry_out(
        self, line: str, heard: Heard, keys: Iterator[str], variables: dict[str, str]
    ) -> bytes:
        words = [part for part in line.split('"') if part.strip()]
        command = words[0].strip()
        if command == "SET VARIABLE":
            value = words[2] if len(words) > 2 else ""
            assert words[1] in {ANSWER_VARIABLE, "TIMEOUT(absolute)"}
            if words[1] == ANSWER_VARIABLE:
                parts = [*value.split(":"), "", ""]
                variables["CALLMARK_RESULT"], splash, variables["CALLMARK_NUMBER"] = parts[:3]
                if splash:  # The dialplan plays it while it dials.
                    heard.prompts.append("splash")
        elif command == "STREAM FILE" and len(words) > 2:
            self._add(words[1], heard)
            typed = next(keys, None)
            if typed is None:
                heard.went = "hung up"
                return b"HANGUP\n200 result=0\n"
            self._typed, self._behind = typed[:1], typed[1:]
            return f"200 result={ord(typed[0]) if typed else 0}\n".encode()
        elif command == "STREAM FILE":
            self._add(words[1], heard)
        elif command == "GET DATA" and self._behind:
            typed, self._behind = self._behind, ""
            return f"200 result={typed.partition('#')[0]}\n".encode()
        elif command == "GET DATA":
            if words[1] in self._prompts:
                self._add(words[1], heard)
            if words[1] in self._prompts or self._typed != "":  # else it still listens in silence
                self._typed = next(keys, None)
            if self._typed is None:
                heard.went = "hung up"
                return b"HANGUP\n200 result=-1\n"
            entry = self._typed.partition("#")[0]
            return f"200 result={entry}".encode() + b" (timeout)" * (not self._typed) + b"\n"
        return b"200 result=0\n"

    def _add(self, sound: str, heard: Heard) -> None:
        heard.prompts.append(self._prompts[sound])
        heard.languages.add(sound.partition("/callmark/")[0] if "/callmark/" in sound else "")

    def _asked(self, scene: Scene, call_id: str) -> bytes:
        """The dialplan asks about a leg; alone: Ben has transferred an outsider here."""
        said = {"number": scene.number, "leg": "1", "dialplan": "2"}
        if scene.alone:
            said["blind"] = f"PJSIP/{_PHONE}-0000001b"
        return self._header("gate", "trunk" if scene.alone else _PHONE, call_id, said)

    def _pressed(self, call_id: str) -> bytes:
        """The star code, on the channel that dialed it."""
        return self._header("tag", _PHONE, call_id, {"call": call_id, "leg": "1"})

    def _header(self, script: str, endpoint: str, call_id: str, said: dict[str, str]) -> bytes:
        arguments = [f"{name}={quote(value, safe='')}" for name, value in said.items()]
        lines = [
            f"agi_request: agi://127.0.0.1/{script}?switch=main&account=firm",
            f"agi_channel: PJSIP/{endpoint}-0000001a",
            f"agi_uniqueid: {call_id}",
            *(f"agi_arg_{number}: {text}" for number, text in enumerate(arguments, start=1)),
        ]
        return "\n".join([*lines, "", ""]).encode()


class Http(Adapter):
    """A switch that asks step by step, as the API's operations do."""

    cannot: ClassVar = {"alone": "who asks over HTTP is always the one who is on the line"}

    def place(self, scene: Scene) -> Heard:
        broken = mock.patch.object(question, "store", side_effect=SpoolError("no space left"))
        with broken if scene.unwritable else nullcontext():
            try:
                return self._call(scene)
            except SpoolError:
                return Heard(went="failed")

    def _call(self, scene: Scene) -> Heard:
        account = scene.caller.account
        assert account is not None
        start = StartOfCall(f"call-{next(_call_ids)}", scene.caller, scene.number)
        step, heard = start_call(account, start), Heard()
        if scene.star_code:
            return self._press(scene, start.call_id)
        for keys in [*scene.keys, None]:
            heard.prompts += [one["prompt"] for one in step["prompts"]]
            heard.languages |= {one["language"] for one in step["prompts"]}
            if step["action"] != "collect":
                return replace(heard, went=step["action"], number=step["number"] or "")
            row = HttpCall.objects.of(account).get(call_id=start.call_id)
            if keys is None:
                hang_up(row)
            else:
                step = enter_digits(row, step["collect"]["sequence"], keys)
        return replace(heard, went="hung up")

    def _press(self, scene: Scene, call_id: str) -> Heard:
        account = scene.caller.account
        assert account is not None
        press = taggings.StartOfTagging(call_id, "press-1", scene.caller)
        step, heard = taggings.start_tagging(account, press), Heard()
        for keys in [*scene.keys, None]:
            heard.prompts += [one["prompt"] for one in step["prompts"]]
            heard.languages |= {one["language"] for one in step["prompts"]}
            if step["action"] != "collect":
                return replace(heard, went=step["action"])
            row = HttpTagging.objects.of(account).get(tagging_id=press.tagging_id)
            if keys is None:
                hang_up(row)
            else:
                step = enter_digits(row, step["collect"]["sequence"], keys)
        return replace(heard, went="hung up")


class Simulator(Adapter):
    """The phone on the page *Test a call*."""

    cannot: ClassVar = {
        "alone": "the phone on the page is the caller's own",
        "unwritable": "no call depends on whether a test is recorded",
        "lock out": "tests lock nobody out",
        "star_code": "the phone on the page has no star code",
    }

    def place(self, scene: Scene) -> Heard:
        simulation = simulate(scene.caller, scene.number, scene.keys)
        steps = simulation.steps
        last = steps[-1]
        prompts = [step for step in steps if step["step"] == "prompt"]
        return Heard(
            [step["prompt"] for step in prompts],
            last["step"].replace("hung_up", "hung up"),
            last.get("number", "") if last["step"] == "connect" else "",
            {step["language"] for step in prompts},
        )


class TestAsterisk(SwitchContract, AtThePromptContract):
    adapter = Asterisk()


class TestFreeSwitch(SwitchContract, AtThePromptContract):
    adapter = FreeSwitch()


class TestHttp(SwitchContract, AtThePromptContract):
    adapter = Http()


class TestSimulator(SwitchContract, AtThePromptContract):
    adapter = Simulator()


class TestTheContractItself:
    """An adapter or a gate that breaks a rule does not pass."""

    def test_an_adapter_that_leaves_out_a_prompt(self, firm: LawFirm) -> None:
        class Mute(Simulator):
            def place(self, scene: Scene) -> Heard:
                heard = super().place(scene)
                return replace(heard, prompts=heard.prompts[1:])

        self.fails(Mute(), "test_a_right_code_connects_with_it", firm)

    def test_an_adapter_that_dials_what_was_typed(self, firm: LawFirm) -> None:
        class Raw(Simulator):
            def place(self, scene: Scene) -> Heard:
                return replace(super().place(scene), number=scene.number)

        self.fails(Raw(), "test_what_is_judged_is_what_is_dialed", firm)

    def test_an_adapter_that_cannot_place_emergency_calls_without_a_record(
        self, firm: LawFirm
    ) -> None:
        class Careful(Asterisk):
            def place(self, scene: Scene) -> Heard:
                return Heard(went="failed") if scene.unwritable else super().place(scene)

        self.fails(Careful(), "test_an_emergency_call_goes_on_though_it_cannot_be_recorded", firm)

    def test_a_machine_that_takes_every_code(self, firm: LawFirm) -> None:
        taken = mock.patch.object(
            CodeEntry, "_refuse", lambda self, _result, event: self._accept(event.digits, None)
        )
        with taken:
            self.fails(Simulator(), "test_wrong_then_right", firm)

    def test_a_gate_that_writes_down_what_was_dialed(self, firm: LawFirm) -> None:
        whole = mock.patch(
            "callmark.policy.numbering.with_code.DialedParts",
            lambda number, entry=None: DialedParts(f"{number}*{entry}" if entry else number, entry),
        )
        with whole:
            contract = AtThePromptContract()
            contract.adapter = Simulator()  # type: ignore[misc]
            with pytest.raises(AssertionError):
                contract.test_number_and_code_in_one_go(firm, "*")

    def fails(self, adapter: Adapter, story: str, firm: LawFirm) -> None:
        contract = SwitchContract()
        contract.adapter = adapter  # type: ignore[misc]
        with pytest.raises(AssertionError):
            getattr(contract, story)(firm)
