"""The connection for all calls: ends and seconds, calls that came in, star codes, coming back."""

import logging
from datetime import UTC, datetime

import pytest

from callmark.gate.gate import Gate
from callmark.gate.lockouts import Lockouts
from callmark.gate.snapshot import Snapshot
from callmark.policy.guessing import LockoutRule
from callmark.switches.freeswitch.legs import Legs
from callmark.switches.freeswitch.service import FreeSwitchService, FreeSwitchSettings
from callmark.switches.freeswitch.watcher import EventSocketAddress, Watcher
from tests.leaks import shows
from tests.switches.freeswitch.gate import BEN, CARLA, CODE, following, run, until
from tests.switches.freeswitch.scripted import Call, Channel, EventSocketOfTheSwitch, phone_call

LOCAL = "2125550100"
STAR = {"Event-Subclass": "callmark::star"}


def trunk_leg(caller: Channel, **variables: str) -> Channel:
    """The leg to the carrier that a connected call led to."""
    carried = {"callmark_of": caller.variables["callmark_call"], "signal_bond": caller.uuid}
    headers = {"Call-Direction": "outbound", "Caller-Context": "acme.test"}
    more = {"originating_leg_uuid": caller.uuid, "last_bridge_to": caller.uuid}
    return Channel(headers=headers, variables={**carried, **more, **variables})


def times(start: int, answer: int, end: int) -> dict[str, str]:
    """As CHANNEL_HANGUP_COMPLETE tells them; 0 is never."""
    return {
        "start_epoch": str(start),
        "answer_uepoch": str(answer * 1_000_000),
        "answer_epoch": str(answer),
        "end_epoch": str(end),
        "billsec": str(end - answer if answer else 0),
    }


def test_seconds_are_those_of_the_outside_leg_also_after_a_transfer() -> None:
    """Ben calls T, hands T on to somebody else, and is gone two seconds after the answer."""

    async def test() -> None:
        async with following() as (served, switch):
            ben = phone_call(LOCAL)
            await switch.tell("CHANNEL_CREATE", ben)
            assert (await Call.place(ben, served.port)).result == "connect"
            now = 1764142000
            outside = trunk_leg(ben)
            outside.answer_state = "answered"
            await switch.tell("CHANNEL_CREATE", outside)
            outside.variables |= {
                "callmark_dialed": "2125550199",
                "transfer_source": "1764142000:x:bl_xfer:2125550199/acme.test/XML",
                "socket_path": "gate?switch=main",
                "callmark_watch": "18",
            }
            ben.variables |= {"transfer_to": f"blind:{outside.uuid}", **times(now, now, now + 2)}
            await switch.tell("CHANNEL_HANGUP_COMPLETE", ben)
            await until(lambda: served.ended)
            assert (await Call.place(outside, served.port)).result == "connect"
            outside.variables |= {**times(now, now, now + 40), "hangup_cause": "NORMAL_CLEARING"}
            await switch.tell("CHANNEL_HANGUP_COMPLETE", outside)
            await until(lambda: len(served.ended) == 3)
        first, second = served.decided
        assert (first.user_id, second.user_id) == (BEN, BEN)
        assert second.linked_id == first.linked_id == ben.uuid
        gone, transferred, billed = served.ended
        assert (gone.id, gone.by, gone.seconds) == (first.id, "caller", 2)
        assert (billed.id, billed.by, billed.seconds) == (first.id, "outside", 40)
        assert billed.disposition == "ANSWERED"
        # The leg was answered before it asked for the second number: that says nothing of it.
        assert (transferred.id, transferred.by) == (second.id, "caller")
        assert (transferred.answered_at, transferred.seconds) == (None, 0)

    run(test)


@pytest.mark.parametrize(
    ("cause", "disposition"),
    [
        ("USER_BUSY", "BUSY"),
        ("NO_ANSWER", "NO ANSWER"),
        ("ORIGINATOR_CANCEL", "NO ANSWER"),
        ("NORMAL_CIRCUIT_CONGESTION", "CONGESTION"),
        ("UNALLOCATED_NUMBER", "FAILED"),
    ],
)
def test_a_call_that_nobody_answered(cause: str, disposition: str) -> None:
    async def test() -> None:
        async with following() as (served, switch):
            ben = phone_call(LOCAL)
            await Call.place(ben, served.port)
            outside = trunk_leg(ben, hangup_cause=cause, **times(1764142000, 0, 1764142030))
            await switch.tell("CHANNEL_HANGUP_COMPLETE", outside)
            await until(lambda: served.ended)
        (end,) = served.ended
        assert (end.disposition, end.seconds, end.answered_at) == (disposition, 0, None)

    run(test)


def test_the_end_of_a_call_that_the_dialplan_decided_is_not_that_of_the_question_before() -> None:
    async def test() -> None:
        async with following() as (served, switch):
            ben = phone_call(LOCAL)
            await Call.place(ben, served.port)
            # Behind a busy line the channel asked again, and the gate was not well.
            ben.variables |= {"callmark_result": "", **times(1764142000, 1764142005, 1764142065)}
            await switch.tell("CHANNEL_HANGUP_COMPLETE", ben)
            outside = trunk_leg(
                ben, callmark_of="none", **times(1764142000, 1764142005, 1764142065)
            )
            await switch.tell("CHANNEL_HANGUP_COMPLETE", outside)
            other = trunk_leg(ben, hangup_cause="USER_BUSY", **times(1764142000, 0, 1764142001))
            await switch.tell("CHANNEL_HANGUP_COMPLETE", other)
            await until(lambda: served.ended)
        assert [(one.by, one.disposition) for one in served.ended] == [("outside", "BUSY")]

    run(test)


def test_a_call_that_came_in_is_on_record_with_who_answered() -> None:
    async def test() -> None:
        async with following() as (served, switch):
            inbound = Channel(headers={"Caller-Caller-ID-Number": "+442079460000"})
            inbound.variables = {"callmark_inbound": "acme", "sip_req_user": "12125550150"}
            await switch.tell("CHANNEL_CREATE", inbound)
            bens = Channel(headers={"Call-Direction": "outbound"})
            bens.variables = {
                "dialed_user": "102",
                "dialed_domain": "acme.test",
                "originating_leg_uuid": inbound.uuid,
                **times(1764142000, 1764142005, 1764142065),
            }
            await switch.tell("CHANNEL_HANGUP_COMPLETE", bens)
            inbound.variables |= times(1764142000, 1764142005, 1764142065)
            await switch.tell("CHANNEL_HANGUP_COMPLETE", inbound)
            await until(lambda: len(served.came_in) == 2)
        rang, whole = served.came_in
        assert rang.id == whole.id
        assert (rang.user_id, rang.disposition) == (CARLA, "ANSWERED")
        assert (whole.caller, whole.dialed) == ("+442079460000", "12125550150")
        assert whole.answered_at == datetime.fromtimestamp(1764142005, UTC)

    run(test)


def test_a_star_code_tags_the_call_and_leaves_no_digit_anywhere(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Transcript E."""

    async def test() -> None:
        async with following() as (served, switch):
            ben = phone_call(LOCAL)
            await Call.place(ben, served.port)
            outside = trunk_leg(ben)
            await switch.tell("CHANNEL_CREATE", outside)
            ben.answer_state, ben.keys = "answered", iter(["8642", CODE])
            ben.variables |= {"signal_bond": outside.uuid, "last_matching_digits": "*50"}
            ran_before = len(ben.ran)
            await switch.tell("CUSTOM", ben, **STAR)
            # Pressed again while it runs: one is enough.
            await switch.tell("CUSTOM", ben, **STAR)
            await until(lambda: served.tagged)
            await until(lambda: "CHANNEL_EXECUTE_COMPLETE" not in switch.subscribed)
            received = switch.wire.received
        (tagged,) = served.tagged
        assert tagged.tag is not None
        assert (tagged.id, tagged.user_id) == (served.decided[0].id, BEN)
        assert [one.result.value for one in tagged.attempts] == ["unknown_code", "accepted"]
        applications = ["read", "multiset", "read", "multiset", "playback"]
        assert [name for name, _ in ben.ran[ran_before:]] == applications
        # Digits pass again, and nothing is left that would press a key into the conversation.
        assert "sensitive_dtmf" not in ben.variables
        assert not [group for group in ben.tasks if group.startswith("callmark-star")]
        assert b"uuid_setvar %s sensitive_dtmf true" % ben.uuid.encode() in received
        assert f"+2 callmark-star-a-{ben.uuid} uuid_recv_dtmf {ben.uuid} #".encode() in received
        for digits in (CODE, "8642"):
            assert not shows(digits, received)
            assert not shows(digits, caplog.text)

    with caplog.at_level(logging.DEBUG):
        run(test)


def test_a_gate_that_hangs_gives_the_leg_back_in_two_seconds() -> None:
    """What the switch will do by itself stands in its scheduler while a code is being typed."""

    async def test() -> None:
        async with following() as (served, switch):
            ben = phone_call(LOCAL)
            ben.answer_state, ben.keys = "answered", iter([CODE])
            at_the_read: list[list[str]] = []
            read = switch._read

            def look(channel: Channel, argument: str) -> str | None:
                at_the_read.extend(
                    tasks for name, tasks in channel.tasks.items() if "callmark-star" in name
                )
                return read(channel, argument)

            switch._read = look  # type: ignore[method-assign]
            await switch.tell("CUSTOM", ben, **STAR)
            await until(lambda: served.tagged)
        assert at_the_read[-1] == [
            f"+2 uuid_recv_dtmf {ben.uuid} #",
            f"+2 uuid_setvar {ben.uuid} sensitive_dtmf",
        ]

    run(test)


def test_when_the_other_side_hangs_up_the_star_code_ends() -> None:
    async def test() -> None:
        async with following() as (served, switch):
            ben, outside = phone_call(LOCAL), Channel()
            ben.answer_state, ben.says_nothing = "answered", True
            ben.variables["signal_bond"] = outside.uuid
            await switch.tell("CUSTOM", ben, **STAR)
            await until(lambda: ben.uuid in switch.reading)
            await switch.tell("CHANNEL_HANGUP", outside)
            await until(lambda: "CHANNEL_EXECUTE_COMPLETE" not in switch.subscribed)
            assert "uuid_recv_dtmf" in switch.did
            assert "sensitive_dtmf" not in ben.variables
            # The key was the switch's, and nobody's entry.
            assert not served.tagged

    run(test)


def test_a_star_code_of_nobody_and_of_a_leg_that_is_gone_end_quietly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test() -> None:
        async with following() as (served, switch):
            nobody = phone_call(LOCAL, user="999")
            await switch.tell("CUSTOM", nobody, **STAR)
            gone = phone_call(LOCAL)
            await switch.tell("CUSTOM", gone, **STAR)
            del switch.channels[gone.uuid]
            await until(lambda: "no user has the phone" in caplog.text)
            await until(lambda: "CHANNEL_EXECUTE_COMPLETE" not in switch.subscribed)
            assert not served.tagged

    with caplog.at_level(logging.WARNING):
        run(test)
    assert "Traceback" not in caplog.text


def test_it_connects_again_after_the_switch_has_gone() -> None:
    async def test() -> None:
        async with following() as (served, switch):
            assert switch.subscribed >= {"CHANNEL_HANGUP_COMPLETE", "CUSTOM", "callmark::star"}
            switch.wire.close()
            await until(lambda: switch.connections >= 2)
            switch.subscribed.clear()
            switch.wire.close()
            await until(lambda: "CHANNEL_HANGUP_COMPLETE" in switch.subscribed)
            ben = phone_call(LOCAL)
            await switch.tell("CHANNEL_CREATE", ben)
            await until(lambda: served.legs.phone(ben.uuid) == "101@acme.test")

    run(test)


def test_a_wrong_password_is_said_once_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async def append(_: object) -> None: ...

        switch = EventSocketOfTheSwitch()
        address = EventSocketAddress("127.0.0.1", await switch.start(), "not-this-one")
        gate = Gate(Snapshot, Lockouts(LockoutRule()), append, lambda code: code)
        watcher = Watcher(gate, Legs(), "main", address, first_retry_seconds=0.001)
        watcher.start()
        await until(lambda: switch.connections >= 3)
        assert not watcher.listening.is_set()
        await watcher.close(0)
        switch.close()

    with caplog.at_level(logging.WARNING):
        run(test)
    assert caplog.text.count("it refused our password") == 1
    assert "not-this-one" not in caplog.text + repr(EventSocketAddress("h", 1, "not-this-one"))


def test_what_is_set_makes_both_ends_or_none() -> None:
    assert FreeSwitchSettings.of("", 4585, "127.0.0.1:8021", "secret") is None
    alone = FreeSwitchSettings.of("main", 0, "127.0.0.1:8021", "")
    assert alone is not None
    assert alone.event_socket is None
    both = FreeSwitchSettings.of("main", 0, "[::1]:8021", "secret")
    assert both is not None
    assert both.event_socket == EventSocketAddress("::1", 8021, "secret")
    for address, password in (
        ("127.0.0.1", "secret"),
        ("127.0.0.1:x", "secret"),
        ("192.0.2.7:8021", "secret"),
        ("switch:8021", "secret"),
        ("127.0.0.1:8021", "two words"),
        ("127.0.0.1:8021", "a\nb"),
    ):
        with pytest.raises(ValueError, match=r".") as problem:
            FreeSwitchSettings.of("main", 0, address, password)
        assert "secret" not in str(problem.value)


def test_a_gate_serves_both_ends_from_its_settings() -> None:
    async def test() -> None:
        async def append(_: object) -> None: ...

        switch = EventSocketOfTheSwitch()
        settings = FreeSwitchSettings.of(
            "main", 0, f"127.0.0.1:{await switch.start()}", switch.password
        )
        assert settings is not None
        gate = Gate(Snapshot, Lockouts(LockoutRule()), append, lambda code: code)
        service = FreeSwitchService(gate, settings)
        await service.start()
        assert service.watcher is not None
        await service.watcher.listening.wait()
        # Nobody is known to an empty gate: the fail policy.
        assert (await Call.place(phone_call(LOCAL), service.server.port)).result == "failed"
        await service.close(1)
        switch.close()

    run(test)
