"""Rates, reports, statements and files for billing systems tell one and the same bill."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from callmark.calls.models import Call
from callmark.calls.months import close_month, figures
from callmark.calls.records import CodeTag, LegEnded
from callmark.calls.reratings import set_currency
from callmark.calls.store import store
from callmark.codes.models import AccountCode
from callmark.codes.services import add_code, change_code
from callmark.keys.installed import keyring
from callmark.policy.rating import Rate, Rounding
from callmark.reports.definitions import Definition, Figures, Report
from callmark.reports.handover.files import make_file, preview
from callmark.reports.handover.formats import TEMPLATES
from callmark.reports.handover.gathering import billing
from callmark.reports.handover.services import save_firm, save_timekeeper
from callmark.reports.making import make_report
from callmark.reports.statements import Statement, statement
from callmark.tariffs.services import NewVersion, make_version
from tests.beginnings import begun_with
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call
from tests.reports.ledes_reader import ReadInvoice, read_ledes
from tests.rows import every

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("the_second_of_april")]

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
LONDON, PARIS, BERLIN = "+442079460000", "+33199000000", "+494066969000"
RATES = (
    Rate("Britain", prefix="+44", price=Decimal("0.039"), block_seconds=6),
    Rate("France", prefix="+33", price=Decimal("0.25"), connection_fee=Decimal("0.10")),
)


@begun_with
def firm() -> LawFirm:
    """With rates, and all that bills need to know of it, its codes and Ben."""
    firm = bill_ready_firm()
    tariff = NewVersion("Carrier", "USD", RATES, rounding=Rounding.UP, mark_up=Decimal(10))
    make_version(firm.account, tariff, actor=firm.olivia)
    return firm


def bill_ready_firm() -> LawFirm:
    """With a currency, and all that bills need to know of it, its codes and Ben."""
    firm = make_law_firm()
    actor = firm.olivia
    set_currency(firm.account, "USD", actor=actor)
    details = {"law_firm_id": "98-1", "invoice_prefix": "T-", "time_unit": 360}
    save_firm(firm.account, details, actor=actor)
    add_code(firm.account, name="Estate of Whitlock", code="2086", actor=actor)
    for number, code in enumerate(every(AccountCode).order_by("name")):
        ids = {"client_id": f"1023{number}", "matter_id": "0007"}
        change_code(code, name=code.name, ids=ids, actor=actor)
    keeper = {"timekeeper_id": "BA", "timekeeper_name": "Attorney, Ben"}
    save_timekeeper(firm.ben, keeper, actor=actor)
    return firm


def code_called(name: str) -> AccountCode:
    return every(AccountCode).get(name=name)


def called(
    firm: LawFirm, number: str, seconds: int, code: str = "", at: datetime | None = None
) -> Call:
    """A call of Ben's, with this code, from its beginning to its end."""
    start = at or datetime(2026, 3, 10, 16, tzinfo=UTC)
    tag = None
    if code:
        row = code_called(code)
        tag = CodeTag(code=keyring().encrypt(row.code), code_id=str(row.pk), code_name=code)
    outcome = "connected" if code else "not_gated"
    record = decided_call(firm, outcome, at=start, tag=tag)
    store([replace(record, e164=number, number=number)])
    ends(record.id, start, seconds, "caller")
    return every(Call).get(pk=record.id)


def ends(pk: object, start: datetime, seconds: int, by: str) -> None:
    told: dict[str, Any] = {
        "answered_at": start,
        "ended_at": start + timedelta(seconds=seconds),
        "by": by,
    }
    told |= {"id": str(pk), "seconds": seconds, "disposition": "ANSWERED"}
    store([LegEnded(**told)])


def a_month_of_calls(firm: LawFirm) -> Call:
    """Of both codes and of none; the last one falls under no rate."""
    for number, seconds, code in (
        (LONDON, 61, "Harper v. Castellan"),
        (PARIS, 121, "Harper v. Castellan"),
        (LONDON, 1, "Estate of Whitlock"),
        (PARIS, 59, "Estate of Whitlock"),
        (PARIS, 30, ""),
    ):
        called(firm, number, seconds, code)
    return called(firm, BERLIN, 200, "Estate of Whitlock")


def report_of(firm: LawFirm, month: date) -> Report:
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    asked = Definition(preset="", since=month.isoformat(), until=last.isoformat())
    return make_report(firm.account, asked, person=None)


def statements(firm: LawFirm, month: date) -> dict[str, Statement]:
    to_bill = billing(firm.account, month)
    return {one.name: statement(to_bill, one) for one in every(AccountCode)}


def file_of(firm: LawFirm, month: date, template: str) -> str:
    made = make_file(billing(firm.account, month), TEMPLATES[template][1], actor=firm.olivia)
    return "".join(made.lines)


def invoices(firm: LawFirm, month: date) -> list[ReadInvoice]:
    return read_ledes(file_of(firm, month, "ledes").encode())


def column(text: str, name: str) -> list[Decimal]:
    return [Decimal(row[name]) for row in csv.DictReader(io.StringIO(text, newline=""))]


def test_report_statements_and_files_tell_one_bill_to_the_cent(firm: LawFirm) -> None:
    a_month_of_calls(firm)
    close_month(firm.account, MARCH, actor=firm.olivia)
    # 0.039 a minute in blocks of 6 s; 0.25 a begun minute and 0.10; 10 % more; rounded up.
    report = report_of(firm, MARCH)
    lines = {line.label: line.figures for line in report.lines}
    assert lines == {
        "Harper v. Castellan": Figures(2, 182, 66 + 180, Decimal("0.05") + Decimal("0.94")),
        "Estate of Whitlock": Figures(3, 260, 6 + 60, Decimal("0.01") + Decimal("0.39")),
    }
    (without_code,) = report.rest
    assert without_code.figures == Figures(1, 30, 60, Decimal("0.39"))
    month = figures(firm.account, MARCH)
    assert report.total == Figures(month.calls, month.seconds, month.billed_seconds, month.cost)
    assert month.cost == Decimal("1.78")

    billed = statements(firm, MARCH)
    costs = {name: Decimal(one.cost or 0) for name, one in billed.items()}
    assert costs == {name: one.cost for name, one in lines.items()}
    harper, whitlock = billed["Harper v. Castellan"], billed["Estate of Whitlock"]
    assert (harper.calls, harper.talk, harper.billed, harper.currency) == (
        2,
        "0:03:02",
        "0.2 h",
        "USD",
    )
    assert (whitlock.unrated, harper.unrated) == (1, 0)
    assert whitlock.notes[0] == "No rate applied to 1 call; it is not in the cost."
    assert harper.basis == [
        "Billed time: 6 minutes (0.1 h), each call rounded up.",
        "Rates: Carrier, version 1; each call rounded up, to 2 decimals; with a mark-up of 10%.",
        "Time charged by the rates: 0:04:06.",
    ]

    made = invoices(firm, MARCH)
    assert {one.total for one in made} == set(costs.values())
    items = [item for one in made for item in one.items]
    assert {(one["EXP/FEE/INV_ADJ_TYPE"], one["LINE_ITEM_EXPENSE_CODE"]) for one in items} == {
        ("E", "E105")
    }
    assert len(items) == 4
    to_clients = sum(costs.values(), Decimal(0))
    assert to_clients + (without_code.figures.cost or 0) == month.cost
    assert sum(column(file_of(firm, MARCH, "clio"), "price")) == to_clients
    assert sum(column(file_of(firm, MARCH, "juris"), "Amount")) == to_clients


def test_a_call_of_no_rate_is_told_and_leads_to_rates(firm: LawFirm, client: Client) -> None:
    a_month_of_calls(firm)
    client.force_login(firm.olivia)
    page = client.get(reverse("portal:hand_over", args=["firm", "2026-03-01"])).content.decode()
    assert "fall under no rate: enter one" in page
    rows = [" ".join(row.split()) for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)]
    (row,) = (one for one in rows if "no rate" in one)
    assert "Estate of Whitlock" in row
    assert f'href="{reverse("portal:rates", args=["firm"])}"' in row


def test_what_is_learned_after_closing_is_in_the_next_month_and_only_there(
    firm: LawFirm, client: Client
) -> None:
    a_month_of_calls(firm)
    call = every(Call).filter(seconds=61).get()
    close_month(firm.account, MARCH, actor=firm.olivia)
    march, made = report_of(firm, MARCH).total, invoices(firm, MARCH)
    sent = statements(firm, MARCH)
    ends(call.pk, call.started_at, 661, "outside")
    make_version(
        firm.account, NewVersion("Dearer", "USD", [Rate("all", price=Decimal(9))]), actor=None
    )

    assert report_of(firm, MARCH).total == march
    assert invoices(firm, MARCH) == made, "an invoice never changes"
    assert statements(firm, MARCH) == sent
    april = report_of(firm, APRIL)
    (line,) = april.lines
    # 666 s less 66 s in blocks of 6 s, at the rates of then: 0.48 less 0.05.
    assert (line.label, line.figures) == (
        "Harper v. Castellan",
        Figures(0, 600, 600, Decimal("0.43")),
    )
    assert april.total == line.figures
    later = statements(firm, APRIL)["Harper v. Castellan"]
    assert (later.cost, later.currency, later.talk) == ("0.43", "USD", "0:10:00")
    (told,) = later.lines
    # Of 661 s two tenths of an hour are billed: one more than in March.
    assert (told.of_month, told.day, told.cost, told.billed) == (
        MARCH,
        date(2026, 3, 10),
        "0.43",
        "0.1 h",
    )
    assert later.billed == "0.1 h"
    assert "Rates: Carrier, version 1" in later.basis[1]
    ahead = preview(billing(firm.account, APRIL), TEMPLATES["ledes"][1])
    assert (ahead.invoices, ahead.total, ahead.left_out) == (1, Decimal("0.43"), [])
    (row,) = csv.DictReader(io.StringIO(file_of(firm, APRIL, "clio"), newline=""))
    assert (row["date"], row["price"]) == ("03/10/2026", "0.43")
    assert row["note"].endswith("6 min, Ben (adjustment of March 2026)")
    client.force_login(firm.olivia)
    where = reverse("portal:statement", args=["firm", "2026-04-01", firm.code.pk])
    page = client.get(where).content.decode()
    assert "adjustment of March 2026" in page
    assert "0.43" in page
