"""Calls that FreeSWITCH hands over: the measured dialogues, and everything that can go wrong."""

import logging
from collections.abc import Iterator
from functools import partial

import pytest

from callmark.gate.admission import Admission
from callmark.gate.counters import counters
from callmark.log_format import OneLineFormatter
from callmark.policy.overload import Bearable
from callmark.policy.prompts import PromptLanguage
from callmark.switches.freeswitch import server
from callmark.switches.freeswitch.server import Limits
from tests.leaks import shows
from tests.switches.freeswitch.gate import BEN, CODE, CODE_NAME, let_time_pass, run, serving, until
from tests.switches.freeswitch.scripted import Call, Channel, Mishaps, phone_call

ABROAD, LOCAL = "011442079460000", "2125550100"
ENTER, SPLASH = "callmark/enter-code.wav", "callmark/splash.wav"


def test_a_call_with_its_code_goes_on_with_number_and_name_and_leaves_no_digits() -> None:
    async def test() -> None:
        async with serving() as served:
            channel = phone_call(ABROAD, keys=["9999", CODE])
            call = await Call.place(channel, served.port)
        assert (call.result, call.resumed, call.exited) == ("connect", True, True)
        assert channel.heard == [ENTER, "callmark/invalid-entry-4.wav", SPLASH]
        variables = channel.variables
        assert variables["callmark_number"] == ABROAD
        assert variables["callmark_call"] == f"{channel.uuid}/1/{channel.uuid}/101@acme.test"
        # What FreeSWITCH would expand or read as its own is not in the name any more.
        assert variables["callmark_code"] == CODE_NAME.replace("$", "%").replace("\\", "/")
        assert not {"callmark_entry", "read_result", "read_terminator_used"} & set(variables)
        assert variables["execute_on_answer_81"] == "unset sensitive_dtmf"
        assert variables["execute_on_answer_82"] == "flush_dtmf"
        assert variables["sensitive_dtmf"] == "true"
        (record,) = served.decided
        assert (record.outcome, record.user_id, record.call_id) == ("connected", BEN, channel.uuid)
        # Nothing of ours to the switch holds what was typed.
        assert not shows(CODE, call.wire.received)
        assert not shows("9999", call.wire.received)

    run(test)


def test_each_try_is_one_read_and_one_command_between_two() -> None:
    async def test() -> None:
        async with serving() as served:
            channel = phone_call(ABROAD, keys=["9999", CODE])
            call = await Call.place(channel, served.port)
        assert [name for name, _ in channel.ran] == [
            "multiset",
            "read",
            "multiset",
            "read",
            "multiset",
            "playback",
            "set",
            "multiset",
        ]
        assert channel.ran[1][1] == f"1 4 {ENTER} callmark_entry 10000 # 5000"
        assert b"event-lock: true\n" in call.wire.received
        # The dialplan's watchdog has gone when ours came, and ours has a name to cancel it by.
        assert list(channel.tasks) == [f"callmark-{channel.uuid}"]
        ((task,),) = channel.tasks.values()
        assert task.split(" ", 1)[1] == f"uuid_transfer {channel.uuid} callmark-hung XML acme.test"

    run(test)


def test_the_watchdog_goes_back_to_the_context_that_the_dialplan_names() -> None:
    async def test() -> None:
        async with serving() as served:
            channel = phone_call(ABROAD, keys=[CODE])
            channel.headers["Caller-Context"] = "acme@callmark"
            channel.variables["callmark_context"] = "acme.test"
            call = await Call.place(channel, served.port)
        assert call.result == "connect"
        ((task,),) = channel.tasks.values()
        assert task.endswith(" callmark-hung XML acme.test")

    run(test)


def test_a_call_that_needs_no_code_hears_nothing_and_keeps_its_digits() -> None:
    async def test() -> None:
        async with serving() as served:
            channel = phone_call(LOCAL)
            call = await Call.place(channel, served.port)
        assert (call.result, channel.heard) == ("connect", [])
        assert "sensitive_dtmf" not in channel.variables
        assert "execute_on_answer_81" not in channel.variables
        # Its code is nobody's, also where the channel has asked before.
        assert "callmark_code" not in channel.variables

    run(test)


@pytest.mark.parametrize(
    ("entries", "results"),
    [
        (["12#", "1*34", CODE], ["wrong_length", "unknown_code", "accepted"]),
        (["#", "", CODE], ["no_digits", "no_digits", "accepted"]),
        # '#' behind a whole entry ends nothing any more, and is no entry of its own.
        (["9999", "#", CODE], ["unknown_code", "accepted"]),
    ],
)
def test_what_is_typed_is_what_was_entered(entries: list[str], results: list[str]) -> None:
    async def test() -> None:
        async with serving() as served:
            call = await Call.place(phone_call(ABROAD, keys=entries), served.port)
        assert call.result == "connect"
        assert [one.result.value for one in served.decided[0].attempts] == results

    run(test)


def test_prompts_that_are_missing_are_tones_and_the_call_is_asked_all_the_same() -> None:
    async def test() -> None:
        async with serving() as served:
            channel = phone_call(ABROAD, keys=["1", "22", "3"])
            names = ("enter-code", "max-attempts", "goodbye", "wrong-length-4")
            channel.missing = frozenset(f"/sounds/{name}.wav" for name in names)
            channel.variables["callmark_sounds"] = "/sounds"
            call = await Call.place(channel, served.port)
        assert call.result == "end"
        assert all(one.startswith("tone_stream://") for one in channel.heard)
        assert len(served.decided[0].attempts) == 3

    run(test)


def test_prompts_that_are_missing_in_a_language_are_heard_in_english() -> None:
    async def test() -> None:
        async with serving(language=PromptLanguage.SPANISH) as served:
            channel = phone_call(ABROAD, keys=["1", CODE])
            channel.missing = frozenset({"callmark/es/enter-code.wav"})
            call = await Call.place(channel, served.port)
        assert call.result == "connect"
        asked = [one for one in channel.heard if one.endswith(("enter-code.wav", "length-4.wav"))]
        assert asked == ["callmark/enter-code.wav", "callmark/es/wrong-length-4.wav"]

    run(test)


def test_phones_that_send_digits_only_when_answered_are_answered_first() -> None:
    async def test() -> None:
        async with serving() as served:
            channel = phone_call(ABROAD, keys=[CODE])
            channel.variables["callmark_answer_first"] = "true"
            call = await Call.place(channel, served.port)
        assert call.result == "connect"
        assert channel.ran[0] == ("answer", "")
        # Nothing will be "answered" any more, so digits pass again at once, without what is queued.
        assert ("flush_dtmf", "") in channel.ran
        assert "sensitive_dtmf" not in channel.variables

    run(test)


def commands_of(keys: list[str]) -> int:
    """How many commands such a call takes."""
    counted = 0

    async def test() -> None:
        nonlocal counted
        async with serving() as served:
            counted = (await Call.place(phone_call(ABROAD, keys=keys), served.port)).count

    run(test)
    return counted


def test_the_same_call_whatever_the_pieces_and_whatever_comes_in_between() -> None:
    async def test() -> None:
        for mishaps in (Mishaps(split=1), Mishaps(split=7, noise=True), Mishaps(noise=True)):
            async with serving() as served:
                channel = phone_call(ABROAD, keys=["9999", CODE])
                call = await Call.place(channel, served.port, mishaps)
            assert (call.result, len(served.decided)) == ("connect", 1)
            assert [one.result.value for one in served.decided[0].attempts] == [
                "unknown_code",
                "accepted",
            ]

    run(test)


def test_a_hang_up_at_any_command_is_on_record_once_and_connects_nobody() -> None:
    async def test() -> None:
        for at in range(commands):
            async with serving() as served:
                channel = phone_call(ABROAD, keys=["9999", CODE])
                call = await Call.place(channel, served.port, Mishaps(hang_up_at=at))
            assert call.result == "hung up", at
            outcomes = [one.outcome for one in served.decided]
            # Before anything is known of the call there is nothing to write down; after the record
            # is on disk the call goes on as it says.
            assert outcomes in ([], ["abandoned"], ["connected"]), (at, outcomes)
            assert bool(outcomes) == (at > 1), at

    commands = commands_of(["9999", CODE])
    run(test)


@pytest.mark.parametrize("is_cut", [False, True])
def test_a_refused_command_or_a_cut_line_is_the_fail_policy_at_once(is_cut: bool) -> None:
    async def test() -> None:
        for at in range(commands):
            async with serving() as served:
                channel = phone_call(ABROAD, keys=[CODE])
                mishap = Mishaps(drop_at=at) if is_cut else Mishaps(refuse_at=at)
                call = await Call.place(channel, served.port, mishap)
            assert call.result in {"failed", "connect"}, at
            # With a result the record is there, and says what became of the call.
            if call.result == "connect":
                assert [one.outcome for one in served.decided] == ["connected"], at

    commands = commands_of([CODE])
    run(test)


def test_a_switch_that_says_nothing_more_is_given_its_call_back() -> None:
    """Every command is awaited with a limit, or a gate would wait as long as the switch does."""
    hour = 3600.0

    async def test() -> None:
        for at in range(commands):
            async with serving() as served:
                channel = phone_call(ABROAD, keys=["9999", CODE])
                mishaps = Mishaps(silent_at=at, on_silence=partial(let_time_pass, hour))
                call = await Call.place(channel, served.port, mishaps, seconds=2 * hour)
            assert call.count > at
            assert call.result in {"failed", "connect"}, at
            if call.result == "connect":
                assert [one.outcome for one in served.decided] == ["connected"], at

    commands = commands_of(["9999", CODE])
    run(test, seconds=2 * commands * hour)


def test_a_call_counts_while_it_lasts_and_the_log_tells_which_it_is(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now: list[int] = []

    def typing() -> Iterator[str]:
        now.append(counters.calls_now)
        yield CODE

    async def test() -> None:
        async with serving() as served:
            await Call.place(phone_call(ABROAD, keys=typing()), served.port)
            await until(lambda: counters.calls_now == 0)
            nobody = phone_call(ABROAD, user="999")
            assert (await Call.place(nobody, served.port)).result == "failed"
        assert caplog.text.rstrip().endswith(f" call={nobody.uuid} switch=main")

    unknown = counters.unknown
    monkeypatch.setattr(caplog.handler, "formatter", OneLineFormatter())
    run(test)
    assert now == [1]
    assert counters.unknown == unknown + 1


def test_under_overload_who_would_be_asked_gets_the_fail_policy_and_others_go_on() -> None:
    async def test() -> None:
        async with serving() as served:
            served.gate.admission = Admission(Bearable(calls=0))
            asked = await Call.place(phone_call(ABROAD, keys=[CODE]), served.port)
            unasked = await Call.place(phone_call(LOCAL), served.port)
        assert (asked.result, asked.channel.heard, unasked.result) == ("failed", [], "connect")

    shed = counters.shed["calls"]
    run(test)
    assert counters.shed["calls"] == shed + 1


HOSTILE = [
    "011,user/102@acme.test",
    "011,loopback/911/acme.test",
    "011|user/102@acme.test",
    "011,[sip_h_X-Evil=1]sofia/external/1",
    "011@127.0.0.1:9999",
    "011;fs_path=sip:127.0.0.1",
    "011:_:1",
    "^^:011:012",
    "{a=b}011",
    "[a=b]011",
    "011 012",
    "011${uuid}",
    "011\r\nexecute-app-name: system",
    "0114420%2C1",
    "\u0661\u0662\u0663",
    "",
    "9" * 300,
]


@pytest.mark.parametrize("number", HOSTILE)
def test_a_number_that_bridge_would_obey_never_goes_back(number: str) -> None:
    async def test() -> None:
        async with serving() as served:
            channel = phone_call(number, keys=[CODE])
            call = await Call.place(channel, served.port)
        assert call.result in {"connect", "end", "failed"}
        handed_back = channel.variables.get("callmark_number", "")
        line = channel.variables.get("callmark_line", "")
        assert not set(handed_back + line) - set("+0123456789*#")
        if call.result == "connect":
            assert handed_back
        assert b"system" not in call.wire.received

    run(test)


def test_another_path_a_leg_without_an_id_and_an_unknown_phone_are_given_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test() -> None:
        other = phone_call(ABROAD)
        other.variables["socket_path"] = "elsewhere?switch=main"
        nobody = phone_call(ABROAD, user="999")
        nameless = Channel(uuid="")
        odd = phone_call(ABROAD, keys=[CODE])
        odd.headers["Caller-Context"] = "acme test; more"
        async with serving() as served:
            for channel in (other, nobody, nameless, odd):
                call = await Call.place(channel, served.port)
                assert call.result == "failed"
                assert not call.exited
            assert not served.decided

    with caplog.at_level(logging.WARNING):
        run(test)
    assert "path" in caplog.text
    assert "no user has the endpoint '999@acme.test'" in caplog.text


def test_no_log_line_tells_a_digit_that_was_typed(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with serving() as served:
            for mishaps in (Mishaps(), Mishaps(refuse_at=7), Mishaps(drop_at=8)):
                channel = phone_call(ABROAD, user="101", keys=["86753", CODE])
                await Call.place(channel, served.port, mishaps)

    with caplog.at_level(logging.DEBUG):
        run(test)
    assert not shows(CODE, caplog.text)
    assert not shows("8675", caplog.text)


def test_more_calls_than_it_bears_get_the_fail_policy_at_once() -> None:
    async def test() -> None:
        async with serving(Limits(connections=0)) as served:
            with pytest.raises((AssertionError, ConnectionError)):
                await Call.place(phone_call(LOCAL), served.port)
            assert not served.decided

    shed = counters.shed["calls"]
    run(test)
    assert counters.shed["calls"] == shed + 1


def test_it_listens_on_this_machine_alone() -> None:
    assert server.HOST == "127.0.0.1"
