"""The office whose switch is a FreePBX."""

import time
from collections.abc import Iterator, Sequence

import pytest

from tests.switches.asterisk.harness.freepbx import (
    FreePbxLine,
)
from tests.switches.asterisk.harness.world import World
from tests.switches.asterisk.test_transfers_and_forwards import (
    Scenario,
)


@pytest.fixture
def office(world: World) -> FreePbxLine:
    return world.office


@pytest.fixture
def scenario(world: World, office: FreePbxLine) -> Scenario:
    return Scenario(world, office)


def reload(world: World) -> None:
    """What the operator is told to do."""
    for command in ("dialplan reload", "module reload features", "module reload res_pjsip.so"):
        world.pbx_ami.command(command)
    world.wait_until(lambda: _is_loaded(world) or None, "the dialplan")


def _is_loaded(world: World) -> bool:
    there = (world.office.folder / "extensions_callmark.conf").exists()
    return there == ("callmark-office.emergency" in world.pbx_ami.command("dialplan show"))


@pytest.fixture
def changed(world: World, office: FreePbxLine) -> Iterator[FreePbxLine]:
    """For a test that changes Callmark's files; they are written anew afterwards."""
    yield office
    office.write()
    reload(world)


def until_the_next_second() -> float:
    """Seconds. The switch tells when a call came in by whole ones: not before the scenario."""
    return 1.01 - time.time() % 1


async def connected(
    office: FreePbxLine, *numbers: tuple[str, str], refused: Sequence[str] = ()
) -> None:
    """Calls of 201 that nobody is asked about: what is dialed, and what arrives outside."""
    async with office.trunk() as carrier, office.phone("201") as phone:
        for position, (dialed, arrives_as) in enumerate(numbers, 1):
            call = await phone.call(dialed)
            await call.talking()
            assert carrier.numbers[-1] == arrives_as
            await call.hang_up()
            await (await carrier.next_call(position)).ended()
        for dialed in refused:
            await (await phone.call(dialed)).ended()
        assert len(carrier.calls) == len(numbers)
