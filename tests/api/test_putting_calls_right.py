"""A billing program puts last month's calls right and closes the month."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
import time_machine

from callmark.accounts.models import Account
from callmark.accounts.services import change_account
from callmark.calls.models import Call
from callmark.calls.store import store
from callmark.sign_in.api_tokens import Scope
from tests.api.programs import Program, body_of, problem, program_of
from tests.calls.test_closing_a_month import ends
from tests.cast import LawFirm
from tests.factories import decided_call, tag_of
from tests.rows import every

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 10, 15, tzinfo=UTC)


@pytest.fixture
def untagged(firm: LawFirm) -> Call:
    record = decided_call(firm, "let_through_unasked", at=MARCH)
    store([record])
    return every(Call).get(pk=record.id)


def test_from_the_inbox_to_the_closed_month(
    olivia: Program, at: str, firm: LawFirm, untagged: Call
) -> None:
    (found,) = body_of(olivia.get(f"{at}/calls-to-assign"))["items"]
    assert (found["id"], found["suggested_code_id"]) == (str(untagged.pk), None)
    assert body_of(olivia.get(f"{at}/calls/sum?simulated=false&to_assign=true")) == {
        "calls": 1,
        "seconds": 0,
        "exact": True,
        "cost": None,
        "currency": None,
        "billed_seconds": None,
    }
    figures = body_of(olivia.get(f"{at}/months/figures?month=2026-03-01"))
    assert [one["kind"] for one in figures["warnings"]] == ["calls_to_assign"]
    done = body_of(
        olivia.post(
            f"{at}/corrections",
            {"kind": "assign", "calls": [str(untagged.pk)], "code_id": str(firm.code.pk)},
        )
    )
    assert (done["state"], done["done"], done["by_name"]) == ("done", 1, "Olivia")
    call = body_of(olivia.get(f"{at}/calls/{untagged.pk}"))
    assert (call["account_code"], call["entered_by"]) == ("1234", "corrected")
    assert call["corrections"][0]["after_name"] == firm.code.name
    assert (call["day"], call["billing_month"]) == ("2026-03-10", "2026-03-01")
    closed = body_of(olivia.post(f"{at}/months/close", {"month": "2026-03-01"}))
    assert (closed["calls"], closed["to_assign"]) == (1, 0)
    undo = olivia.post(f"{at}/corrections/{done['id']}/undo")
    assert problem(undo) == (422, "month_closed")
    assert olivia.post(f"{at}/months/reopen", {"month": "2026-03-01"}).status_code == 204
    assert olivia.post(f"{at}/corrections/{done['id']}/undo").status_code == 201
    assert body_of(olivia.get(f"{at}/corrections/{done['id']}"))["undone_by"]


def test_what_calls_cost_is_told_wherever_they_are(olivia: Program, at: str, firm: LawFirm) -> None:
    def told(path: str) -> Any:  # noqa: ANN401
        return body_of(olivia.get(f"{at}/{path}"))

    march = "months/figures?month=2026-03-01"
    record = decided_call(firm, "connected", at=MARCH, tag=tag_of(firm))
    store([record])
    rows = (told("calls")["items"][0], told("calls/sum"), told("months")["items"][-1], told(march))
    assert {row[name] for row in rows for name in ("cost", "currency", "billed_seconds")} == {None}
    assert told(march)["by_code"][0]["cost"] is None
    olivia.put(f"{at}/rates/currency", {"currency": "USD"})
    rate = {"label": "London", "prefix": "+4420", "price": "0.125"}
    version = {"name": "Carrier", "valid_from": None, "decimals": 4, "rates": [rate]}
    olivia.post(f"{at}/rates/versions", version)
    ends(record.id, MARCH, 90)
    cost = {"cost": "0.25", "currency": "USD", "billed_seconds": 120}
    call = told("calls")["items"][0]
    assert call == call | cost | {"tariff_version": "1"}
    for sums in ("calls/sum?simulated=false", "calls/sum?number=20"):
        assert told(sums) == {"calls": 1, "seconds": 90, "exact": True} | cost
    figures = told(march)
    assert figures == figures | cost
    assert [figures[by][0]["cost"] for by in ("by_code", "by_user")] == ["0.25", "0.25"]
    closed = body_of(olivia.post(f"{at}/months/close", {"month": "2026-03-01"}))
    assert closed == closed | cost | {"tariff_version": "1"}
    assert told("months")["items"][-1]["closed"] == closed
    ends(record.id, MARCH, 200, by="outside")
    (adjusted,) = told("months/figures?month=2026-04-01")["adjustments"]
    assert (adjusted["cost"], adjusted["billed_seconds"]) == ("0.25", 120)
    file = olivia.get(f"{at}/calls/export").content.decode()
    (row,) = csv.DictReader(io.StringIO(file, newline=""))
    told_of = [row[name] for name in ("cost", "currency", "billed seconds")]
    assert told_of == ["0.50", "USD", "240"]
    sheet = openpyxl.load_workbook(io.BytesIO(olivia.get(f"{at}/calls/export/workbook").content))
    assert [cell.value for cell in list(sheet.active.rows)[1]][-5:-2] == [0.5, "USD", 240]


def test_which_calls_must_be_said_once(olivia: Program, at: str, untagged: Call) -> None:
    questions: tuple[dict[str, object], ...] = (
        {},
        {"find": {}},
        {"find": {"all": True, "to_assign": True}},
        {"calls": [str(untagged.pk)], "find": {"all": True}},
    )
    for which in questions:
        answer = olivia.post(f"{at}/corrections", {"kind": "clear", **which})
        assert problem(answer) == (422, "which_calls"), which
    every_one = {"kind": "not_billable", "find": {"all": True}}
    assert body_of(olivia.post(f"{at}/corrections", every_one))["total"] == 1


def test_a_period_is_of_the_accounts_own_days(
    olivia: Program, at: str, firm: LawFirm, untagged: Call
) -> None:
    change_account(firm.account, {"time_zone": "Asia/Tokyo", "billing_day": 11}, actor=firm.olivia)
    with time_machine.travel(datetime(2026, 3, 10, 15, 30, tzinfo=UTC), tick=False):
        assert body_of(olivia.get(f"{at}/calls?period=today"))["items"]
        assert not body_of(olivia.get(f"{at}/calls?period=yesterday"))["items"]
        assert body_of(olivia.get(f"{at}/calls/sum?period=this_month"))["calls"] == 1
        assert body_of(olivia.get(f"{at}/calls/sum?period=last_month"))["calls"] == 0
        find = {"kind": "not_billable", "find": {"period": "last_month"}}
        assert problem(olivia.post(f"{at}/corrections", find)) == (422, "no_calls")


@pytest.mark.parametrize("where", ["calls", "calls/sum", "calls/export", "calls/export/workbook"])
@pytest.mark.parametrize(
    "wrong",
    [
        "since=2026-04-01T00:00:00Z&until=2026-03-01T00:00:00Z",
        "since=2026-13-45T00:00:00Z",
        "period=today&since=2026-03-01T00:00:00Z",
        "period=custom",
        "at_least_seconds=60&at_most_seconds=30",
    ],
)
def test_a_question_that_cannot_be_is_refused_and_answers_nothing(
    olivia: Program, at: str, where: str, wrong: str
) -> None:
    assert olivia.get(f"{at}/{where}?{wrong}").status_code == 422


def test_a_month_of_nobodys_and_a_day_that_is_none(olivia: Program, at: str) -> None:
    assert problem(olivia.post(f"{at}/months/close", {"month": "2026-03-02"}))[1] == (
        "no_such_month"
    )
    assert problem(olivia.get(f"{at}/months/figures?month=2026-13-45"))[0] == 422
    assert problem(olivia.get(f"{at}/calls/export?since=2026-13-45"))[0] == 422


def test_an_administrator_sets_the_calendar_and_no_more(
    olivia: Program, at: str, firm: LawFirm, untagged: Call
) -> None:
    answer = olivia.patch(
        f"{at}/calendar", {"time_zone": "Asia/Tokyo", "billing_day": 15, "users_may_correct": True}
    )
    told = body_of(answer)
    assert (told["time_zone"], told["billing_day"], told["users_may_correct"]) == (
        "Asia/Tokyo",
        15,
        True,
    )
    untagged.refresh_from_db()
    assert (untagged.day, untagged.billing_month) == (date(2026, 3, 11), date(2026, 2, 15))
    refused = olivia.patch(f"{at}/calendar", {"time_zone": "Mars/Olympus"})
    assert problem(refused)[0] == 422
    assert Account.objects.get(pk=firm.account.pk).billing_day == 15


def test_a_token_that_may_not_read_codes_sees_them_masked(
    firm: LawFirm, at: str, olivia: Program, untagged: Call
) -> None:
    ids = [str(untagged.pk)]
    olivia.post(f"{at}/corrections", {"kind": "assign", "calls": ids, "account_code": "1234"})
    reader = program_of(firm.olivia, scopes=(Scope.READ,))
    figures = reader.get(f"{at}/months/figures?month=2026-03-01")
    assert body_of(figures)["by_code"][0]["account_code"] == "••••"
    assert reader.post(f"{at}/corrections", {"kind": "clear", "calls": ids}).status_code == 403
