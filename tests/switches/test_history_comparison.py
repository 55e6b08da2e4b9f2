"""The comparison of history with Asterisk's CDR finds what it is there to find."""

from typing import Any

from tests.switches.asterisk.harness.history import differences, outside_legs

TRUNKS = ("trunk", "second")


def row(
    channel: str, other: str, start: int, answer: int | None, end: int, **more: str
) -> dict[str, str]:
    def at(second: int | None) -> str:
        return "" if second is None else f"2026-11-23 06:57:{second:02}"

    times = {"start": at(start), "answer": at(answer), "end": at(end)}
    return {"channel": channel, "dstchannel": other, "linkedid": "1", "lastdata": ""} | times | more


LONDON = {"lastdata": "PJSIP/011442079460000@trunk,,g"}
CALL = [row("PJSIP/101-1", "PJSIP/trunk-2", 0, 5, 10, **LONDON)]
TRANSFERRED = [*CALL, row("PJSIP/trunk-2", "PJSIP/102-3", 10, 10, 17)]


def record(
    seconds: int, direction: str = "outbound", number: str = "9011442079460000"
) -> dict[str, Any]:
    return {
        "direction": direction,
        "dialed": number,
        "e164": "",
        "seconds": seconds,
        "answered_at": "then" if seconds else None,
        "linked_id": "1",
        "switch_call_id": "1",
    }


def test_a_leg_lasts_over_its_transfers() -> None:
    (leg,) = outside_legs(TRANSFERRED, TRUNKS)
    assert (leg.number, leg.seconds) == ("011442079460000", 12)


def test_the_same_is_the_same_within_a_second() -> None:
    legs = outside_legs(TRANSFERRED, TRUNKS)
    assert differences(legs, [record(12)]) == differences(legs, [record(11)]) == []


def test_too_few_seconds_are_found() -> None:
    (wrong,) = differences(outside_legs(TRANSFERRED, TRUNKS), [record(5)])
    assert "5 s in history, 12 s at the trunk" in wrong


def test_a_lost_leg_and_a_doubled_one_are_found() -> None:
    legs = outside_legs(CALL, TRUNKS)
    assert differences(legs, []) == ["011442079460000 is in history 0 times"]
    assert "011442079460000 is in history 2 times" in differences(legs, [record(5), record(5)])


def test_talk_that_only_history_knows_is_found() -> None:
    (wrong,) = differences([], [record(5)])
    assert "answered in history, not at the trunk" in wrong


def test_attempts_on_two_trunks_are_one_leg() -> None:
    refused = row("PJSIP/101-1", "PJSIP/trunk-2", 0, None, 1, **LONDON)
    taken = row("PJSIP/101-1", "PJSIP/second-3", 1, 2, 9, **LONDON)
    legs = outside_legs([refused, taken], TRUNKS)
    assert [leg.seconds for leg in legs] == [7]
    assert differences(legs, [record(7)]) == []


def test_a_call_that_came_in_is_known_by_its_channel() -> None:
    legs = outside_legs([row("PJSIP/trunk-1", "PJSIP/101-2", 0, 3, 9)], TRUNKS)
    assert differences(legs, [record(6, "inbound", "101")]) == []
    assert differences(legs, []) == ["the call from PJSIP/trunk-1 is in history 0 times"]
