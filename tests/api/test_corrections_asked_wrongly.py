"""Corrections and months over the API: what is asked wrongly changes nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from callmark.calls.models import Call
from callmark.calls.store import store
from callmark.codes.models import AccountCode
from callmark.codes.services import add_code
from tests.api.programs import Program, body_of, problem
from tests.cast import LawFirm
from tests.factories import decided_call, tag_of
from tests.rows import every

MARCH, APRIL = datetime(2026, 3, 10, 16, tzinfo=UTC), datetime(2026, 4, 1, 16, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _the_second_of_april(firm: LawFirm) -> Iterator[None]:
    with time_machine.travel(datetime(2026, 4, 2, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def whitlock(firm: LawFirm) -> AccountCode:
    return add_code(firm.account, name="Estate of Whitlock", code="2086", actor=firm.olivia)


@pytest.fixture
def calls(firm: LawFirm, at: str) -> list[str]:
    """One of March and one of April with a code, and one of each to assign."""
    records = [
        decided_call(firm, outcome, at=moment, tag=tag)
        for outcome, tag in (("connected", tag_of(firm)), ("let_through_unasked", None))
        for moment in (MARCH, APRIL)
    ]
    store(records)
    return [str(one.id) for one in records]


def names() -> set[str]:
    return {one.account_code_name for one in every(Call)}


def test_what_is_asked_wrongly_corrects_no_call_at_all(
    firm: LawFirm, olivia: Program, at: str, calls: list[str], whitlock: AccountCode
) -> None:
    before, to = names(), {"code_id": str(whitlock.pk)}
    replace = to | {"kind": "replace", "wrong_code_id": str(firm.code.pk)}
    for wrong, field in (
        (to | {"kind": "assign", "find": {"to_asign": True}}, "find.to_asign"),
        (to | {"kind": "assign", "find": {}, "calls": calls[:1]}, "calls"),
        (replace | {"calls": calls[:1]}, "calls"),
    ):
        answer = olivia.post(f"{at}/corrections", wrong)
        assert (answer.status_code, body_of(answer)["field"]) == (422, field)
    assert names() == before
    found = olivia.post(f"{at}/corrections", replace | {"find": {"since": "2026-03-31T04:00:00Z"}})
    assert body_of(found)["total"] == 1


def test_calls_of_a_closed_month_are_not_to_assign_any_more(
    olivia: Program, at: str, calls: list[str], whitlock: AccountCode
) -> None:
    assert len(body_of(olivia.get(f"{at}/calls-to-assign"))["items"]) == 2
    assert olivia.post(f"{at}/months/close", {"month": "2026-03-01"}).status_code == 200
    (item,) = body_of(olivia.get(f"{at}/calls-to-assign"))["items"]
    assert item["id"] == calls[3]


def test_figures_are_of_a_month_that_there_is(olivia: Program, at: str, calls: list[str]) -> None:
    figures = f"{at}/months/figures"
    for day in ("2026-01-31", "2026-03-17"):
        assert problem(olivia.get(f"{figures}?month={day}")) == (422, "no_such_month")
    assert body_of(olivia.get(f"{figures}?month=2026-03-01"))["calls"] == 2
    assert body_of(olivia.get(figures))["month"] == "2026-04-01", "the month it is now"
