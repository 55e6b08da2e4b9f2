"""Two machines under one switch's name: the first has it, the other is refused until told."""

import asyncio
import logging
from pathlib import Path

import pytest
from django.test import Client

from callmark.accounts.models import Switch
from callmark.accounts.refused import Refused
from callmark.accounts.services import forget_machine
from callmark.audit.models import AuditEntry
from callmark.calls.models import Call
from callmark.gate.background import GateProcess
from callmark.gate.machines import SAID_AGAIN_SECONDS, Machines, OtherMachine
from callmark.policy.outbound import Outcome
from callmark.policy.payer import AskedBy
from callmark.switches.port import LegRequest, SwitchIdentity
from callmark.switches.simulator.simulation import ScriptedPort, Simulation
from tests.cast import LawFirm, make_law_firm
from tests.rows import every

OURS = SwitchIdentity("main", entity="52:54:00:aa:aa:aa")
OTHER = SwitchIdentity("main", entity="52:54:00:bb:bb:bb")
SHOWS_NONE = SwitchIdentity("main")


@pytest.fixture
def firm(transactional_db: None) -> LawFirm:
    return make_law_firm()


def call(directory: Path, *calls: tuple[SwitchIdentity, str]) -> list[Outcome | type[OtherMachine]]:
    """Ben's calls over one gate, each from a machine; it keeps its books before each."""

    async def work() -> None:
        process = GateProcess(directory)
        await process.start()
        for number, (switch, dialed) in enumerate(calls):
            await asyncio.get_running_loop().run_in_executor(
                process._reader, process._keep_machines
            )
            leg = LegRequest(switch, f"call-{number}", dialed, AskedBy("firm-101"))
            port = ScriptedPort((), Simulation(), hang_up=True)
            try:
                outcomes.append(await process.gate.handle_leg(leg, port))
            except OtherMachine:
                outcomes.append(OtherMachine)
        await asyncio.get_running_loop().run_in_executor(process._reader, process._keep_machines)
        await process.stop()

    outcomes: list[Outcome | type[OtherMachine]] = []
    asyncio.run(work())
    return outcomes


LOCAL = "2125550100"


def test_the_first_machine_has_the_name_and_another_is_refused(
    firm: LawFirm, tmp_path: Path
) -> None:
    assert call(tmp_path, (OURS, LOCAL), (OTHER, LOCAL), (OURS, LOCAL)) == [
        Outcome.NOT_GATED,
        OtherMachine,
        Outcome.NOT_GATED,
    ]
    assert every(Call).count() == 2
    switch = Switch.objects.get(name="main")
    assert (switch.entity, switch.refused) == (OURS.entity, 1)
    assert switch.refused_entity == OTHER.entity
    assert switch.heard_at is not None, "the operator sees when it was heard"


def test_a_restart_of_the_gate_changes_nothing(firm: LawFirm, tmp_path: Path) -> None:
    assert call(tmp_path, (OURS, LOCAL)) == [Outcome.NOT_GATED]
    assert call(tmp_path, (OTHER, LOCAL)) == [OtherMachine]


def test_its_emergency_calls_go_on(firm: LawFirm, tmp_path: Path) -> None:
    assert call(tmp_path, (OURS, LOCAL), (OTHER, "911"))[1] is Outcome.NOT_GATED


def test_a_machine_that_shows_no_id_is_never_refused(firm: LawFirm, tmp_path: Path) -> None:
    assert OtherMachine not in call(tmp_path, (OURS, LOCAL), (SHOWS_NONE, LOCAL))


def test_after_hardware_was_replaced_the_new_machine_has_the_name(
    firm: LawFirm, tmp_path: Path
) -> None:
    call(tmp_path, (OURS, LOCAL), (OTHER, LOCAL))
    forget_machine("main")
    assert call(tmp_path, (OTHER, LOCAL), (OURS, LOCAL)) == [Outcome.NOT_GATED, OtherMachine]
    assert every(AuditEntry).filter(action="switch.machine_forgotten").count() == 1


def test_a_switch_that_nobody_knows_is_not_forgotten(firm: LawFirm) -> None:
    with pytest.raises(Refused, match="Switches: main"):
        forget_machine("mian")


def test_of_two_gates_that_hear_two_machines_first_one_wins(firm: LawFirm) -> None:
    one, other = Machines(), Machines()
    one.admit(OURS)
    other.admit(OTHER)
    for gate in (one, other, one):
        gate.keep()
    one.admit(OURS)
    with pytest.raises(OtherMachine):
        other.admit(OTHER)


def test_the_log_says_what_to_do_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    machines = Machines(lambda: now)
    machines.admit(OURS)

    def refused() -> int:
        with caplog.at_level(logging.ERROR, "callmark.gate"), pytest.raises(OtherMachine):
            machines.admit(OTHER)
        return len(caplog.records)

    assert [refused(), refused()] == [1, 1]
    assert "callmark switch forget-machine main" in caplog.text
    now += SAID_AGAIN_SECONDS
    assert refused() == 2


def test_the_operator_sees_it_where_they_look_first(firm: LawFirm, tmp_path: Path) -> None:
    call(tmp_path, (OURS, LOCAL), (OTHER, LOCAL))
    browser = Client()
    browser.force_login(firm.otto)
    page = browser.get("/").content.decode()
    assert "Two machines call themselves the switch “<bdi>main</bdi>”" in page
    assert "callmark switch forget-machine <bdi>main</bdi>" in page
    assert OTHER.entity in page
