"""Rating again is done in parts: of one that dies nothing is kept, and it is done again."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from callmark.calls import jobs, reratings
from callmark.calls.models import Call, Charge, Job, Rerating, UserTotal
from callmark.calls.reratings import rate_again, set_currency
from callmark.calls.store import store
from callmark.calls.unawaited import unawaited
from callmark.policy.rating import Rate
from callmark.tariffs.services import NewVersion, make_version
from tests.beginnings import begun_with
from tests.calls.totals import expected, expected_one_by_one, stored, stored_one_by_one
from tests.cast import LawFirm, make_law_firm
from tests.factories import ended_call
from tests.rows import every

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("the_second_of_april")]

NOON = datetime(2026, 3, 10, 16, tzinfo=UTC)


class Killed(BaseException):
    """The process is killed."""


@begun_with
def firm() -> LawFirm:
    """Seven calls of a minute in March, at 0.10, and rates of 0.30 since."""
    firm = make_law_firm()
    set_currency(firm.account, "USD", actor=firm.olivia)
    at_rates_of(firm, "0.10")
    for number in range(7):
        store(ended_call(firm, at=NOON + timedelta(hours=number), seconds=60))
    at_rates_of(firm, "0.30")
    return firm


def at_rates_of(firm: LawFirm, price: str) -> None:
    rates = [Rate("Britain", prefix="+44", price=Decimal(price))]
    make_version(firm.account, NewVersion("Rates", "USD", rates), actor=firm.olivia)


def cost_on_record(firm: LawFirm) -> Decimal:
    """Of all calls; every total tells the same."""
    assert stored(firm.account) == expected(firm.account)
    assert stored_one_by_one(firm.account) == expected_one_by_one(firm.account)
    of_calls: Decimal = every(Charge).aggregate(cost=Sum("amount"))["cost"]
    assert every(UserTotal).aggregate(cost=Sum("cost"))["cost"] == of_calls
    return of_calls


def killed_at(statement: int) -> Callable[..., Any]:
    """As the process sends this one of its statements."""
    sent = iter(range(1, 1000))

    def execute(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:  # noqa: ANN401
        # In a test, within whose transaction all is, this stands for keeping what was done.
        if not sql.startswith("RELEASE") and next(sent) == statement:
            raise Killed
        return execute(sql, *rest)

    return execute


def test_of_a_part_that_dies_at_any_statement_nothing_is_kept(
    firm: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One part, which PostgreSQL is sent in several; on SQLite it is all of them at once.
    monkeypatch.setattr(jobs, "RATED_AT_ONCE", 2 if connection.vendor == "postgresql" else 10)
    monkeypatch.setattr(reratings, "HELD_FOR", 60.0)
    again = rate_again(firm.account, since=None, actor=firm.olivia)
    deaths = 0
    for statement in range(1, 100):
        try:
            with connection.execute_wrapper(killed_at(statement)):
                jobs.work_some()
        except Killed:
            deaths += 1
            assert cost_on_record(firm) == Decimal("0.70")
            again.refresh_from_db()
            assert (again.done, again.changed, again.cost_after) == (0, 0, 0)
        else:
            break
    assert deaths > 12
    again.refresh_from_db()
    assert (again.done, again.changed, every(Job).count()) == (7, 7, 0)
    assert (again.cost_before, again.cost_after) == (Decimal("0.70"), Decimal("2.10"))
    assert cost_on_record(firm) == Decimal("2.10")


def test_after_each_part_the_totals_are_the_sum_of_what_calls_cost(
    firm: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "RATED_AT_ONCE", 2)
    monkeypatch.setattr(reratings, "HELD_FOR", 0.0)
    rate_again(firm.account, since=None, actor=firm.olivia)
    costs = []
    while jobs.work_some():
        costs.append(cost_on_record(firm))
    # Two calls more each time, the newest first, and seven of them.
    assert costs[:4] == [Decimal(one) for one in ("1.10", "1.50", "1.90", "2.10")]
    assert every(Rerating).get().done == every(Call).count() == 7


def test_from_a_day_on_in_parts_each_call_is_rated_once(
    firm: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "RATED_AT_ONCE", 3)
    monkeypatch.setattr(reratings, "HELD_FOR", 60.0)
    rate_again(firm.account, since=date(2026, 3, 10), actor=firm.olivia)
    jobs.work_all()
    again = every(Rerating).get()
    assert (again.state, again.done, again.total) == ("done", 7, 7)
    assert cost_on_record(firm) == Decimal("2.10")


def test_what_the_database_could_not_do_is_told_when_it_is_waited_for(firm: LawFirm) -> None:
    """And nothing of it is kept, nor of what was sent before it."""

    def sent() -> None:
        with transaction.atomic(), unawaited() as database, connection.cursor() as cursor:
            cursor.execute("DELETE FROM calls_charge")
            cursor.execute("INSERT INTO calls_charge (call_id) VALUES (NULL)")
            database.wait()

    with pytest.raises(DatabaseError):
        sent()
    assert every(Charge).count() == 7
    assert cost_on_record(firm) == Decimal("0.70")


def test_what_is_asked_ahead_is_read_as_any_question_is(firm: LawFirm) -> None:
    rows = every(Call).order_by("started_at").values_list("pk", "day", "charge__amount", "why")
    with transaction.atomic(), unawaited() as database:
        first = database.ask(rows[:3])
        rest = database.ask(rows[3:])
        database.wait()
        assert [*first(), *rest()] == list(rows)
