"""The scripted phones themselves, against a real switch."""

import pytest

from .harness.line import Line
from .harness.world import World

pytestmark = pytest.mark.asterisk


async def test_a_code_typed_in_early_media_lets_the_call_through(world: World, line: Line) -> None:
    async with line.trunk() as carrier, line.phone("101") as phone:
        call = await phone.call("9011442079460001")
        await call.early_media()
        await call.dial("1234", tone_ms=40, gap_ms=40)
        await call.answered()
        arrived = await carrier.next_call()
        await call.hang_up()
        await arrived.ended()

    assert carrier.numbers == ["011442079460001"]
