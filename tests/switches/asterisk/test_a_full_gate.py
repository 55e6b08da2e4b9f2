"""A gate has said that it can ask nobody for a moment: the dialplan does not bring it those calls.

When a gate says so is in ``tests/policy/test_overload.py`` and ``test_server.py``. Here it is said
in its place, again and again, so that no test hangs on how long such a moment is.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.ops.test_health_and_metrics import ask, values
from tests.ports import gate_ports

from .harness.world import World

pytestmark = pytest.mark.asterisk

FULL = "GLOBAL(CALLMARK_FULL_{})"


def say_until(world: World, milliseconds_from_now: int, account: str = "open") -> None:
    moment = round(1000 * time.time()) + milliseconds_from_now
    world.pbx_ami.action("Setvar", Variable=FULL.format(account), Value=str(moment))


def said(world: World) -> str:
    return world.pbx_ami.action("Getvar", Variable=FULL.format("open")).get("Value", "")


@contextmanager
def full(world: World, account: str = "open") -> Iterator[None]:
    over = threading.Event()

    def keep_saying() -> None:
        while not over.wait(0.1):
            say_until(world, 900, account)

    say_until(world, 900, account)
    thread = threading.Thread(target=keep_saying)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_call_abroad_is_given_to_the_fail_policy_at_once_and_leaves_its_mark(
    world: World,
) -> None:
    with full(world):
        call = world.call("open-301", "011442079460301")
        call.wait_over()

    assert call.heard == []
    assert not call.arrived
    assert call.cdr()["userfield"].startswith("callmark:refused_while_down:open:011442079460301:")
    assert world.database_of("open-301").call(call.unique_id) is None


@pytest.mark.parametrize("number", ["911", "12125550302"])
def test_an_emergency_call_and_one_that_needs_no_code_notice_nothing(
    world: World, number: str
) -> None:
    with full(world):
        call = world.call("open-302", number)
        call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.heard == []
    marked = call.cdr()["userfield"]
    if number == "911":
        assert marked.startswith("callmark:emergency:open:911:")
    else:
        assert call.record()["outcome"] == "not_gated"


@pytest.mark.parametrize("moment", [-1, 3_600_000])
def test_when_the_moment_is_over_or_the_clock_was_put_back_calls_are_asked_again(
    world: World, moment: int
) -> None:
    say_until(world, moment)
    call = world.call("open-303", "011442079460303", digits="5678")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.heard[0] == "enter-code"
    assert call.record()["outcome"] == "connected"
    assert said(world) == ""


def test_a_gate_counts_what_it_was_spared_also_one_that_was_started_since(world: World) -> None:
    health = gate_ports()["CALLMARK_HEALTH_PORT"]
    with full(world, "fragile"):
        for number in ("011442079460304", "011442079460305"):
            world.call("fragile-801", number).wait_over()
    gate = world.gates["own"].start(CALLMARK_HEALTH_PORT=health)
    try:
        world.wait_until(lambda: shed(int(health)) == 2 or None, "both to be counted")
        with full(world, "fragile"):
            emergency = world.call("fragile-802", "911")
            emergency.wait_answered()
            emergency.hang_up()
            world.call("fragile-801", "011442079460306").wait_over()
        world.wait_until(lambda: shed(int(health)) == 3 or None, "the next one, and no other")
    finally:
        gate.stop()


def shed(port: int) -> float:
    found = values(ask(port, "/metrics")[1])
    return found["callmark_calls_shed_total", (("why", "full"),)]
