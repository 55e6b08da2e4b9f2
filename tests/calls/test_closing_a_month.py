"""A closed month keeps its figures; what comes late is billed in the first open one and says so."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from callmark.accounts.refused import Refused
from callmark.accounts.services import change_account
from callmark.calls.calendars import account_calendar
from callmark.calls.corrections import assign_code
from callmark.calls.inbox import Empty, count_in_closed_months, inbox_state, to_assign
from callmark.calls.models import Adjustment, Call, ClosedMonth
from callmark.calls.months import (
    WarningKind,
    close_month,
    figures,
    months,
    reopen_month,
    warnings,
)
from callmark.calls.moved import Moved, MovedCalls, late_of, learned_later, moved_calls
from callmark.calls.periods import Month
from callmark.calls.records import LegEnded, LegTagged, Side
from callmark.calls.retention import delete_some_calls
from callmark.calls.store import store
from callmark.calls.totals import count_again
from tests.calls.totals import expected, stored
from tests.cast import LawFirm
from tests.factories import decided_call, tag_of
from tests.rows import every

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("the_second_of_april")]

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
NOON = datetime(2026, 3, 10, 16, tzinfo=UTC)


def call_of(firm: LawFirm, at: datetime = NOON, seconds: int | None = 60, **more: str) -> Call:
    outcome = more.get("outcome", "connected")
    tag = tag_of(firm) if outcome == "connected" else None
    record = decided_call(firm, outcome, at=at, tag=tag)
    store([record])
    if seconds is not None:
        ends(record.id, at, seconds)
    return every(Call).get(pk=record.id)


def ends(call_id: object, at: datetime, seconds: int, by: Side = "caller") -> None:
    end = LegEnded(
        id=str(call_id),
        ended_at=at + timedelta(seconds=seconds),
        answered_at=at,
        seconds=seconds,
        disposition="ANSWERED",
        by=by,
    )
    store([end])


def told(firm: LawFirm, month: date) -> tuple[int, int]:
    found = figures(firm.account, month)
    assert sum(one.calls for one in found.by_code) == found.calls
    assert sum(one.seconds for one in found.by_user) == found.seconds
    return found.calls, found.seconds


def test_a_late_record_is_billed_in_the_first_open_month(firm: LawFirm) -> None:
    call_of(firm)
    close_month(firm.account, MARCH, actor=firm.olivia)
    late = call_of(firm)
    assert (late.day, late.billing_month) == (NOON.date(), APRIL)
    assert told(firm, MARCH) == (1, 60)
    assert told(firm, APRIL) == (1, 60)
    assert stored(firm.account) == expected(firm.account)


def test_both_months_and_the_call_say_what_is_billed_later(firm: LawFirm) -> None:
    call = call_of(firm)
    close_month(firm.account, MARCH, actor=firm.olivia)
    assert moved_calls(firm.account, MARCH) == MovedCalls([], [], [])
    late = [call_of(firm, seconds=40), call_of(firm, NOON + timedelta(days=1), seconds=50)]
    ends(call.pk, NOON, 300, by="outside")
    calendar = account_calendar(firm.account)
    assert [late_of(one, calendar) for one in (call, *late)] == [None, Month(MARCH), Month(MARCH)]
    (learned,) = learned_later(call)
    assert (learned.seconds, learned.month) == (240, APRIL)
    they = Moved(MARCH, date(2026, 3, 31), APRIL, 2, 90, None, None)
    more = Moved(MARCH, date(2026, 3, 31), APRIL, 1, 240, None, None)
    assert moved_calls(firm.account, MARCH) == MovedCalls([], [they], [more])
    assert moved_calls(firm.account, APRIL) == MovedCalls([they], [], [])
    # Its own month stays what it was when it was closed; the next one begins in it now.
    change_account(firm.account, {"billing_day": 9}, actor=firm.olivia)
    (they,) = moved_calls(firm.account, MARCH).went
    assert (they.month, they.calls) == (date(2026, 3, 9), 2)
    assert moved_calls(firm.account, they.month).came == [they]
    change_account(firm.account, {"billing_day": 1}, actor=firm.olivia)
    reopen_month(firm.account, MARCH, actor=firm.olivia)
    assert moved_calls(firm.account, MARCH).learned == []


def test_seconds_learned_later_are_an_adjustment_that_says_of_what(firm: LawFirm) -> None:
    call = call_of(firm)
    closed = close_month(firm.account, MARCH, actor=firm.olivia)
    ends(call.pk, NOON, 300, by="outside")
    assert every(Call).get(pk=call.pk).seconds == 300
    assert told(firm, MARCH) == (closed.calls, closed.seconds) == (1, 60)
    (one,) = figures(firm.account, APRIL).adjustments
    assert (one.call, one.of_month, one.calls, one.seconds) == (call, MARCH, 0, 240)
    assert (one.account_code_name, one.user_name) == ("Harper v. Castellan", "Ben")
    assert told(firm, APRIL) == (0, 240)
    reopen_month(firm.account, MARCH, actor=firm.olivia)
    assert told(firm, MARCH) == (1, 300)
    assert told(firm, APRIL) == (0, 0)
    assert not every(Adjustment).exists()
    assert stored(firm.account) == expected(firm.account)


def test_what_a_later_closed_month_has_counted_stays_there(firm: LawFirm) -> None:
    call = call_of(firm)
    close_month(firm.account, MARCH, actor=firm.olivia)
    ends(call.pk, NOON, 300, by="outside")
    with time_machine.travel(datetime(2026, 5, 2, tzinfo=UTC), tick=False):
        close_month(firm.account, APRIL, actor=firm.olivia)
        reopen_month(firm.account, MARCH, actor=firm.olivia)
        assert (told(firm, MARCH), told(firm, APRIL)) == ((1, 60), (0, 240)), "billed once in all"
        ends(call.pk, NOON, 400, by="cdr")
        assert (told(firm, MARCH), told(firm, APRIL)) == ((1, 160), (0, 240))
        close_month(firm.account, MARCH, actor=firm.olivia)
        ends(call.pk, NOON, 500, by="cdr")
        assert told(firm, MAY) in {(0, 0), (0, 100)}


def test_a_month_that_is_not_over_or_is_none_cannot_be_closed(firm: LawFirm) -> None:
    for month, code in (
        (APRIL, "month_not_over"),
        (date(2026, 3, 2), "no_such_month"),
        (date(2999, 1, 1), "month_not_over"),
    ):
        with pytest.raises(Refused) as refused:
            close_month(firm.account, month, actor=firm.olivia)
        assert refused.value.code == code
    close_month(firm.account, MARCH, actor=firm.olivia)
    with pytest.raises(Refused, match="closed already"):
        close_month(firm.account, MARCH, actor=firm.olivia)
    with pytest.raises(Refused, match="not closed"):
        reopen_month(firm.account, APRIL, actor=firm.olivia)


def test_a_month_is_over_when_it_is_over_in_the_accounts_zone(firm: LawFirm) -> None:
    change_account(firm.account, {"time_zone": "Pacific/Auckland"})
    shortly_before = time_machine.travel(datetime(2026, 3, 31, 10, 59, tzinfo=UTC), tick=False)
    with shortly_before, pytest.raises(Refused, match="not over"):
        close_month(firm.account, MARCH, actor=firm.olivia)
    with time_machine.travel(datetime(2026, 3, 31, 11, 0, tzinfo=UTC), tick=False):
        close_month(firm.account, MARCH, actor=firm.olivia)


def test_what_to_know_before_closing(firm: LawFirm) -> None:
    now = datetime(2026, 4, 1, 3, 59, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        call_of(firm, at=now - timedelta(minutes=5), seconds=None)
        call_of(firm, outcome="let_through_unasked")
        call_of(firm, at=NOON - timedelta(days=30))
        end = LegEnded(
            id="3b2c8d1e-0000-8000-8000-000000000001",
            ended_at=now,
            answered_at=None,
            seconds=0,
            disposition="NO ANSWER",
        )
        star_code = LegTagged(
            id="3b2c8d1e-0000-8000-8000-000000000002",
            switch="main",
            call_id="1.1",
            linked_id="1.1",
            account_id=str(firm.account.pk),
            user_id=str(firm.ben.pk),
            extension="101",
            tagged_at=now,
            attempts=(),
            tag=None,
        )
        of_another = replace(star_code, account_id=str(uuid4()), linked_id="2.1")
        store([end, star_code, of_another])
        found = {one.kind: one.count for one in warnings(firm.account, MARCH, in_spools=4)}
    assert found == {
        WarningKind.RUNNING: 1,
        WarningKind.WAITING: 5,
        WarningKind.TO_ASSIGN: 1,
        WarningKind.EARLIER_OPEN: 1,
    }


def test_a_closed_month_survives_the_deletion_of_its_calls(firm: LawFirm) -> None:
    call_of(firm)
    call_of(firm, at=datetime(2026, 4, 1, 12, tzinfo=UTC))
    closed = close_month(firm.account, MARCH, actor=firm.olivia)
    change_account(firm.account, {"calls_kept_days": 7})
    with time_machine.travel(datetime(2026, 7, 1, tzinfo=UTC), tick=False):
        assert delete_some_calls(firm.account) == 2
    count_again(firm.account)
    assert told(firm, MARCH) == (closed.calls, closed.seconds) == (1, 60)
    (by_code,) = figures(firm.account, MARCH).by_code
    assert (by_code.name, by_code.account_code, by_code.code_id) == (
        "Harper v. Castellan",
        "1234",
        firm.code.pk,
    )
    assert told(firm, APRIL) == (0, 0), "nothing was kept of an open month"


def test_a_change_of_calendar_leaves_closed_months_as_they_are(firm: LawFirm) -> None:
    call = call_of(firm, at=datetime(2026, 3, 31, 20, tzinfo=UTC))
    close_month(firm.account, MARCH, actor=firm.olivia)
    mine = call_of(firm, at=datetime(2026, 4, 2, 3, tzinfo=UTC))
    assert mine.day == date(2026, 4, 1), "it was evening in New York"
    change_account(firm.account, {"time_zone": "Asia/Tokyo", "billing_day": 15})
    call.refresh_from_db()
    mine.refresh_from_db()
    assert (call.day, call.billing_month) == (date(2026, 3, 31), MARCH)
    assert (mine.day, mine.billing_month) == (date(2026, 4, 2), date(2026, 3, 15))
    late = call_of(firm)
    assert late.billing_month == date(2026, 3, 15), "the first open month: March was closed whole"
    assert stored(firm.account) == expected(firm.account)


def test_the_list_of_months(firm: LawFirm) -> None:
    call_of(firm)
    close_month(firm.account, MARCH, actor=firm.olivia)
    april, march = months(firm.account)
    assert (march.month.first, march.calls, march.seconds, march.is_over) == (MARCH, 1, 60, True)
    assert march.closed
    assert march.closed.closed_by == "Olivia"
    assert (april.month.first, april.calls, april.closed, april.is_over) == (APRIL, 0, None, False)


def test_a_correction_changes_an_open_months_figures(firm: LawFirm) -> None:
    call = call_of(firm, outcome="let_through_unasked")
    assert figures(firm.account, MARCH).to_assign == 1
    assign_code(firm.account, [call.pk], code=firm.code, actor=firm.olivia)
    found = figures(firm.account, MARCH)
    assert (found.to_assign, [one.name for one in found.by_code]) == (0, ["Harper v. Castellan"])
    assert every(ClosedMonth).count() == 0


def test_what_a_closed_month_left_without_a_code_is_no_work_any_more(firm: LawFirm) -> None:
    call_of(firm, outcome="let_through_unasked")
    assert inbox_state(firm.account, firm.olivia).count == 1
    assert count_in_closed_months(firm.account, firm.olivia) == 0
    close_month(firm.account, MARCH, actor=firm.olivia)
    state = inbox_state(firm.account, firm.olivia)
    assert (state.count, state.empty) == (0, Empty.ALL_DONE)
    assert count_in_closed_months(firm.account, firm.olivia) == 1
    assert not to_assign(firm.account, firm.olivia).exists()
