"""Two gate processes and a real switch: an account's flows are one process's, however they come."""

import asyncio
import re
from collections.abc import Iterator

import pytest

from callmark.ops.probe_places import place_of_gate
from tests.ops.test_health_and_metrics import ask
from tests.ports import gate_ports
from tests.switches.phones import Carrier, Phone

from .harness.gate import GateProcess
from .harness.history import begin, history_against_cdr
from .harness.world import World
from .test_transfers_and_forwards import HARPER, OFFICE, leg, told, transferred, with_code

pytestmark = pytest.mark.asterisk

FEWEST_ROUNDS, MOST_ROUNDS = 2, 6


class TwoProcesses:
    """What each of them tells of itself."""

    def __init__(self, ports: dict[str, str]) -> None:
        self._first = ("127.0.0.1", int(ports["CALLMARK_HEALTH_PORT"]))

    def are_ready(self) -> bool:
        try:
            return all(ask(self._port(process), "/readyz")[0] == 200 for process in (1, 2))
        except OSError:
            return False

    def connections(self) -> tuple[int, int]:
        """How many legs were decided, and how many calls passed on to be."""
        told = "".join(ask(self._port(process), "/metrics")[1] for process in (1, 2))
        decided = re.findall(r"^callmark_calls_total{.*} (\S+)$", told, re.MULTILINE)
        passed_on = re.findall(r"^callmark_calls_passed_on_total (\S+)$", told, re.MULTILINE)
        assert len(passed_on) == 2
        return sum(int(float(one)) for one in decided), sum(int(float(one)) for one in passed_on)

    def _port(self, process: int) -> int:
        place = place_of_gate(self._first, process)
        assert place
        return place[1]


@pytest.fixture
def two_processes(world: World) -> Iterator[TwoProcesses]:
    ports = {"CALLMARK_HEALTH_PORT": gate_ports(2)["CALLMARK_HEALTH_PORT"]}
    gate: GateProcess = world.gates["own"].start(CALLMARK_GATE_PROCESSES="2", **ports)
    found = TwoProcesses(ports)
    try:
        world.wait_until(lambda: found.are_ready() or None, "both to be ready", timeout=120)
        yield found
    finally:
        gate.stop()


async def one_round(world: World, carrier: Carrier, phone: Phone, round_number: int) -> None:
    """Abroad with a code, sent on abroad by the same person, and a star code on another call."""
    abroad, sent_to, local = numbers_of(round_number)
    before = 3 * (round_number - 1)
    call = await with_code(await phone.call(f"9{abroad}"))
    arrived = await carrier.next_call(before + 1)
    # The outsider cannot be asked: the code is known from before.
    await transferred(await call.refer(phone.uri(f"9{sent_to}")), call)
    sent_on = await carrier.next_call(before + 2)
    await sent_on.talking()
    await arrived.hang_up()
    await sent_on.ended()
    tagged = await phone.call(f"9{local}")
    await tagged.talking()
    outside = await carrier.next_call(before + 3)
    before_tagging = len(world.pbx_ami.events)
    await tagged.dial("*50" + HARPER[0])
    await asyncio.to_thread(until_tagged, world, before_tagging)
    await tagged.hang_up()
    await outside.ended()


def until_tagged(world: World, since: int) -> None:
    """Wait until the star code's part of the dialplan is over: its entry is on disk."""
    world.pbx_ami.wait_for(
        lambda e: (
            e.get("Event") == "Newexten"
            and e.get("Context", "").endswith(".tag")
            and e.get("Application") == "Return"
        ),
        what="the star code to be dealt with",
        start=since,
    )


def numbers_of(round_number: int) -> tuple[str, str, str]:
    """Which no other round dials."""
    last = 200 + 3 * round_number
    return f"011442079460{last}", f"011442079460{last + 1}", f"2125550{last + 2}"


async def until_some_came_to_each(
    world: World, carrier: Carrier, phone: Phone, two_processes: TwoProcesses
) -> int:
    """How many rounds were called.

    Which process takes a connection is the system's choice: where all came to one after so many,
    the records are right all the same. ``tests/ops/test_several_gate_processes.py`` sees to it that
    both have some.
    """
    for rounds in range(1, MOST_ROUNDS + 1):
        await one_round(world, carrier, phone, rounds)
        decided, passed_on = two_processes.connections()
        if rounds >= FEWEST_ROUNDS and 0 < passed_on < decided:
            return rounds
    return MOST_ROUNDS


async def test_a_code_is_asked_kept_for_a_transfer_and_replaced_and_each_leg_ends_once(
    world: World, two_processes: TwoProcesses
) -> None:
    line = world.lines["harbor-storm"]
    since = begin(world)
    async with line.trunk() as carrier, line.phone("101") as phone:
        rounds = await until_some_came_to_each(world, carrier, phone, two_processes)
    records = await asyncio.to_thread(history_against_cdr, world, line, since, legs=3 * rounds)
    for number in range(1, rounds + 1):
        abroad, sent_to, local = numbers_of(number)
        assert told(leg(records, abroad)) == ("outbound", "User 101", OFFICE[1])
        assert told(leg(records, sent_to)) == ("outbound", "User 101", OFFICE[1])
        assert told(leg(records, local)) == ("outbound", "User 101", HARPER[1])
