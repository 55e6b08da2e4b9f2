"""A month is closed while gates write: no call is lost, and none is in two months."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from django.db import transaction

from callmark.accounts.services import change_account
from callmark.calls.corrections import assign_code
from callmark.calls.models import Adjustment, Call, ClosedMonth
from callmark.calls.months import close_month, figures
from callmark.calls.records import LegEnded, Record
from callmark.calls.store import store
from tests.calls.beside import Beside
from tests.calls.totals import expected, stored
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call
from tests.rows import every

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

MARCH = date(2026, 3, 1)
NOON = datetime(2026, 3, 10, 16, tzinfo=UTC)
CALLS = 12


@pytest.fixture
def firm() -> LawFirm:
    return make_law_firm()


def at_once(*works: Callable[[], object]) -> None:
    """Begin all of them at the same moment; what goes wrong in one is raised."""
    begin = threading.Barrier(len(works))

    def with_the_others(work: Callable[[], object]) -> None:
        begin.wait(10)
        work()

    every_one = [Beside(partial(with_the_others, work)) for work in works]
    for one in every_one:
        one.begin()
    for one in every_one:
        one.wait()


def end_of(record: Record, seconds: int) -> LegEnded:
    return LegEnded(
        id=record.id,
        ended_at=NOON + timedelta(seconds=seconds),
        answered_at=NOON,
        seconds=seconds,
        disposition="ANSWERED",
    )


def test_a_record_written_as_the_month_closes_is_in_it_or_an_adjustment(firm: LawFirm) -> None:
    early = [decided_call(firm, "let_through_unasked", at=NOON) for _ in range(CALLS)]
    late = [decided_call(firm, "not_gated", at=NOON) for _ in range(CALLS)]
    store(early)

    def write(number: int) -> Callable[[], None]:
        def work() -> None:
            for one, other in zip(early[number::2], late[number::2], strict=True):
                store([end_of(one, 60), other, end_of(other, 7)])

        return work

    at_once(write(0), write(1), lambda: close_month(firm.account, MARCH, actor=firm.olivia))
    assert stored(firm.account) == expected(firm.account)
    closed = every(ClosedMonth).get()
    kept = figures(firm.account, MARCH)
    assert (kept.calls, kept.seconds) == (closed.calls, closed.seconds)
    in_march = every(Call).filter(billing_month=MARCH)
    assert every(Call).count() == 2 * CALLS
    assert in_march.count() == closed.calls
    later = sum(one.seconds for one in every(Adjustment))
    elsewhere = sum(one.seconds or 0 for one in every(Call).exclude(billing_month=MARCH))
    assert closed.seconds + later + elsewhere == CALLS * 67


def test_correcting_closing_and_a_new_calendar_wait_for_each_other(firm: LawFirm) -> None:
    records = [decided_call(firm, "let_through_unasked", at=NOON) for _ in range(CALLS)]
    store([*records, *(end_of(one, 60) for one in records)])
    ids = [UUID(one.id) for one in records]

    def correct() -> None:
        for pk in ids:
            with transaction.atomic():
                assign_code(firm.account, [pk], code=firm.code, actor=firm.olivia)

    def change_calendar() -> None:
        for zone in ("Europe/Berlin", "America/New_York", "Asia/Tokyo"):
            change_account(firm.account, {"time_zone": zone}, actor=firm.olivia)

    def write() -> None:
        for one in records:
            store([end_of(one, 90)])

    at_once(correct, change_calendar, write)
    assert stored(firm.account) == expected(firm.account)
