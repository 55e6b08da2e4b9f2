"""A conversation's records in any order, any number of times, in any batches: the same calls.

Several gates write at once, and each takes its spool to the database when it can.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from callmark.calls.models import Call, WaitingRecord
from callmark.calls.records import (
    Direction,
    LegDecided,
    LegTagged,
    Record,
    Side,
    from_line,
    to_line,
)
from callmark.calls.store import store
from callmark.codes.services import add_code
from tests.beginnings import begun_with
from tests.calls.conversations import MATTERS, Conversation, at
from tests.cast import LawFirm, make_law_firm
from tests.examples import examples

pytestmark = pytest.mark.django_db

DIRECTIONS: list[Direction] = ["outbound", "internal"]
SIDES: list[Side] = ["caller", "outside"]

a_few_examples = settings(max_examples=examples(12))


@begun_with
def firm() -> LawFirm:
    firm = make_law_firm()
    for digits in ("2086", "5555"):
        add_code(firm.account, name=MATTERS[digits], code=digits, actor=None)
    return firm


def on_record() -> list[dict[str, Any]]:
    """Every call as it stands, but for what may differ: the order of storing."""
    return [
        {
            "id": str(call.pk),
            "user": call.user_name,
            "outcome": call.outcome,
            "code": (call.account_code, call.account_code_name, call.entered_by),
            "end": (call.answered_at, call.ended_at, call.seconds, call.disposition),
            "told_by": call.end_told_by,
            "entries": [
                (one.at, one.result, one.entered_by, one.account_code_name, str(one.user))
                for one in call.attempts.all()
            ],
        }
        for call in Call.objects.of_every_account("a test").order_by("pk")
    ]


def stored(batches: Sequence[Sequence[Record]]) -> list[dict[str, Any]]:
    """What these batches make of an empty history; nothing of it stays."""
    try:
        with transaction.atomic():
            for batch in batches:
                store(from_line(to_line(one)) for one in batch)
            ends = WaitingRecord.objects.filter(placed_on=None).count()
            found = [*on_record(), {"waiting": ends}]
            raise _Undo
    except _Undo:
        return found


class _Undo(Exception):
    pass


@st.composite
def any_way_to_store(draw: st.DrawFn, records: Sequence[Record]) -> list[list[Record]]:
    """All of them at least once, some again, in any order, in batches of any size."""
    again = draw(st.lists(st.sampled_from(records), max_size=4))
    order = draw(st.permutations([*records, *again]))
    cuts = sorted(draw(st.sets(st.integers(1, len(order)), max_size=4)) | {len(order)})
    return [list(order[a:b]) for a, b in zip([0, *cuts], cuts, strict=False)]


def the_same_in_any_order(data: st.DataObject, records: Sequence[Record]) -> list[dict[str, Any]]:
    expected = stored([records])
    assert stored(data.draw(any_way_to_store(records))) == expected
    *calls, waiting = expected
    assert waiting == {"waiting": 0}
    return calls


@given(data=st.data())
@a_few_examples
def test_the_secretarys_call_is_one_leg_each_and_billed_to_its_end(
    firm: LawFirm, data: st.DataObject
) -> None:
    """Ben dials London with a code and transfers it to Carla, who talks on for 7 s and tags it."""
    talk = Conversation(firm)
    london, transfer = "1700000000.1", "1700000040.9"
    calls = the_same_in_any_order(
        data,
        [
            talk.asked(london, 0, code="1234"),
            talk.ended(london, 45, 5, by="caller"),
            talk.asked(transfer, 40, direction="internal"),
            talk.star_code(transfer, 47, "2086", who="102", wrong=1),
            talk.ended(transfer, 52, 45, by="outside"),
            talk.ended(london, 52, 45, by="outside"),
        ],
    )
    outside, internal = calls
    assert outside["end"] == (at(5), at(52), 47, "ANSWERED")
    assert outside["code"] == ("2086", "Estate of Whitlock", "star_code")
    assert [one[1] for one in outside["entries"]] == ["accepted", "unknown_code", "accepted"]
    assert (internal["code"], internal["entries"]) == (("", "", ""), [])


@given(data=st.data())
@a_few_examples
def test_after_an_attended_transfer_the_outside_leg_gets_the_star_code(
    firm: LawFirm, data: st.DataObject
) -> None:
    """Ben asks Carla first; the call to her is over when she has London and tags it."""
    talk = Conversation(firm)
    london, consultation = "1700000000.1", "1700000020.5"
    outside, internal = the_same_in_any_order(
        data,
        [
            talk.asked(london, 0),
            talk.asked(consultation, 20, direction="internal"),
            talk.star_code(consultation, 60, "1234", who="102"),
            talk.ended(london, 30, 5, by="caller"),
            talk.ended(consultation, 30, 22, by="caller"),
            talk.ended(london, 90, 5, by="outside"),
        ],
    )
    assert outside["code"][0] == "1234"
    assert internal["code"][0] == ""
    assert outside["end"][2] == 85


@given(data=st.data())
@a_few_examples
def test_a_trunk_that_fails_and_one_that_answers_are_one_leg(
    firm: LawFirm, data: st.DataObject
) -> None:
    talk = Conversation(firm)
    call = "1700000000.1"
    (leg,) = the_same_in_any_order(
        data,
        [
            talk.asked(call, 0, code="1234"),
            talk.ended(call, 3, None, by="outside", how="CONGESTION"),
            talk.ended(call, 70, 10, by="outside"),
            talk.ended(call, 40, 10, by="caller"),
        ],
    )
    assert leg["end"] == (at(10), at(70), 60, "ANSWERED")
    assert leg["told_by"] == "outside"


@given(data=st.data())
@a_few_examples
def test_a_ring_group_is_one_inbound_call_of_who_answered(
    firm: LawFirm, data: st.DataObject
) -> None:
    talk = Conversation(firm)
    (call,) = the_same_in_any_order(
        data,
        [
            talk.came_in(None),
            talk.came_in("101", started=2),
            talk.came_in("102", started=2),
            talk.came_in("101", started=2, ended=9),
            talk.came_in("102", started=2, answered=9, ended=39),
            talk.star_code("1700000002.4", 20, "5555", who="102", wrong=2),
        ],
    )
    assert (call["user"], call["end"][2:]) == ("Carla", (30, "ANSWERED"))
    assert call["code"] == ("5555", "Pro bono", "star_code")
    assert len(call["entries"]) == 3


@given(data=st.data())
@a_few_examples
def test_a_missed_call_of_several_phones_is_one_call(firm: LawFirm, data: st.DataObject) -> None:
    talk = Conversation(firm)
    (call,) = the_same_in_any_order(
        data,
        [
            talk.came_in(None),
            talk.came_in("101", started=2, ended=20),
            talk.came_in("102", started=2, ended=21),
        ],
    )
    assert call["end"][3] == "NO ANSWER"


@given(data=st.data())
@a_few_examples
def test_a_call_that_its_phone_forwarded_outside_is_as_long_as_the_leg_it_went_to(
    firm: LawFirm, data: st.DataObject
) -> None:
    """No line of ours in the trunk's context: the phone alone tells of it, and rang in vain."""
    talk = Conversation(firm)
    calls = the_same_in_any_order(
        data,
        [
            talk.came_in("101"),
            talk.came_in("101", ended=2),
            talk.asked("1700000002.4", 2),
            talk.ended("1700000002.4", 2, 2, by="caller"),
            talk.ended("1700000002.4", 45, 5, by="outside"),
        ],
    )
    assert {call["user"] for call in calls} == {"Ben"}
    assert [call["end"][1:] for call in calls] == [(at(45), 43, "ANSWERED")] * 2


@given(data=st.data())
@a_few_examples
def test_a_call_that_its_phone_forwarded_to_a_colleague_is_not_told_by_their_leg(
    firm: LawFirm, data: st.DataObject
) -> None:
    """The colleague's own phone tells of it, if it was answered there."""
    talk = Conversation(firm)
    calls = the_same_in_any_order(
        data,
        [
            talk.came_in("101", ended=2),
            talk.asked("1700000002.4", 2, direction="internal"),
            talk.ended("1700000002.4", 45, 5, by="outside"),
        ],
    )
    assert {call["end"][2:] for call in calls} == {(0, "NO ANSWER"), (40, "ANSWERED")}


@given(data=st.data())
@a_few_examples
def test_a_call_that_rang_in_vain_gets_nothing_of_what_its_phone_dials_next(
    firm: LawFirm, data: st.DataObject
) -> None:
    talk = Conversation(firm)
    calls = the_same_in_any_order(
        data,
        [
            talk.came_in("101", ended=20),
            replace(talk.asked("1700000009.9", 30), linked_id="1700000009.9"),
            talk.ended("1700000009.9", 45, 35, by="outside"),
        ],
    )
    assert {call["end"][2] for call in calls} == {0, 10}


@given(data=st.data())
@a_few_examples
def test_any_conversation_is_the_same_in_any_order(firm: LawFirm, data: st.DataObject) -> None:
    """Legs, ends and star codes as they fall."""
    talk = Conversation(firm)
    moments = st.integers(0, 120)
    legs = [f"17000000{number:02}.{number}" for number in range(data.draw(st.integers(1, 3)))]
    codes = st.sampled_from(["", *MATTERS])
    records: list[Record] = []
    for number, call in enumerate(legs):
        direction: Direction = data.draw(st.sampled_from(DIRECTIONS))
        begun = number * 30
        records.append(talk.asked(call, begun, code=data.draw(codes), direction=direction))
        for _ in range(data.draw(st.integers(0, 3))):
            answered = data.draw(st.none() | st.integers(0, 20))
            end = begun + 20 + data.draw(moments)
            by: Side = data.draw(st.sampled_from(SIDES))
            how = (
                "ANSWERED"
                if answered is not None
                else data.draw(st.sampled_from(["BUSY", "NO ANSWER", "FAILED"]))
            )
            begins = None if answered is None else begun + answered
            records.append(talk.ended(call, end, begins, by=by, how=how))
    for press in range(data.draw(st.integers(0, 3))):
        # No two at the very same moment: the later one is to win.
        when = data.draw(moments) + press / 7
        call = data.draw(st.sampled_from([*legs, "1700000077.7"]))
        who = data.draw(st.sampled_from(["101", "102"]))
        wrong = data.draw(st.integers(0, 2))
        records.append(talk.star_code(call, when, data.draw(codes), who=who, wrong=wrong))
    calls = the_same_in_any_order(data, records)
    assert len(calls) == len(legs)
    entries = sum(len(one.attempts) for one in records if isinstance(one, LegDecided | LegTagged))
    assert sum(len(call["entries"]) for call in calls) == entries


def test_the_last_valid_code_wins_whichever_is_stored_first(firm: LawFirm) -> None:
    talk = Conversation(firm)
    call = "1700000000.1"
    asked, first = talk.asked(call, 0, code="1234"), talk.star_code(call, 10, "2086")
    last = talk.star_code(call, 20, "5555")
    stored_so = stored([[asked], [last], [first]])
    assert stored_so[0]["code"][0] == "5555"
    assert len(stored_so[0]["entries"]) == 3


def test_a_leg_whose_star_code_turns_out_to_be_anothers_gets_its_own_code_back(
    firm: LawFirm,
) -> None:
    talk = Conversation(firm)
    first, second = "1700000000.1", "1700000030.2"
    (a, b, _) = stored(
        [
            [talk.asked(first, 0, code="1234"), talk.star_code(second, 40, "2086")],
            [talk.asked(second, 30, code="5555")],
        ]
    )
    assert (a["code"][0], b["code"][0]) == ("1234", "2086")


def test_a_code_that_somebody_corrected_is_not_replaced_by_a_record_that_comes_late(
    firm: LawFirm,
) -> None:
    talk = Conversation(firm)
    call = "1700000000.1"
    store([talk.asked(call, 0, code="1234")])
    Call.objects.of(firm.account).update(entered_by="corrected")
    store([talk.star_code(call, 10, "2086")])
    assert Call.objects.of(firm.account).get().account_code == "1234"
    assert Call.objects.of(firm.account).get().attempts.count() == 2
