"""The generated dialplan, carried out, against the real gate behind its real server."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from tests.switches.freeswitch.gate import CODE, Served, run, serving
from tests.switches.freeswitch.scripted import Call, Channel, Mishaps

from .dialplan_run import Gate, Run
from .office import ACME, DOMAIN, PHONE, TRUNK, dial

PLAIN = replace(ACME, outside_prefix="")
ABROAD = "011442079460000"
UUID = "a1b2c3d4-0000-4000-8000-000000000001"


def socket_to(
    port: int, loop: asyncio.AbstractEventLoop, keys: Iterable[str], mishaps: Mishaps | None = None
) -> Gate:
    """The ``socket`` application: the channel's data to the gate, and back what it has set."""

    def gate(dialplan: Run) -> None:
        channel = Channel(
            uuid=UUID,
            headers={"Caller-Context": DOMAIN, "Caller-Caller-ID-Number": "101"},
            variables=dict(dialplan.variables) | {"socket_path": "gate?switch=main"},
            keys=iter(keys),
            tasks={task: [to[0]] for task, to in dialplan.scheduled.items()},
        )
        placed = Call.place(channel, port, mishaps)
        asyncio.run_coroutine_threadsafe(placed, loop).result(30)
        dialplan.variables = channel.variables
        dialplan.scheduled = dict.fromkeys(channel.tasks, ("callmark-hung", DOMAIN))

    return gate


def walked(
    number: str, check: Callable[[Run, Served], None], *, keys: Iterable[str] = (),
    mishaps: Mishaps | None = None, dead: bool = False,
) -> None:  # fmt: skip
    async def test() -> None:
        async with serving() as served:
            loop = asyncio.get_running_loop()
            gate = socket_to(served.port, loop, keys, mishaps)
            phone = {**PHONE, "uuid": UUID}
            way = await asyncio.to_thread(
                dial, number, (lambda _: None) if dead else gate, account=PLAIN, channel=phone
            )
            check(way, served)

    run(test)


@pytest.mark.parametrize("number", [ABROAD, "011 44 2079-460000;npdi=yes"])
def test_a_right_code_connects_to_the_number_that_was_judged(number: str) -> None:
    def check(way: Run, served: Served) -> None:
        assert way.bridged == f"{TRUNK}/{ABROAD}"
        assert way.exported_to_called_legs()["callmark_of"] == f"{UUID}/1/{UUID}/101@acme.test"
        assert [one.outcome for one in served.decided] == ["connected"]
        assert CODE not in repr(way.variables) + repr(way.applications)

    walked(number, check, keys=[CODE])


def test_wrong_codes_end_the_call() -> None:
    def check(way: Run, served: Served) -> None:
        assert (way.bridged, way.cause) == ("", "CALL_REJECTED")
        assert [one.outcome for one in served.decided] == ["ended_after_max_retries"]
        assert "sensitive_dtmf" not in way.variables

    walked(ABROAD, check, keys=["1111", "2222", "3333", "4444"])


def test_a_call_that_needs_no_code_goes_on_unasked() -> None:
    def check(way: Run, served: Served) -> None:
        assert way.bridged == f"{TRUNK}/2125551234"
        assert [one.outcome for one in served.decided] == ["not_gated"]

    walked("2125551234", check)


def test_without_a_gate_the_fail_policy_decides() -> None:
    def check(way: Run, served: Served) -> None:
        assert (way.bridged, way.cause) == ("", "CALL_REJECTED")
        assert served.decided == []

    walked(ABROAD, check, dead=True)


def test_help_comes_without_the_gate() -> None:
    def check(way: Run, served: Served) -> None:
        assert way.bridged == f"{TRUNK}/911"
        assert (way.sockets, served.records) == ([], [])

    walked("9-911", check)


def test_a_forward_on_the_same_channel_is_a_second_question() -> None:
    def check(way: Run, served: Served) -> None:
        assert way.bridged == f"{TRUNK}/2125551234"
        again = Run(way.contexts, lambda _: None, way.variables).dial(ABROAD, DOMAIN)
        assert again.bridged == ""
        marks = again.variables["callmark_marks"].split(",")
        assert [one.split(";")[0] for one in marks if one] == [
            "asked",
            "asked",
            "refused_while_down",
        ]

    walked("2125551234", check)
