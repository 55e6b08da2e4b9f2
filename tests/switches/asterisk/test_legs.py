"""What the dialplan tells the gate: each question once, who asked for it, and when it ended."""

import time
from collections.abc import Iterator

import pytest

from callmark.switches.asterisk.report_file import LOOK_SECONDS

from .harness.recorder import Recorder, Told
from .harness.world import PhoneCall, World

pytestmark = pytest.mark.asterisk


@pytest.fixture
def gate(world: World) -> Iterator[Recorder]:
    with Recorder(world.gates["own"].port) as recorder:
        yield recorder


def end_of(gate: Recorder, call_id: str, by: str) -> Told:
    return gate.wait(
        lambda one: (
            one.script == "end" and one.values["call"] == call_id and one.values["by"] == by
        ),
        f"the end of {call_id} by the {by}",
    )


def ends_of(gate: Recorder, call_id: str) -> list[Told]:
    """All that were told of a call by now, those in the switch's file, too."""
    time.sleep(3 * LOOK_SECONDS)
    return [one for one in gate.all("end") if one.values["call"] == call_id]


def test_a_question_names_what_was_dialed_and_the_leg(world: World, gate: Recorder) -> None:
    gate.answers["CALLMARK_NUMBER"] = "12125550100"
    call = world.call("fragile-801", "2125550100%26x%22%2C3%24", arrives_as="12125550100")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    (question,) = gate.all("gate")
    assert question.query == {"switch": "main", "account": "fragile"}
    assert question.channel.startswith("PJSIP/fragile-801-")
    assert question.values == {
        "dialplan": "4",
        "number": '2125550100&x",3$',
        "linked": call.unique_id,
        "leg": "1",
        "endpoint": "",
        "payer": "",
        "answer": "no",
        "blind": "",
        "attended": "",
        "forwarder": "",
        "system": "switch",
        "entity": question.values["entity"],
    }
    assert call.dialed_outside() == {"12125550100@carrier"}


def test_an_answered_call_is_reported_once_by_its_outside_line(
    world: World, gate: Recorder
) -> None:
    call = world.call("fragile-801", "12125550101")
    call.wait_answered()
    world.wait_until(lambda: _up_for(world, call) > 1.2, "a second of talk")
    call.hang_up()
    call.wait_over()

    callee = end_of(gate, call.unique_id, "callee").values
    assert (callee["status"], callee["leg"]) == ("ANSWER", "1")
    assert abs(int(callee["seconds"]) - int(call.cdr()["billsec"])) <= 1
    assert int(callee["seconds"]) >= 1
    assert len(ends_of(gate, call.unique_id)) == 1


def test_a_call_that_nobody_answers_is_reported_by_its_caller_alone(
    world: World, gate: Recorder
) -> None:
    call = world.call("fragile-801", "12125550179")
    call.wait_over()

    assert end_of(gate, call.unique_id, "caller").values["status"] == "BUSY"
    assert len(ends_of(gate, call.unique_id)) == 1


def test_a_blind_transfer_is_a_leg_of_who_transfers_and_the_first_ends_with_the_talk(
    world: World, gate: Recorder
) -> None:
    call = world.call("fragile-801", "12125550101")
    call.wait_answered()
    _transfer(world, call, call.switch_channel, "802")
    second = gate.wait(lambda one: one.values.get("number") == "802", "the second question")
    assert not ends_of(gate, call.unique_id)
    world.pbx_ami.wait_for(
        lambda e: (
            e.get("Event") == "DialEnd"
            and e.get("DestChannel", "").startswith("PJSIP/fragile-802-")
            and e.get("DialStatus") == "ANSWER"
        ),
        what="the colleague to answer",
        start=call.first_event,
    )
    outside = call.wait_arrived()["Channel"]
    world.phones_ami.action("Hangup", Channel=outside)
    end = end_of(gate, call.unique_id, "callee")

    assert second.channel.startswith("PJSIP/carrier-")
    assert second.values["blind"] == call.switch_channel
    assert second.values["leg"] == "1"
    assert second.values["linked"] == call.unique_id
    assert end.values["leg"] == "1"


def test_a_caller_who_is_transferred_asks_again_and_old_news_is_not_told_twice(
    world: World, gate: Recorder
) -> None:
    call = world.call("fragile-801", "802")
    call.wait_answered()
    colleague = _other_side(world, call)
    _transfer(
        world, call, colleague, "12125550180"
    )  # the first trunk is full: the dialplan tries again
    second = gate.wait(lambda one: one.values.get("number") == "12125550180", "the second question")
    call.wait_over()

    assert (second.values["leg"], second.values["blind"]) == ("2", colleague)
    assert len(gate.all("gate")) == 2
    ends = [one.values for one in ends_of(gate, call.unique_id) if one.values["by"] == "caller"]
    assert [(one["leg"], one["status"]) for one in ends] == [("1", "ANSWER"), ("2", "CONGESTION")]


def test_a_trunk_fail_over_is_the_same_leg(world: World, gate: Recorder) -> None:
    call = world.call("fragile-801", "12125550180")
    call.wait_over()

    assert call.applications().count("Dial") == 2
    assert len(gate.all("gate")) == 1
    assert end_of(gate, call.unique_id, "caller").values["leg"] == "1"


def test_a_call_that_comes_in_is_told_with_its_number_its_phone_and_its_end(
    world: World, gate: Recorder
) -> None:
    call = world.call("carrier", "fragile*801*2125550199")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    came = gate.wait(lambda one: "started" in one.values, "the call that came in").values
    assert (came["did"], came["caller"]) == ("2125550199", "2125559999")
    ended = _told_ends(gate, 2)
    assert {one.values["linked"] for one in gate.told} == {call.unique_id}
    assert {one.script for one in gate.told} == {"inbound"}
    (phone,) = [one for one in ended if one.values.get("by") == "callee"]
    assert phone.channel.startswith("PJSIP/fragile-801-")
    assert {one.values["status"] for one in ended} == {"ANSWER"}
    moments = [[float(one.values[name]) for name in ("answered", "ended")] for one in ended]
    assert all(0 < answered <= end + 1 for answered, end in moments)


def test_without_that_line_the_called_phone_tells_it(world: World, gate: Recorder) -> None:
    call = world.call("carrier", "fragile*801")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    (ended,) = _told_ends(gate, 1)
    rang = gate.told[0]
    assert rang.script == "inbound"
    for told in (rang, ended):
        assert told.channel.startswith("PJSIP/fragile-801-")
        assert told.values["linked"] == call.unique_id
        assert told.values["by"] == "callee"


def _told_ends(gate: Recorder, count: int) -> list[Told]:
    def ends() -> list[Told]:
        return [one for one in gate.told if one.values.get("ended")]

    gate.wait(lambda _: len(ends()) == count, f"{count} ends")
    return ends()


def _up_for(world: World, call: PhoneCall) -> float:
    seconds = world.pbx_ami.action("Getvar", Channel=call.switch_channel, Variable="CDR(billsec)")
    return float(seconds["Value"] or 0)


def _transfer(world: World, call: PhoneCall, channel: str, number: str) -> None:
    call.wait_talking()
    world.pbx_ami.action("BlindTransfer", Channel=channel, Context="from-fragile", Exten=number)


def _other_side(world: World, call: PhoneCall) -> str:
    begun = world.pbx_ami.wait_for(
        lambda e: e.get("Event") == "DialBegin" and e.get("Uniqueid") == call.unique_id,
        what="the other side to be dialed",
        start=call.first_event,
    )
    return begun["DestChannel"]
