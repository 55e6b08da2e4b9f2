"""The gate ends or stops answering while a caller is at the prompt: the dialplan takes over."""

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from callmark.switches.asterisk.dialplan import ANSWER_SECONDS
from callmark.switches.asterisk.relay_call import GATE_SECONDS, TALK_SECONDS

from .harness.ami import Event
from .harness.gate import GateProcess
from .harness.world import PhoneCall, World
from .test_after_an_accepted_code import digits_at_the_far_end

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


def test_digits_pass_again_although_the_gate_dies_after_it_accepted_codes(
    world: World, own_gate: GateProcess
) -> None:
    calls = [world.call(f"fragile-80{n}", f"01144207946080{n}", digits="1234") for n in (1, 2)]
    for call in calls:
        call.wait_answered()
    own_gate.kill()
    for call in calls:

        def passes(call: PhoneCall = call) -> bool:
            call.type("9")
            return "9" in digits_at_the_far_end(world, call)

        world.wait_until(passes, "a digit to pass")
        call.hang_up()
        call.wait_over()


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

    assert connected.cdr()["userfield"].startswith("callmark:connected_while_down:fragile:")


def test_neither_does_one_without_a_relay(world: World, own_gate: GateProcess) -> None:
    own_gate.signal(signal.SIGSTOP)
    own_gate.stop_relay()
    try:
        refused = world.call("fragile-802", "011442079460802")
        refused.wait_heard("call-refused")
        refused.wait_over()
    finally:
        own_gate.start_relay()

    assert "T" in refused.extensions()


def test_a_gate_that_hangs_after_the_prompt_leaves_the_caller_to_the_fail_policy(
    world: World, own_gate: GateProcess
) -> None:
    call = world.call("fragile-801", "011442079460801")
    call.wait_heard("enter-code")
    own_gate.signal(signal.SIGSTOP)
    call.type("1234")
    typed_at = time.monotonic()
    call.wait_heard("enter-code", "call-refused")

    assert time.monotonic() - typed_at < GATE_SECONDS + 5
    call.wait_over()
    assert not call.arrived


def test_a_gate_without_a_relay_is_asked_all_the_same(world: World, own_gate: GateProcess) -> None:
    own_gate.stop_relay()
    try:
        call = world.call("fragile-801", "011442079460801", digits="1234")
        call.wait_answered()
        call.hang_up()
        call.wait_over()
    finally:
        own_gate.start_relay()

    assert call.record(ended=False)["outcome"] == "connected"


def test_a_hung_gate_mutes_a_conversation_for_two_seconds_at_most(
    world: World, own_gate: GateProcess
) -> None:
    call = world.call("fragile-801", "12125550101")
    call.wait_answered()
    own_gate.signal(signal.SIGSTOP)
    call.type("*50")
    asked = step(world, call, ".tag", "AGI")
    back = step(world, call, ".tag", "Return")
    mute = float(back["_at"]) - float(asked["_at"])
    # The talk is up, and both hear each other's keys again.
    call.type("7")
    world.wait_until(lambda: heard_at_the_far_end(world, call) == ["7"], "a digit to pass")
    call.hang_up()
    call.wait_over()

    assert TALK_SECONDS - 0.1 < mute < TALK_SECONDS + 1


def test_a_hung_gate_holds_no_channel_that_is_hung_up(world: World, own_gate: GateProcess) -> None:
    call = world.call("fragile-801", "12125550101")
    call.wait_answered()
    own_gate.signal(signal.SIGSTOP)
    call.hang_up()
    reported = step(world, call, ".called-end", "Gosub")
    over = call.wait_over()
    held = float(over["_at"]) - float(reported["_at"])
    own_gate.signal(signal.SIGCONT)

    # The report was kept for the gate meanwhile.
    assert call.record()["disposition"] == "ANSWERED"
    assert held < 1


def test_the_end_of_a_call_waits_for_a_relay_that_is_down(
    world: World, own_gate: GateProcess
) -> None:
    calls = [world.call(f"fragile-80{n}", f"1212555010{n}") for n in (1, 2)]
    for call in calls:
        call.wait_answered()
    calls[0].hang_up()
    # By now the relay knows the secret, and the switch that it reads.
    assert calls[0].record()["disposition"] == "ANSWERED"
    own_gate.stop_relay()
    calls[1].hang_up()
    calls[1].wait_over()
    own_gate.start_relay()

    assert calls[1].record()["disposition"] == "ANSWERED"


def test_the_end_of_a_call_waits_for_a_gate_that_is_down(
    world: World, own_gate: GateProcess
) -> None:
    call = world.call("fragile-801", "12125550101")
    call.wait_answered()
    own_gate.stop()
    call.hang_up()
    call.wait_over()
    hung_up_at = datetime.now(UTC)
    assert call.record(ended=False)["ended_at"] is None
    own_gate.start()

    ended_at = datetime.fromisoformat(call.record()["ended_at"]).replace(tzinfo=UTC)
    assert abs((ended_at - hung_up_at).total_seconds()) < 2


def step(world: World, call: PhoneCall, context: str, application: str) -> Event:
    """When the call came to this step of our dialplan."""
    return world.pbx_ami.wait_for(
        lambda e: (
            e.get("Event") == "Newexten"
            and e.get("Linkedid") == call.unique_id
            and e.get("Context", "").endswith(context)
            and e.get("Application") == application
        ),
        what=f"{application} in {context}",
    )


def heard_at_the_far_end(world: World, call: PhoneCall) -> list[str]:
    channel = call.wait_arrived()["Channel"]
    found = world.phones_ami.find(
        lambda e: (
            e.get("Event") == "DTMFEnd"
            and e.get("Channel") == channel
            and e.get("Direction") == "Received"
        )
    )
    return [event["Digit"] for event in found]


def test_a_gate_told_to_stop_lets_the_caller_finish(world: World, own_gate: GateProcess) -> None:
    call = world.call("fragile-801", "011442079460811")
    call.wait_heard("enter-code")
    own_gate.signal(signal.SIGTERM)
    call.type("1234")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.record(ended=False)["outcome"] == "connected"
