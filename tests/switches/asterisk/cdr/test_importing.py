"""What the switch's own records tell the history: calls the gate did not see, and their ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callmark.calls.models import Call
from callmark.calls.records import Attempt, LegEnded
from callmark.calls.store import store
from callmark.policy.code_entry import EntryResult
from callmark.policy.outbound import Outcome
from callmark.switches.alone.records import ImportCounts
from callmark.switches.asterisk.cdr.importing import import_file
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call, tag_of

from .lines import ROWS, columns, line

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 6, 57, 11, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "Master.csv"


def imported(file: Path, *lines: str) -> ImportCounts:
    file.write_text("".join(lines))
    return import_file(file).counts


def stored(firm: LawFirm, call_id: str, outcome: str = "connected", **changes: Any) -> Call:  # noqa: ANN401
    """A call of Ben's that the gate has seen, without an end."""
    entry = decided_call(firm, outcome, at=AT, tag=tag_of(firm) if outcome == "connected" else None)
    store([replace(entry, call_id=call_id, **changes)])
    return Call.objects.of(firm.account).get(pk=entry.id)


def mark(outcome: str, number: str = "12125550100", endpoint: str = "firm-101") -> str:
    return f"callmark:{outcome}:firm:{number}:{endpoint}"


def test_a_call_while_the_gate_was_down_is_added_once(firm: LawFirm, file: Path) -> None:
    text = line(1, field=mark("connected_while_down"))

    assert imported(file, text) == ImportCounts(added=1)
    assert imported(file, text, text) == ImportCounts()

    call = Call.objects.of(firm.account).get()
    assert (call.user, call.caller, call.dialed) == (firm.ben, "101", "12125550100")
    assert (call.outcome, call.call_type) == ("connected_while_down", "domestic")
    assert (call.seconds, call.disposition, call.switch_call_id) == (30, "ANSWERED", "pbx-1.1")


def test_without_an_endpoint_in_the_mark_the_channels_name_says_who_called(
    firm: LawFirm, file: Path
) -> None:
    text = line(
        1, field=mark("connected_while_down", endpoint=""), channel="PJSIP/firm-102-0000000a"
    )

    imported(file, text)

    assert Call.objects.of(firm.account).get().user == firm.carla


def test_an_emergency_call_comes_into_the_history(firm: LawFirm, file: Path) -> None:
    text = line(1, field=mark("emergency", "911"))

    assert imported(file, text) == ImportCounts(added=1)
    assert imported(file, text) == ImportCounts()

    call = Call.objects.of(firm.account).get()
    assert (call.outcome, call.call_type, call.dialed) == ("not_gated", "emergency", "911")
    assert call.seconds == 30
    assert call.user == firm.ben


def test_an_emergency_form_that_only_the_switch_knows_is_one_all_the_same(
    firm: LawFirm, file: Path
) -> None:
    imported(file, line(1, field=mark("emergency", "*67911%23", endpoint="nobody")))

    call = Call.objects.of(firm.account).get()
    assert (call.call_type, call.dialed, call.user, call.caller) == (
        "emergency",
        "*67911#",
        None,
        "101",
    )


def test_a_refused_call_has_a_line_with_unanswered_yes(firm: LawFirm, file: Path) -> None:
    text = line(
        1, field=mark("refused_while_down", "0114420"), seconds=0, far="", disposition="NO ANSWER"
    )

    imported(file, text)

    call = Call.objects.of(firm.account).get()
    assert (call.outcome, call.seconds, call.answered_at) == ("refused_while_down", 0, None)
    assert call.disposition == "NO ANSWER"


def test_another_accounts_mark_or_no_mark_adds_nothing(firm: LawFirm, file: Path) -> None:
    counts = imported(
        file,
        line(1),
        line(2, field="their own words"),
        line(3, field="callmark:emergency:nobody:911:x"),
        line(4, field="callmark:free_of_charge:firm:911:x"),
    )

    assert counts == ImportCounts()
    assert not Call.objects.of(firm.account).exists()


def test_an_end_that_the_gate_did_not_see_is_filled_in(firm: LawFirm, file: Path) -> None:
    call = stored(firm, "pbx-1.1")

    assert imported(file, line(1)) == ImportCounts(completed=1)
    assert imported(file, line(1)) == ImportCounts()

    call.refresh_from_db()
    assert (call.seconds, call.disposition) == (30, "ANSWERED")
    assert str(call.ended_at) == "2026-11-23 06:57:42+00:00"


@pytest.mark.parametrize(
    ("name", "number", "seconds"),
    [
        ("blind_to_colleague", 2, 6),
        ("refer_attended_outside_first", 3, 9),
        ("feature_attended_outside_first", 15, 12),
        ("park", 18, 10),
    ],
)
def test_an_end_that_was_only_a_transfer_is_made_later(
    firm: LawFirm, file: Path, name: str, number: int, seconds: int
) -> None:
    text = (ROWS / f"{name}.csv").read_text()
    first = next(one for one in text.splitlines() if f'.{number}"' in one)
    call_id = next(field for field in first.split('"') if field.endswith(f".{number}"))
    call = stored(firm, call_id)
    at_transfer = datetime(2026, 11, 25, 21, 20, tzinfo=UTC)
    store(
        [
            LegEnded(
                id=str(call.pk),
                ended_at=at_transfer,
                answered_at=AT,
                seconds=2,
                disposition="ANSWERED",
            )
        ]
    )

    assert imported(file, text).completed == 1
    assert imported(file, text) == ImportCounts()

    call.refresh_from_db()
    assert call.seconds == seconds
    assert call.account_code == "1234"


TRANSFERRED = line(1, start="06:57:12", end="06:57:17", seconds=5)
"""Its channel was up: the row is *answered* as it starts, and the caller is asked only then."""


def test_a_transferred_call_is_billed_from_the_answer_that_its_outside_line_reported(
    firm: LawFirm, file: Path
) -> None:
    call = stored(firm, "pbx-1.1")
    answered, ended = AT + timedelta(seconds=3, milliseconds=200), AT + timedelta(seconds=6)
    end = LegEnded(
        id=str(call.pk),
        by="outside",
        ended_at=ended,
        answered_at=answered,
        seconds=2,
        disposition="ANSWERED",
    )
    store([end])

    assert imported(file, TRANSFERRED) == ImportCounts()

    call.refresh_from_db()
    assert (call.answered_at, call.seconds) == (answered, 2)


def test_where_no_side_reported_it_the_time_at_the_prompt_is_not_billed(
    firm: LawFirm, file: Path
) -> None:
    # The gate's clock is an hour ahead of the switch's.
    asked = AT + timedelta(hours=1)
    accepted = Attempt(result=EntryResult.ACCEPTED, at=asked + timedelta(seconds=2))
    call = stored(firm, "pbx-1.1", started_at=asked, attempts=(accepted,))

    assert imported(file, TRANSFERRED) == ImportCounts(completed=1)

    call.refresh_from_db()
    assert call.seconds == 3


def test_a_call_that_the_switch_refused_has_no_answer_in_its_line(
    firm: LawFirm, file: Path
) -> None:
    """As Asterisk 22 writes it with unanswered=yes: nothing at all between two commas."""
    real = (
        '"","101","011442079460123","from-firm","""101"" <101>","PJSIP/firm-101-00000001","",'
        '"Hangup","21","2026-11-25 22:28:14",,"2026-11-25 22:28:18",4,0,"FAILED","DOCUMENTATION",'
        '"pbx-1795645694.1","callmark:refused_while_down:firm:011442079460123::1:'
        'pbx-1795645694.1","","pbx-1795645694.1",1\n'
    )

    assert imported(file, real) == ImportCounts(added=1)

    call = Call.objects.of(firm.account).get()
    assert (call.outcome, call.user, call.seconds) == ("refused_while_down", firm.ben, 0)


def test_an_end_is_never_made_shorter(firm: LawFirm, file: Path) -> None:
    call = stored(firm, "pbx-1.1")
    store(
        [
            LegEnded(
                id=str(call.pk), ended_at=AT, answered_at=AT, seconds=400, disposition="ANSWERED"
            )
        ]
    )

    assert imported(file, line(1)) == ImportCounts()
    call.refresh_from_db()
    assert call.seconds == 400


def test_each_leg_of_a_channel_gets_its_own_end(firm: LawFirm, file: Path) -> None:
    text = (ROWS / "colleague_transfers_me_outside.csv").read_text()
    call_id = text.splitlines()[0].split('"DOCUMENTATION","')[1].split('"')[0]
    inside = stored(firm, call_id, started_at=datetime(2026, 11, 25, 21, 16, 12, tzinfo=UTC))
    outside = stored(
        firm, call_id, started_at=datetime(2026, 11, 25, 21, 16, 14, 900_000, tzinfo=UTC)
    )

    assert imported(file, text) == ImportCounts(completed=2)

    for call, seconds in ((inside, 2), (outside, 4)):
        call.refresh_from_db()
        assert call.seconds == seconds


def test_of_a_call_that_came_in_the_trunk_counts(firm: LawFirm, file: Path) -> None:
    text = (ROWS / "inbound_blind_out.csv").read_text()
    call_id = text.splitlines()[0].split('"DOCUMENTATION","')[1].split('"')[0]
    call = stored(
        firm,
        call_id,
        "not_gated",
        direction="inbound",
        started_at=datetime(2026, 11, 25, 21, 17, 4, tzinfo=UTC),
    )

    imported(file, text)

    call.refresh_from_db()
    assert call.seconds == 6


@pytest.mark.parametrize("outcome", ["connected_while_down", "refused_while_down"])
def test_a_gate_that_died_after_its_record_does_not_have_the_last_word(
    firm: LawFirm, file: Path, outcome: str
) -> None:
    call = stored(firm, "pbx-1.1", Outcome.ENDED.value)
    answered = outcome == "connected_while_down"
    text = line(
        1,
        field=mark(outcome),
        seconds=30 if answered else 0,
        disposition="ANSWERED" if answered else "NO ANSWER",
    )

    assert imported(file, text).corrected == 1
    assert imported(file, text) == ImportCounts()

    call.refresh_from_db()
    assert call.outcome == outcome
    assert "Callmark could not be reached in time (Ended after max retries)" in call.why[-1]
    assert call.seconds == (30 if answered else 0)


def test_a_mark_cannot_change_another_accounts_call(firm: LawFirm, file: Path) -> None:
    make_law_firm("other")
    call = stored(firm, "pbx-1.1")

    imported(file, line(1, field="callmark:refused_while_down:other:0114420:x"))

    call.refresh_from_db()
    assert call.outcome == "connected"


def test_what_cannot_be_read_is_counted_and_named_and_the_rest_comes_in(
    firm: LawFirm, file: Path
) -> None:
    good = [line(f"a{n}", field=mark("connected_while_down")) for n in range(30)]
    bad = [columns(good[0], 16), "\n", "\0\0\0\n", good[0][:50] + "\n"] * 10
    file.write_text("".join([*good[:15], *bad, *good[15:], good[0][:60]]))

    found = import_file(file)

    assert (found.rows, found.counts.added, found.skipped_count) == (30, 30, 40)
    assert [one.line for one in found.skipped] == list(range(16, 36))
    assert found.unfinished


def test_a_crash_of_the_switch_leaves_a_call_without_an_end(firm: LawFirm, file: Path) -> None:
    # A killed Asterisk writes nothing about the calls it had.
    call = stored(firm, "pbx-1.9")

    imported(file, line(1))

    call.refresh_from_db()
    assert (call.ended_at, call.seconds) == (None, None)
