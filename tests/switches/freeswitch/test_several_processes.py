"""Two gate processes for one FreeSWITCH: real sockets between them, both in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from callmark.gate.counters import counters
from callmark.gate.share import Share, owner_of
from callmark.ops.gate_processes import new_inbox
from callmark.switches.siblings import Kind, Siblings
from tests.switches.freeswitch.gate import BEN, CODE, Served, following, run, serving, until
from tests.switches.freeswitch.scripted import Call, Channel, phone_call
from tests.switches.freeswitch.test_following import STAR

LONDON = "011442079460000"
OWNER = owner_of("a1", 2)


@asynccontextmanager
async def both() -> AsyncIterator[tuple[Served, Served]]:
    """The process that has the account, and the other."""
    inboxes = [new_inbox(), new_inbox()]
    owners, others = Siblings(OWNER, inboxes), Siblings(3 - OWNER, inboxes)
    async with serving(siblings=owners) as owner, serving(siblings=others) as other:
        assert owner.server
        assert other.server
        owners.start({Kind.EVENT_SOCKET: owner.server.take})
        others.start({Kind.EVENT_SOCKET: other.server.take})
        await until(lambda: owners.is_there(3 - OWNER) and others.is_there(OWNER))
        try:
            yield owner, other
        finally:
            owners.stop()
            others.stop()


async def call(served: Served, channel: Channel) -> str:
    return (await Call.place(channel, served.port)).result


def test_a_call_goes_on_in_the_process_that_has_the_account() -> None:
    async def test() -> None:
        async with both() as (owner, other):
            before = counters.passed_on
            for served in (owner, other):
                assert await call(served, phone_call(LONDON, keys=["9999", CODE])) == "connect"
            assert counters.passed_on - before == 1
        assert [one.user_id for one in owner.decided] == [BEN, BEN]
        assert not other.records

    run(test)


def test_an_emergency_call_stays_where_it_came() -> None:
    async def test() -> None:
        async with both() as (owner, other):
            assert await call(other, phone_call("911")) == "connect"
        assert [one.outcome for one in other.decided] == ["not_gated"]
        assert not owner.records

    run(test)


def test_what_a_leg_has_told_with_its_question_is_old_news_to_both() -> None:
    """Who transferred it pays for that question, not for what it asks later of another process."""

    async def test() -> None:
        async with both() as (owner, other):
            for asked, told in ((owner, other), (other, owner)):
                leg = phone_call("2125550100")
                leg.variables["transfer_source"] = "1764142000:x:bl_xfer:2125550100/acme.test/XML"
                assert await call(asked, leg) == "connect"
                await until(lambda told=told, leg=leg: told.legs.find(leg.uuid))  # type: ignore[misc]
                known = told.legs.find(leg.uuid)
                assert known
                assert known.moves == (leg.variables["transfer_source"], "")
                assert known.answered is False

    run(test)


@pytest.mark.parametrize("here", [1, 2])
def test_a_star_code_is_answered_by_the_process_that_has_the_account(here: int) -> None:
    async def test() -> None:
        async with following(Share(here, 2)) as (served, switch):
            ben, other_leg = phone_call("2125550100", keys=[CODE]), Channel()
            assert await call(served, ben) == "connect"
            ben.answer_state = "answered"
            ben.variables["signal_bond"] = other_leg.uuid
            await switch.tell("CUSTOM", ben, **STAR)
            # What comes after it has been heard when this has.
            await switch.tell("CHANNEL_CREATE", other_leg)
            await until(lambda: served.legs.find(other_leg.uuid))
            if here == OWNER:
                await until(lambda: served.tagged)
            else:
                assert "CHANNEL_EXECUTE_COMPLETE" not in switch.subscribed
        assert len(served.tagged) == (here == OWNER)

    run(test)


def test_each_end_of_a_channel_is_written_by_one() -> None:
    written: list[set[str]] = []
    channels = [phone_call("2125550100") for _ in range(20)]

    async def test(here: int) -> None:
        async with following(Share(here, 2)) as (served, switch):
            for one in channels:
                one.answer_state = "ringing"
                one.variables |= {"callmark_call": f"{one.uuid}/1/{one.uuid}/101@acme.test"}
                one.variables["callmark_result"] = "connect"
                await switch.tell("CHANNEL_HANGUP_COMPLETE", one)
            await until(lambda: all(served.legs.find(one.uuid) for one in channels))
        written.append({one.call_id for one in served.ended})

    run(lambda: test(1))
    run(lambda: test(2))
    first, second = written
    assert first
    assert second
    assert not first & second
    assert first | second == {one.uuid for one in channels}
