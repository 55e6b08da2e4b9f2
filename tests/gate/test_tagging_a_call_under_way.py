"""The star code during a call: the record is tagged, no matter who of the account dialed it."""

import asyncio
from pathlib import Path

import pytest

from callmark.calls.models import Call
from callmark.gate.background import GateProcess
from callmark.policy.payer import AskedBy
from callmark.policy.rules import CodeRules
from callmark.switches.port import InboundCall, LegRequest, SwitchIdentity, TagRequest
from callmark.switches.simulator.simulation import ScriptedPort, Simulation
from tests.cast import LawFirm, make_law_firm
from tests.rows import every

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def firm() -> LawFirm:
    return make_law_firm(rules=CodeRules(validate=True))


def port(*entries: str) -> ScriptedPort:
    """A phone whose user presses these keys."""
    return ScriptedPort(entries, Simulation(), hang_up=True)


MAIN = SwitchIdentity("main")


def call_then_tag(
    directory: Path,
    *presses: tuple[str, str, tuple[str, ...]],
    came_in: tuple[InboundCall, ...] = (),
) -> None:
    """Ben (101) calls Carla (102); then each press: endpoint, its channel's id, keys."""

    async def story() -> None:
        process = GateProcess(directory)
        await process.start()
        ben = LegRequest(MAIN, "call-1", "102", AskedBy("firm-101"), conversation="call-1")
        await process.gate.handle_leg(ben, port())
        for endpoint, call_id, keys in presses:
            linked = "call-1" if call_id.startswith("call-1") else call_id
            tag = TagRequest(MAIN, call_id, AskedBy(endpoint), conversation=linked)
            await process.gate.handle_tagging(tag, port(*keys))
        for call in came_in:
            await process.gate.handle_inbound(call)
        await process.stop()

    asyncio.run(story())


def test_the_caller_tags_his_own_call(firm: LawFirm, tmp_path: Path) -> None:
    call_then_tag(tmp_path, ("firm-101", "call-1", ("9999", "1234")))
    call = every(Call).get()
    assert (call.account_code, call.entered_by) == ("1234", "star_code")
    assert call.account_code_name == "Harper v. Castellan"
    assert [(one.result, one.account_code_name) for one in call.attempts.all()] == [
        ("unknown_code", ""),
        ("accepted", "Harper v. Castellan"),
    ]


def test_the_colleague_who_answered_tags_the_same_call(firm: LawFirm, tmp_path: Path) -> None:
    call_then_tag(tmp_path, ("firm-102", "call-1-leg-2", ("1234",)))
    assert every(Call).get().account_code == "1234"


def test_wrong_codes_leave_the_call_untagged_and_going(firm: LawFirm, tmp_path: Path) -> None:
    call_then_tag(tmp_path, ("firm-101", "call-1", ("9999", "9998", "9997")))
    call = every(Call).get()
    assert (call.account_code, call.attempts.count()) == ("", 3)


def test_an_inbound_call_appears_with_its_tag(firm: LawFirm, tmp_path: Path) -> None:
    came_in = InboundCall(MAIN, "inbound-7", "firm", "+442079460000", "2125550100", "firm-102")
    call_then_tag(tmp_path, ("firm-102", "inbound-7", ("1234",)), came_in=(came_in,))
    call = Call.objects.of(firm.account).get(direction="inbound")
    assert (call.user, call.dialed, call.account_code) == (firm.carla, "2125550100", "1234")
