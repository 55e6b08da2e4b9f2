"""The scripted phones against a real switch: whether they can do what other tests ask of them."""

import asyncio

import pytest

from tests.switches.phones import SPLASH, Call, Phone, answer_after, escape, forward_to, reject_with
from tests.switches.phones.sound import tone

from .harness.line import Line

pytestmark = pytest.mark.asterisk

LONDON = "9011442079460001"
LOCAL = "92125551200"


async def test_a_code_typed_in_early_media_lets_the_call_through(line: Line) -> None:
    async def think_and_answer(call: Call) -> None:
        # Ringing would take the place of the tone after the code.
        await asyncio.sleep(0.5)
        await call.answer()

    async with line.trunk(think_and_answer) as carrier, line.phone("101") as phone:
        call = await phone.call(LONDON)
        await call.early_media()
        await call.dial("1234", tone_ms=40, gap_ms=40)
        await call.hears(*SPLASH, seconds=0.1)
        await call.answered()
        arrived = await carrier.next_call()
        await call.hang_up()
        await arrived.ended()

    assert carrier.numbers == ["011442079460001"]


async def test_keys_may_come_by_sip_info(line: Line) -> None:
    async with line.trunk() as carrier, line.phone("107") as phone:
        call = await phone.call(LONDON)
        await call.early_media()
        await call.dial_by_info("1234")
        await call.answered()

    assert len(carrier.calls) == 1


async def test_both_ends_hear_each_other(line: Line) -> None:
    async with line.trunk() as carrier, line.phone("101") as phone:
        call = await phone.call(LOCAL)
        await call.answered()
        arrived = await carrier.next_call()
        await asyncio.gather(call.audio.play(tone(440, 1)), arrived.hears(440))
        await asyncio.gather(arrived.audio.play(tone(620, 1)), call.hears(620))
        await call.dial("159#")
        await arrived.heard("159#")


async def test_a_call_is_taken_back(line: Line) -> None:
    async with line.trunk(answer_after(60)) as carrier, line.phone("101") as phone:
        call = await phone.call(LOCAL)
        arrived = await carrier.next_call()
        await call.ringing()
        await call.cancel()
        await arrived.ended()

    assert call.status == 487


async def test_a_busy_colleague_is_busy(line: Line) -> None:
    async with line.phone("101") as phone, line.phone("102", reject_with(486)):
        call = await phone.call("102")
        status = await call.ended()

    assert status == 486


async def test_a_colleagues_phone_forwards_to_another(line: Line) -> None:
    async with line.phone("101") as phone, line.phone("103", answer_after()) as other:
        switch = other.uri("103")
        async with line.phone("102", forward_to(switch)):
            call = await phone.call("102")
            await call.answered()
            await other.next_call()


async def test_hold_and_resume(line: Line) -> None:
    async with line.trunk() as carrier, line.phone("101") as phone:
        call = await phone.call(LOCAL)
        await call.answered()
        arrived = await carrier.next_call()
        await call.hold()
        await call.resume()
        await asyncio.gather(call.audio.play(tone(440, 1)), arrived.hears(440))
        assert not arrived.is_over


async def test_a_blind_transfer_connects_the_others(line: Line) -> None:
    async with line.trunk() as carrier, line.phone("101") as phone, colleague(line) as other:
        call = await phone.call(LOCAL)
        await call.talking()
        transfer = await call.refer(phone.uri("102"))
        assert await transfer.reported() == 200
        taken = await other.next_call()
        arrived = await carrier.next_call()
        await asyncio.gather(taken.audio.play(tone(440, 1)), arrived.hears(440))
        await arrived.hang_up()
        await taken.ended()


async def test_an_attended_transfer_connects_the_others(line: Line) -> None:
    async with line.trunk() as carrier, line.phone("101") as phone, colleague(line) as other:
        first = await phone.call(LOCAL)
        await first.talking()
        second = await phone.call("102")
        await second.talking()
        transfer = await first.refer_to_call(second)
        assert await transfer.reported() == 200
        taken, arrived = await other.next_call(), await carrier.next_call()
        await asyncio.gather(taken.audio.play(tone(440, 1)), arrived.hears(440))
        await arrived.hang_up()
        await taken.ended()


async def test_a_call_comes_in(line: Line) -> None:
    async with line.trunk() as carrier, line.phone("101") as phone:
        call = await carrier.call(line.did("101"))
        taken = await phone.next_call()
        await taken.progress()
        await taken.answer()
        await call.answered()
        await taken.hang_up()
        await call.ended()


async def test_a_user_part_arrives_as_it_was_written(line: Line) -> None:
    async with line.trunk() as carrier, line.phone("121") as phone:
        call = await phone.call(escape("9212555", keep=b"") + b"1201")
        await call.answered()

    assert carrier.numbers == ["2125551201"]


def colleague(line: Line) -> Phone:
    return line.phone("102", answer_after())
