"""How many commands a call takes, of a dialplan that says it takes one answer.

What an older one gets is in ``test_server.py``.
"""

import re

from callmark.policy.overload import MOST_CLOSED_SECONDS
from callmark.switches.asterisk.requests import DIALPLAN

from .test_server import ENTER, NAMED, connect, finish, run, serving, until


def test_a_dialplan_of_today_gets_its_answer_in_three_commands() -> None:
    async def test() -> None:
        async with serving() as (server, records):
            header = NAMED.replace(b"%3D", b"").replace(b"leg=2", b"dialplan=2")
            header = header[:-1] + b"agi_callmark_bounded: yes\n\n"
            client = await connect(server, header)
            asked = await until(client, ENTER)
            rest = await finish(client, b"1234")
        assert asked == [b'EXEC "Progress"\n', ENTER]
        answer = b"connect:1:+442079460000::CDR(callmark):Harper%20v.%20Castellan"
        assert rest == [b'SET VARIABLE "CALLMARK_ANSWER" "%b"\n' % answer, b""]
        assert records[0]["outcome"] == "connected"

    run(test)


def test_without_the_relay_the_gate_bounds_its_first_step_itself() -> None:
    async def test() -> None:
        async with serving() as (server, _):
            header = NAMED.replace(b"%3D", b"").replace(b"leg=2", b"dialplan=2")
            asked = await until(await connect(server, header), ENTER)
        bound = b'SET VARIABLE "TIMEOUT(absolute)" "70"\n'
        assert asked == [b'EXEC "Progress"\n', bound, ENTER]

    run(test)


def test_a_dialplan_of_today_is_told_for_how_long_the_gate_is_full() -> None:
    async def test() -> None:
        async with serving() as (server, _):
            now = 0.0
            admission = server._gate.admission
            admission._clock = lambda: now
            admission.lag = lambda: 0.1
            told = b""
            while b"busy" not in told and now < 60.0:
                now += 0.02
                client = await connect(server, NAMED.replace(b"%3D", b"").replace(b"leg=2", TODAY))
                told = await client[0].readline()
                client[1].close()
            asked = NAMED.replace(b"%3D", b"").replace(b"leg=2", b"dialplan=3")
            client = await connect(server, asked)
            before = await client[0].readline()
            client[1].close()
        said = re.fullmatch(rb'SET VARIABLE "CALLMARK_ANSWER" "busy::::([0-9]+)"\n', told)
        assert said
        assert 0 < int(said[1]) <= 1000 * MOST_CLOSED_SECONDS
        assert before == b'SET VARIABLE "CALLMARK_ANSWER" "busy"\n'

    run(test)


TODAY = f"dialplan={DIALPLAN}".encode()
