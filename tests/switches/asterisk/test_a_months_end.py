"""A month's end on a real switch: every second on the trunk is on the bill, and once."""

import asyncio
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from callmark.reports.paper import pdf_is_possible
from tests.reports.ledes_reader import ReadInvoice, read_ledes
from tests.switches.phones import answer_after, forward_to

from .harness.line import Line
from .harness.world import World
from .test_calls_put_right import OfficeManager
from .test_transfers_and_forwards import HARPER, OFFICE, Scenario, leg, transferred, with_code

pytestmark = pytest.mark.asterisk

TALK = 1.5
PLAIN, TRANSFERRED, FORWARDED = "011442079460261", "011442079460262", "2125550263"
E164 = {PLAIN: "+442079460261", TRANSFERRED: "+442079460262", FORWARDED: "+12125550263"}


async def place_calls(line: Line) -> None:
    """One with a code; one that is transferred; one that a colleague has forwarded outside."""
    async with line.trunk() as carrier, line.phone("101") as phone:
        call = await with_code(await phone.call("9" + PLAIN), HARPER[0])
        await asyncio.sleep(TALK)
        await call.hang_up()
        await (await carrier.next_call()).ended()

        async with line.phone("102", answer_after()) as partner:
            call = await with_code(await phone.call("9" + TRANSFERRED))
            arrived = await carrier.next_call()
            await transferred(await call.refer(phone.uri("102")), call)
            await (await partner.next_call()).talking()
            await asyncio.sleep(TALK)
            await arrived.hang_up()

        async with line.phone("103", forward_to(phone.uri("9" + FORWARDED))):
            call = await phone.call("103")
            await call.talking()
            await asyncio.sleep(TALK)
            await call.hang_up()
            await (await carrier.next_call()).ended()


def on_statements(pages: dict[str, str], number: str) -> list[tuple[str, str, str]]:
    """The code, the talk and the cost of each line that tells of a number."""
    found = []
    for name, page in pages.items():
        for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL):
            cells = [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td.*?</td>", row)]
            if len(cells) > 2 and re.sub(r"[^0-9+]", "", cells[2]) == number:
                found.append((name, cells[4], cells[6]))
    return found


def on_invoices(invoices: list[ReadInvoice], number: str) -> list[Decimal]:
    """The total of each line that tells of a number."""
    items = (item for invoice in invoices for item in invoice.items)
    return [
        Decimal(item["LINE_ITEM_TOTAL"])
        for item in items
        if f"with {number} at" in item["LINE_ITEM_DESCRIPTION"]
    ]


def a_cent_each(seconds: int) -> str:
    return f"{Decimal(seconds) / 100:.2f}"


async def test_every_second_on_the_trunk_is_on_the_bill_once(world: World, line: Line) -> None:
    manager, scenario = OfficeManager(world, line), Scenario(world, line)
    await manager.prices()
    await place_calls(line)
    # Compares every record with what the switch says of the trunk.
    records = await scenario.history(legs=5)
    outside = {number: leg(records, number) for number in (PLAIN, TRANSFERRED, FORWARDED)}
    await manager.assign(outside[FORWARDED], HARPER[1])

    made: dict[str, Any] = await manager.bill()
    invoices = read_ledes(made["ledes"].encode())
    codes = {PLAIN: HARPER[1], TRANSFERRED: OFFICE[1], FORWARDED: HARPER[1]}
    for number, record in outside.items():
        seconds = record["seconds"]
        assert seconds >= 1
        talk, cost = str(timedelta(seconds=seconds)), a_cent_each(seconds)
        assert on_statements(made["pages"], E164[number]) == [(codes[number], talk, cost)]
        assert on_invoices(invoices, E164[number]) == [Decimal(cost)]
    assert made["pdfs"] == ["%PDF-"] * (len(made["pages"]) if pdf_is_possible() else 0)
    for page in made["pages"].values():
        assert "Rates: Carrier, version 1" in page
        assert "Preliminary" not in page
