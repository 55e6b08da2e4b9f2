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

MOST_ROUNDS = 12


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


async def one_round(carrier: Carrier, phone: Phone) -> None:
    """Abroad with a code, sent on abroad by the same person, and a star code on another call."""
    call = await with_code(await phone.call("9011442079460281"))
    arrived = await carrier.next_call()
    # The outsider cannot be asked: the code is known from before.
    await transferred(await call.refer(phone.uri("9011442079460282")), call)
    sent_on = await carrier.next_call()
    await sent_on.talking()
    await arrived.hang_up()
    await sent_on.ended()
    tagged = await phone.call("92125550283")
    await tagged.talking()
    outside = await carrier.next_call()
    await tagged.dial("*50" + HARPER[0])
    await asyncio.sleep(2)
    await tagged.hang_up()
    await outside.ended()


async def until_some_came_to_each(
    carrier: Carrier, phone: Phone, two_processes: TwoProcesses
) -> int:
    """How many rounds it took."""
    for rounds in range(1, MOST_ROUNDS + 1):
        await one_round(carrier, phone)
        decided, passed_on = two_processes.connections()
        if 0 < passed_on < decided:
            return rounds
    raise AssertionError("all connections came to one process")


async def test_a_code_is_asked_kept_for_a_transfer_and_replaced_and_each_leg_ends_once(
    world: World, two_processes: TwoProcesses
) -> None:
    line = world.lines["harbor-storm"]
    since = begin(world)
    async with line.trunk() as carrier, line.phone("101") as phone:
        rounds = await until_some_came_to_each(carrier, phone, two_processes)
    records = await asyncio.to_thread(history_against_cdr, world, line, since, legs=3 * rounds)
    for number in range(rounds):
        legs = records[3 * number : 3 * number + 3]
        assert told(leg(legs, "460281")) == ("outbound", "User 101", OFFICE[1])
        assert told(leg(legs, "460282")) == ("outbound", "User 101", OFFICE[1])
        assert told(leg(legs, "0283")) == ("outbound", "User 101", HARPER[1])
