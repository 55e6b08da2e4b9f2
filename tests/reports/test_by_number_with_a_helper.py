"""PostgreSQL may read a month's calls in two processes: the second sees what the first may see."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from callmark.accounts.row_security import NO_ACCOUNT, scope_of, seeing
from callmark.calls.store import store
from callmark.reports import making
from callmark.reports.definitions import Definition, Figures, What
from callmark.reports.making import make_report
from callmark.reports.reading import with_a_helper
from tests.cast import make_law_firm
from tests.factories import ended_call

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]

NOW = datetime(2026, 4, 10, 12, tzinfo=UTC)
MARCH = datetime(2026, 3, 10, 12, tzinfo=UTC)
BY_NUMBER = Definition(what=What.NUMBER, preset="", since="2026-03-01", until="2026-03-31")
ALL_TO_HELPERS = (
    # Two of them, or it would expect nothing of a process that does not read itself.
    "ALTER TABLE calls_countedcall SET (parallel_workers = 2)",
    "SET LOCAL max_parallel_workers_per_gather = 2",
    "SET LOCAL parallel_leader_participation = off",
    "SET LOCAL parallel_setup_cost = 0",
    "SET LOCAL cpu_tuple_cost = 1000",
    "SET LOCAL enable_indexscan = off",
    "SET LOCAL enable_bitmapscan = off",
)


def with_all_left_to_it() -> None:
    """Also of few calls, each of which is read by a helper then."""
    with_a_helper()
    with connection.cursor() as cursor:
        for statement in ALL_TO_HELPERS:
            cursor.execute(statement)


def test_a_helper_reads_the_account_s_calls_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = make_law_firm(), make_law_firm("theirs")
    for firm, seconds in ((ours, 60), (ours, 6), (theirs, 600)):
        store(ended_call(firm, at=MARCH, seconds=seconds))
    with connection.cursor() as cursor:
        # PostgreSQL may have counted the table while tests had left it empty.
        cursor.execute("ANALYZE calls_countedcall")
    plans: list[str] = []

    def explained(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:  # noqa: ANN401
        if sql.startswith("WITH found"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN ANALYZE {sql}", params)
                plans.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, params, *rest)

    monkeypatch.setattr(making, "with_a_helper", with_all_left_to_it)
    told = []
    for scope in (scope_of(ours.olivia), NO_ACCOUNT):
        with seeing(scope), connection.execute_wrapper(explained):
            report = make_report(ours.account, BY_NUMBER, person=ours.olivia, now=NOW)
        told.append([(line.figures.calls, line.figures.seconds) for line in report.lines])
    assert told == [[(2, 66)], []]
    assert report.total == Figures(0, 0)
    assert len(plans) == 2
    for plan in plans:
        assert "Workers Launched: 2" in plan, plan
