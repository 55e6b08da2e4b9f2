"""Assigning a code, taking it away, *not billable*, find-and-replace, and undoing any of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.accounts.services import change_account
from callmark.audit.models import AuditEntry
from callmark.calls import corrections, jobs
from callmark.calls.corrections import (
    assign_code,
    assign_suggested,
    correctable,
    corrections_of,
    replace_code,
    set_not_billable,
    take_code_away,
    undo,
)
from callmark.calls.filters import CallFilter
from callmark.calls.models import Call, CorrectionBatch, Job
from callmark.calls.months import close_month
from callmark.calls.records import LegTagged
from callmark.calls.store import store
from callmark.codes.known_numbers import add_known_number
from callmark.codes.models import AccountCode, KnownNumber
from callmark.codes.services import add_code, delete_code, set_code_active
from callmark.keys import key_file
from callmark.keys.installed import keyring, refresh
from callmark.ops.key_rotation import rotate_keys
from callmark.webhooks.models import WebhookMessage
from callmark.webhooks.services import add_endpoint
from tests.calls.totals import expected, stored
from tests.cast import LawFirm, make_law_firm
from tests.examples import examples
from tests.factories import decided_call, tag_of
from tests.leaks import shows
from tests.rows import every

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 10, 15, tzinfo=UTC)


@pytest.fixture
def whitlock(firm: LawFirm) -> AccountCode:
    return add_code(firm.account, name="Estate of Whitlock", code="2086", actor=None)


def call_of(firm: LawFirm, outcome: str = "let_through_unasked", minutes: int = 0) -> Call:
    at = MARCH + timedelta(minutes=minutes)
    record = decided_call(
        firm, outcome, at=at, tag=tag_of(firm) if outcome == "connected" else None
    )
    store([record])
    return every(Call).get(pk=record.id)


def row(call: Call) -> dict[str, Any]:
    """Everything on a call's record, byte for byte."""
    return dict(every(Call).values().get(pk=call.pk))


def test_a_call_to_assign_gets_a_code_and_leaves_the_inbox(
    firm: LawFirm, whitlock: AccountCode
) -> None:
    call = call_of(firm)
    assert call.needs_code
    batch = assign_code(firm.account, [call.pk], code=whitlock, actor=firm.olivia)
    call.refresh_from_db()
    assert (call.account_code, call.account_code_name) == ("2086", "Estate of Whitlock")
    assert (call.entered_by, call.code, call.needs_code) == ("corrected", whitlock, False)
    assert (batch.state, batch.total, batch.done) == ("done", 1, 1)
    (one,) = corrections_of(call)
    assert (one.before_name, one.after_name) == ("", "Estate of Whitlock")
    assert one.batch.by == firm.olivia
    assert stored(firm.account) == expected(firm.account)


def as_suggested(firm: LawFirm, ids: list[UUID]) -> CorrectionBatch | None:
    """Each call's likely code; None where no call is to be assigned."""
    if not every(Call).filter(pk__in=ids, needs_code=True).exists():
        with pytest.raises(Refused, match="Nothing was assigned"):
            assign_suggested(firm.account, ids, actor=firm.olivia)
        return None
    return assign_suggested(firm.account, ids, actor=firm.olivia)


@settings(max_examples=examples(6))
@given(
    steps=st.lists(
        st.sampled_from(["assign", "other", "suggested", "clear", "not billable", "billable"]),
        max_size=5,
    ),
    outcomes=st.lists(
        st.sampled_from(["connected", "let_through_unasked", "not_gated"]), min_size=1, max_size=4
    ),
)
def test_undoing_everything_brings_back_exactly_what_was(
    firm: LawFirm, whitlock: AccountCode, steps: list[str], outcomes: list[str]
) -> None:
    calls = [call_of(firm, outcome) for outcome in outcomes]
    ids = [call.pk for call in calls]
    before = [row(call) for call in calls]
    sums = stored(firm.account)
    act: dict[str, Callable[[], CorrectionBatch | None]] = {
        "assign": lambda: assign_code(firm.account, ids, code=firm.code, actor=firm.olivia),
        "other": lambda: assign_code(firm.account, ids, code=whitlock, actor=firm.olivia),
        "suggested": lambda: as_suggested(firm, ids),
        "clear": lambda: take_code_away(firm.account, ids, actor=firm.olivia),
        "not billable": lambda: set_not_billable(
            firm.account, ids, not_billable=True, actor=firm.olivia
        ),
        "billable": lambda: set_not_billable(
            firm.account, ids, not_billable=False, actor=firm.olivia
        ),
    }
    if not every(KnownNumber).exists():
        add_known_number(whitlock, calls[0].e164, actor=firm.olivia)
    batches = [batch for step in steps if (batch := act[step]())]
    changed = [row(call) for call in calls]
    for batch in reversed(batches):
        undone = undo(batch, actor=firm.olivia)
    assert [row(call) for call in calls] == before
    assert stored(firm.account) == sums
    if batches:
        for batch in [undone]:
            undo(batch, actor=firm.olivia)
        if len(batches) == 1:
            assert [row(call) for call in calls] == changed, "undoing an undo does it again"


def test_what_was_changed_since_is_not_undone_over_it(firm: LawFirm, whitlock: AccountCode) -> None:
    call = call_of(firm)
    first = assign_code(firm.account, [call.pk], code=whitlock, actor=firm.olivia)
    second = assign_code(firm.account, [call.pk], code=firm.code, actor=firm.olivia)
    before = row(call)
    with pytest.raises(Refused, match="changed since") as refused:
        undo(first, actor=firm.olivia)
    assert refused.value.code == "changed_since"
    assert row(call) == before
    undo(second, actor=firm.olivia)
    undo(first, actor=firm.olivia)
    with pytest.raises(Refused, match="undone already"):
        undo(first, actor=firm.olivia)


def test_undoing_after_keys_were_changed(
    own_keys: Path, firm: LawFirm, whitlock: AccountCode
) -> None:
    call = call_of(firm, "connected")
    batch = assign_code(firm.account, [call.pk], code=whitlock, actor=firm.olivia)
    key_file.add_primary_key(own_keys)
    refresh()
    # Counted under the new key's hash, before what the old one hashed is renewed.
    call_of(firm, "connected")
    assign_code(firm.account, [call_of(firm).pk], code=whitlock, actor=firm.olivia)
    rotate_keys()
    assert stored(firm.account) == expected(firm.account)
    undo(batch, actor=firm.olivia)
    call.refresh_from_db()
    assert (call.account_code, call.account_code_name) == ("1234", "Harper v. Castellan")
    assert call.account_code_lookup == keyring().lookup(firm.account.pk, "1234")
    assert stored(firm.account) == expected(firm.account)


def test_a_code_that_was_deleted_since_comes_back_as_digits_and_name(
    firm: LawFirm, whitlock: AccountCode
) -> None:
    call = call_of(firm)
    assign_code(firm.account, [call.pk], code=whitlock, actor=firm.olivia)
    second = assign_code(firm.account, [call.pk], code=firm.code, actor=firm.olivia)
    delete_code(whitlock, actor=None)
    undo(second, actor=firm.olivia)
    call.refresh_from_db()
    assert (call.account_code, call.account_code_name, call.code) == (
        "2086",
        "Estate of Whitlock",
        None,
    )


def test_a_wrong_code_is_replaced_on_every_call_that_has_it(
    firm: LawFirm, whitlock: AccountCode
) -> None:
    wrong = [call_of(firm, "connected", minutes) for minutes in range(3)]
    other = call_of(firm)
    within = CallFilter(since=MARCH, until=MARCH + timedelta(minutes=2))
    batch = replace_code(firm.account, firm.code, whitlock, within=within, actor=firm.olivia)
    names = [every(Call).get(pk=call.pk).account_code_name for call in wrong]
    assert names == ["Estate of Whitlock"] * 2 + ["Harper v. Castellan"]
    assert batch.total == 2
    assert every(Call).get(pk=other.pk).account_code_name == ""


def test_many_calls_are_corrected_by_the_worker_in_parts(
    firm: LawFirm, whitlock: AccountCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corrections, "AT_ONCE", 3)
    monkeypatch.setattr(jobs, "AT_ONCE", 3)
    calls = [call_of(firm, minutes=number) for number in range(8)]
    batch = assign_code(firm.account, CallFilter(to_assign=True), code=whitlock, actor=firm.olivia)
    assert (batch.state, batch.total, batch.done) == ("waiting", 8, 0)
    with pytest.raises(Refused, match="under way"):
        undo(batch, actor=firm.olivia)
    done = []
    while jobs.work_some():
        batch.refresh_from_db()
        done.append((batch.state, batch.done))
        assert stored(firm.account) == expected(firm.account)
    assert done == [("running", 3), ("running", 6), ("done", 8)]
    assert not every(Job).exists()
    assert batch.finished_at
    undoing = undo(batch, actor=firm.olivia)
    jobs.work_all()
    undoing.refresh_from_db()
    assert (undoing.done, undoing.left) == (8, 0)
    assert all(every(Call).get(pk=call.pk).needs_code for call in calls)


def test_a_closed_month_refuses_and_a_job_leaves_its_calls_out(
    firm: LawFirm, whitlock: AccountCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corrections, "AT_ONCE", 1)
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    calls = [call_of(firm), call_of(firm)]
    batch = assign_code(firm.account, [one.pk for one in calls], code=whitlock, actor=firm.olivia)
    assert jobs.work_some()
    close_month(firm.account, MARCH.date().replace(day=1), actor=firm.olivia)
    jobs.work_all()
    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.left) == ("done", 1, 1)
    acts: tuple[Callable[[], object], ...] = (
        lambda: assign_code(firm.account, [calls[0].pk], code=firm.code, actor=firm.olivia),
        lambda: take_code_away(firm.account, [calls[0].pk], actor=firm.olivia),
        lambda: set_not_billable(firm.account, [calls[0].pk], not_billable=True, actor=firm.olivia),
    )
    for correct in acts:
        with pytest.raises(Refused, match="closed month") as refused:
            correct()
        assert refused.value.code == "month_closed"


def test_who_may_correct_which_calls(firm: LawFirm, whitlock: AccountCode) -> None:
    stranger = make_law_firm("other").olivia
    mine = call_of(firm)
    simulated = decided_call(firm, "let_through_unasked", at=MARCH, simulated=True)
    store([simulated])

    def may(person: User) -> bool:
        firm.account.refresh_from_db()
        return list(correctable(firm.account, person)) == [mine]

    assert may(firm.olivia)
    assert may(firm.otto)
    assert not any(map(may, (firm.ben, firm.carla, firm.rick, stranger)))
    change_account(firm.account, {"users_may_correct": True})
    assert may(firm.ben)
    assert not any(map(may, (firm.carla, firm.rick, stranger)))
    with pytest.raises(Refused) as refused:
        assign_code(firm.account, [mine.pk], code=whitlock, actor=firm.carla)
    assert refused.value.code == "no_such_call"
    by_olivia = assign_code(firm.account, [mine.pk], code=whitlock, actor=firm.olivia)
    with pytest.raises(Refused) as refused:
        undo(by_olivia, actor=firm.ben)
    assert refused.value.code == "forbidden"
    set_code_active(whitlock, active=False, actor=None)
    with pytest.raises(Refused, match="not active"):
        assign_code(firm.account, [mine.pk], code=whitlock, actor=firm.ben)


def test_a_code_of_another_account_cannot_be_assigned(firm: LawFirm) -> None:
    theirs = make_law_firm("other")
    call = call_of(firm)
    with pytest.raises(Refused) as refused:
        assign_code(firm.account, [call.pk], code=theirs.code, actor=firm.olivia)
    assert refused.value.code == "no_such_code"
    with pytest.raises(Refused):
        assign_code(theirs.account, [call.pk], code=theirs.code, actor=theirs.olivia)


def test_digits_that_are_no_code_only_where_nothing_is_validated(firm: LawFirm) -> None:
    call = call_of(firm)
    with pytest.raises(Refused, match="one of the account's codes"):
        assign_code(firm.account, [call.pk], digits="7777", actor=firm.olivia)
    assign_code(firm.account, [call.pk], digits="1234", actor=firm.olivia)
    assert every(Call).get(pk=call.pk).code == firm.code
    every(type(firm.account.code_settings)).update(validate=False)
    assign_code(firm.account, [call.pk], digits="7777", actor=firm.olivia)
    assert every(Call).get(pk=call.pk).account_code == "7777"
    with pytest.raises(Refused):
        assign_code(firm.account, [call.pk], digits="77", actor=firm.olivia)


def test_programs_are_told_of_corrected_calls(firm: LawFirm, whitlock: AccountCode) -> None:
    add_endpoint(firm.account, url="https://hooks.example/", events=["call.corrected"], actor=None)
    calls = [call_of(firm), call_of(firm)]
    batch = assign_code(firm.account, [one.pk for one in calls], code=whitlock, actor=firm.olivia)
    messages = list(every(WebhookMessage).filter(event="call.corrected"))
    assert {one.data["call"]["id"] for one in messages} == {str(one.pk) for one in calls}
    assert messages[0].data["account_code"]["entered_by"] == "corrected"
    assert messages[0].data["correction"]["id"] == str(batch.pk)
    assert messages[0].data["correction"]["by"]["name"] == "Olivia"
    assert not shows("2086", messages[0].data)


def test_the_activity_tells_the_name_and_never_the_digits(
    firm: LawFirm, whitlock: AccountCode
) -> None:
    calls = [call_of(firm).pk, call_of(firm).pk]
    batch = assign_code(firm.account, calls, code=whitlock, actor=firm.olivia)
    undo(batch, actor=firm.olivia)
    told = every(AuditEntry).filter(action__startswith="calls.").order_by("at")
    assert [(one.action, one.after["total"]) for one in told] == [
        ("calls.corrected", 2),
        ("calls.correction_undone", 2),
    ]
    assert not shows("2086", [one.after for one in told])


def test_a_star_code_that_comes_later_does_not_undo_what_somebody_said(
    firm: LawFirm, whitlock: AccountCode
) -> None:
    call = call_of(firm, "not_gated")
    assign_code(firm.account, [call.pk], code=whitlock, actor=firm.olivia)
    store(
        [
            LegTagged(
                id=str(call.pk),
                switch="main",
                call_id=call.switch_call_id,
                linked_id="",
                account_id=str(firm.account.pk),
                user_id=str(firm.ben.pk),
                extension="101",
                tagged_at=MARCH + timedelta(seconds=30),
                attempts=(),
                tag=replace(tag_of(firm), entered_by="star_code"),
            )
        ]
    )
    call.refresh_from_db()
    assert call.account_code_name == "Estate of Whitlock"
    assert every(CorrectionBatch).count() == 1
