"""One channel of the switch lets digits pass again for all calls that come while it is there.

On real phones: ``test_after_an_accepted_code.py``.
"""

import asyncio
import re

from callmark.switches.asterisk import late_digits
from callmark.switches.asterisk.late_digits import LateDigits
from callmark.switches.asterisk.server import AgiServer

from .test_server import ENTER, NAMED, Client, connect, finish, run, serving, until

TODAY = NAMED.replace(b"%3D", b"").replace(b"leg=2", b"dialplan=3")
SOON = 0.1


def helper_of(channel: bytes) -> bytes:
    script = TODAY.replace(b"agi_network_script: gate", b"agi_network_script: digits")
    script = script.replace(b"/gate?", b"/digits?")
    return re.sub(
        rb"(agi_arg_1: )[^\n]*\n(agi_arg_[23]: [^\n]*\n)*", rb"\1channel=" + channel + b"\n", script
    )


async def accepted(server: AgiServer) -> bytes:
    """A call with the right code; returns the command that lets it go on."""
    client = await connect(server, TODAY)
    await until(client, ENTER)
    return (await finish(client, b"1234"))[-2]


def passes(*channels: bytes) -> bytes:
    each = (b"${IMPORT(%b,SET(FRAME_DROP(RX)=))}" % one for one in channels)
    return b'GET FULL VARIABLE "%b"\n' % b"".join(each)


BY_ITSELF = b'SET VARIABLE "CALLMARK_ANSWER" "connect:1:'
BY_HELPER = b'GET FULL VARIABLE "${SET(CALLMARK_ANSWER=connect:2:'
FIRST, CALLER = b"PJSIP/acme-102-00000007", b"PJSIP/acme-101-0000001a"


async def helper(server: AgiServer) -> Client:
    return await connect(server, helper_of(FIRST))


def test_who_comes_while_a_helper_is_there_shares_it() -> None:
    async def test() -> None:
        async with serving() as (server, _):
            server._late_digits = LateDigits(seconds=SOON)
            assert (await accepted(server)).startswith(BY_ITSELF)
            first = await helper(server)
            while not server._late_digits._helpers:
                await asyncio.sleep(0)
            told = await accepted(server)
            assert told.startswith(BY_HELPER)
            assert told.endswith(b'${SET(FRAME_DROP(RX)=DTMF_BEGIN,DTMF_END)}"\n')
            said = await until(first, b"")
            assert b"".join(said[:-2]) in (
                passes(FIRST, CALLER),
                passes(FIRST) + passes(CALLER),
            )
            assert said[-2:] == [b'SET VARIABLE "CALLMARK_ALL_PASSED" "1"\n', b""]
            assert (await accepted(server)).startswith(BY_ITSELF)

    run(test)


def test_a_helper_that_does_not_answer_is_not_counted_on() -> None:
    async def test() -> None:
        now = 100.0
        async with serving() as (server, _):
            server._late_digits = LateDigits(lambda: now, seconds=0.0)
            first = await helper(server)
            assert await first[0].readline() == passes(FIRST)
            assert (await accepted(server)).startswith(BY_HELPER)
            now += late_digits.STUCK_SECONDS
            assert (await accepted(server)).startswith(BY_ITSELF)

    run(test)


def test_what_a_lost_helper_held_is_let_go_by_the_next_one() -> None:
    async def test() -> None:
        async with serving() as (server, _):
            server._late_digits = LateDigits(seconds=3600)
            first = await helper(server)
            while not server._late_digits._helpers:
                await asyncio.sleep(0)
            assert (await accepted(server)).startswith(BY_HELPER)
            first[1].close()
            while server._late_digits._helpers:
                await asyncio.sleep(0.001)
            again = await helper(server)
            assert await again[0].readline() in (passes(CALLER, FIRST), passes(FIRST, CALLER))

    run(test)
