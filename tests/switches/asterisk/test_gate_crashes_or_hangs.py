"""The gate ends or stops answering while a caller is at the prompt: the dialplan takes over."""

import signal
from collections.abc import Iterator

import pytest

from callmark.switches.asterisk.dialplan import ANSWER_SECONDS

from .harness.gate import GateProcess
from .harness.world import World

pytestmark = pytest.mark.asterisk


@pytest.fixture
def own_gate(world: World) -> Iterator[GateProcess]:
    gate = world.gates["own"].start()
    yield gate
    gate.kill()


def test_a_gate_killed_at_the_prompt_leaves_the_caller_to_the_fail_policy(
    world: World, own_gate: GateProcess
) -> None:
    call = world.call("fragile-801", "011442079460801")
    call.wait_heard("enter-code")
    own_gate.kill()
    call.wait_over()

    assert call.heard == ["enter-code", "call-refused"]
    assert not call.arrived
    assert call.cdr()["userfield"].startswith("callmark:refused_while_down:fragile:")


def test_a_gate_that_hangs_does_not_hold_a_caller_for_ever(
    world: World, own_gate: GateProcess
) -> None:
    own_gate.signal(signal.SIGSTOP)
    refused = world.call("fragile-802", "011442079460802")
    connected = world.call("fragile-803", "12125550103")
    connected.wait_answered(timeout=ANSWER_SECONDS + 10)
    refused.wait_heard("call-refused")
    own_gate.kill()
    connected.hang_up()
    for call in (refused, connected):
        call.wait_over()

    assert "T" in refused.extensions()
    assert connected.cdr()["userfield"].startswith("callmark:connected_while_down:fragile:")


def test_a_gate_told_to_stop_lets_the_caller_finish(world: World, own_gate: GateProcess) -> None:
    call = world.call("fragile-801", "011442079460811")
    call.wait_heard("enter-code")
    own_gate.signal(signal.SIGTERM)
    call.type("1234")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.record(ended=False)["outcome"] == "connected"
