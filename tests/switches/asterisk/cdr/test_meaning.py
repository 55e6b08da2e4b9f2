"""How long the outside channel was talked on, from the rows that a real switch wrote."""

import random

import pytest

from callmark.switches.asterisk.cdr.meaning import CdrLeg, legs_of
from callmark.switches.asterisk.cdr.rows import Mark

from .lines import ROWS, journal_of, line, read

# File: the call's number in it, then the seconds of each of its legs: as placed, by a stopwatch.
PLACED = {
    "plain": (0, [2]),
    "blind_to_colleague": (2, [6]),
    "refer_blind": (0, [6]),
    "twice_transferred": (36, [6]),
    "blind_to_outside": (5, [6]),
    "colleague_transfers_me_outside": (8, [2, 4]),
    "refer_attended_outside_first": (3, [9]),
    "refer_attended_colleague_first": (9, [7]),
    "refer_attended_two_outside": (11, [9]),
    "feature_attended_outside_first": (15, [12]),
    "feature_attended_colleague_first": (23, [7]),
    "park": (18, [10]),
    "ring_group": (21, [2]),
    "failover": (25, [2]),
    "local_n": (28, [3]),
    "local_opt": (32, [3]),
}


def legs(name: str, number: int, *, shuffled: bool = False) -> list[CdrLeg]:
    texts = (ROWS / f"{name}.csv").read_text().splitlines(keepends=True)
    if shuffled:
        random.Random(name).shuffle(texts)
    rows, _ = read("".join(texts).encode())
    call_id = next(row.call_id for row in rows if row.call_id.endswith(f".{number}"))
    return legs_of(call_id, journal_of(texts))


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("name", PLACED)
def test_the_outside_channel_is_followed_to_its_end(name: str, shuffled: bool) -> None:
    number, seconds = PLACED[name]

    found = legs(name, number, shuffled=shuffled)

    assert [leg.far.seconds if leg.far else None for leg in found] == seconds
    assert {leg.disposition for leg in found} == {"ANSWERED"}


def test_of_a_call_that_came_in_the_asking_channel_is_outside() -> None:
    came_in, went_out = legs("inbound_blind_out", 15)

    assert came_in.near
    assert came_in.near.seconds == 6
    assert went_out.far
    assert went_out.far.seconds == 4


def test_a_channels_name_of_another_day_is_another_channel() -> None:
    journal = journal_of(
        [line(1, end="06:57:40"), line(2, start="09:00:00", end="09:30:00", linked=2)]
    )

    (leg,) = legs_of("pbx-1.1", journal)

    assert leg.far
    assert leg.far.seconds == 30


def test_nobody_talked() -> None:
    (leg,) = legs_of("pbx-1.1", journal_of([line(1, disposition="NO ANSWER", seconds=0)]))

    assert (leg.far, leg.near, leg.disposition) == (None, None, "NO ANSWER")


def marks(*fields: tuple[str, str, str]) -> list[Mark | None]:
    texts = [
        line(1, field=field, data=data, far=far, start=f"06:57:1{n}", sequence=n)
        for n, (field, data, far) in enumerate(fields)
    ]
    return [leg.mark for leg in legs_of("pbx-1.1", journal_of(texts))]


FIRST = "callmark:connected_while_down:acme:102:acme-101"
SECOND = "callmark:connected_while_down:acme:12125550100:acme-101"


def test_a_mark_belongs_to_what_was_asked_last() -> None:
    # The switch writes the second mark over the first, in the first row as well.
    found = marks((SECOND, "PJSIP/102", "PJSIP/102-1"), (SECOND, "PJSIP/x@y", "PJSIP/carrier-2"))

    assert [mark and mark.number for mark in found] == [None, "12125550100"]


def test_marks_that_are_kept_belong_to_one_leg_each() -> None:
    both = f"{FIRST};{SECOND}"
    found = marks((both, "PJSIP/102", "PJSIP/102-1"), (both, "PJSIP/x@y", "PJSIP/carrier-2"))

    assert [mark and mark.number for mark in found] == ["102", "12125550100"]


def test_the_other_partys_mark_is_not_this_channels() -> None:
    theirs = line(2, field=FIRST, linked=1, channel="PJSIP/carrier-00000001", far="PJSIP/102-1")
    journal = journal_of([line(1, field=f"mine;{FIRST}"), theirs])

    assert [leg.mark for leg in legs_of("pbx-1.1", journal)] == [None]
    assert [leg.mark and leg.mark.number for leg in legs_of("pbx-1.2", journal)] == ["102"]


def test_a_mark_that_names_its_channel_is_never_anothers() -> None:
    journal = journal_of([line(1, field=f"{FIRST}:1:pbx-1.2;{SECOND}:2:pbx-1.1")])

    (leg,) = legs_of("pbx-1.1", journal)

    assert leg.mark == Mark("connected_while_down", "acme", "12125550100", "acme-101", 2, "pbx-1.1")
