"""The scripted phone by itself: one calls another, with no switch between them."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from . import SPLASH, Behaviour, Carrier, Phone, answer_after, escape, ring, unescape
from .message import Message, parse, request
from .sound import PACKET, Recording, encode, tone
from .trace import Trace

Scenario = Callable[[Phone, Carrier], Awaitable[None]]


def run_between(scenario: Scenario, behaviour: Behaviour = ring) -> None:
    """Run a scenario with a phone that calls and a carrier that is called."""

    async def run() -> None:
        async with (
            Carrier("carrier", ("127.0.0.1", 9), 0, behaviour=behaviour) as carrier,
            Phone("101", "", carrier.transport.address, register=False) as phone,
        ):
            await scenario(phone, carrier)

    asyncio.run(run())


def test_a_user_part_arrives_byte_for_byte() -> None:
    user = b'1%26%40"\\{}|^`;x=1'

    async def scenario(phone: Phone, carrier: Carrier) -> None:
        call = await phone.call(user)
        await carrier.next_call()
        await call.ringing()
        assert carrier.dialed == [user]

    run_between(scenario)


def test_keys_before_the_answer_arrive_with_their_length() -> None:
    async def scenario(phone: Phone, carrier: Carrier) -> None:
        call = await phone.call("1")
        arrived = await carrier.next_call()
        await arrived.progress()
        await call.early_media()
        await call.dial("12#*A", tone_ms=40, gap_ms=20)
        await arrived.heard("12#*A")
        assert [digit.ms for digit in arrived.audio.digits] == [40] * 5
        assert not call.is_answered

    run_between(scenario)


def test_keys_by_info_arrive() -> None:
    async def scenario(phone: Phone, carrier: Carrier) -> None:
        call = await phone.call("1")
        await call.answered()
        await call.dial_by_info("*5")
        assert carrier.calls[0].info == ["*", "5"]

    run_between(scenario, answer_after())


def test_a_tone_is_recognised_and_another_is_not() -> None:
    two = [a + b for a, b in zip(_sine(880), _sine(1320), strict=True)]
    recording = Recording()
    for index, sound in enumerate((b"\xff" * 800, encode(two), tone(880, 0.2))):
        for start in range(0, len(sound), PACKET):
            recording.add(10.0 + index, sound[start : start + PACKET])

    (splash,) = recording.tones(*SPLASH)
    assert splash.at == 11.0
    assert splash.seconds == pytest.approx(0.2)
    assert len(recording.tones(880.0)) == 1
    assert recording.tones(1000.0) == []
    assert recording.level(until=11.0) < 10
    assert recording.level(since=11.0) > 1000


def _sine(frequency: float) -> list[float]:
    return [5000 * math.sin(2 * math.pi * frequency * n / 8000) for n in range(1600)]


@given(st.binary())
def test_what_is_escaped_can_be_read_again(data: bytes) -> None:
    assert unescape(escape(data)) == data
    assert unescape(escape(data, keep=b"")) == data
    assert not set(escape(data)) & set(b'\r\n \0"<>@')


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_a_message_survives_being_sent(user: bytes, body: bytes) -> None:
    sent = request("INVITE", b"sip:" + escape(user) + b"@x", [(b"To", b"<sip:a@b>;tag=1")], body)
    assert parse(sent.to_bytes()) == sent


def test_the_trace_holds_no_keys() -> None:
    trace = Trace("101")
    kind = ((b"Content-Type", b"application/dtmf-relay"),)
    trace.add("->", Message(b"INFO sip:x SIP/2.0", kind, b"Signal=7\r\nDuration=100\r\n"))

    assert "Signal" not in str(trace)
    assert "INFO sip:x" in str(trace)


def test_a_failure_shows_what_was_sent() -> None:
    async def scenario(phone: Phone, carrier: Carrier) -> None:
        call = await phone.call("12345")
        with pytest.raises(AssertionError) as caught:
            await call.answered(timeout=0.05)
        assert "INVITE sip:12345@" in "".join(caught.value.__notes__)

    run_between(scenario)


def test_a_call_is_taken_back_and_one_that_was_answered_hung_up() -> None:
    async def scenario(phone: Phone, carrier: Carrier) -> None:
        call = await phone.call("1")
        arrived = await carrier.next_call()
        await call.ringing()
        await call.hang_up()
        assert await arrived.ended() == await call.ended() == 487
        other = await phone.call("2")
        arrived = await carrier.next_call(2)
        await arrived.answer()
        await other.answered()
        await other.hang_up()
        assert await arrived.ended() == 200

    run_between(scenario)


def test_nobody_waits_longer_than_they_said() -> None:
    async def scenario(phone: Phone, carrier: Carrier) -> None:
        started = time.monotonic()
        with pytest.raises(AssertionError, match="was not called"):
            await carrier.next_call(timeout=0.1)
        assert time.monotonic() - started < 5

    run_between(scenario)
