"""The demo's calls: enough to look around, nobody's real number, never in a real account."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db.models import F

from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.accounts.services import add_account
from callmark.calls.models import Call, CallAttempt, Charge
from callmark.calls.months import months
from callmark.ops.demo import add_demo_calls, create_demo
from callmark.ops.demo_calls import ZONE, place_calls
from callmark.reports.handover.files import make_file, preview
from callmark.reports.handover.formats import LedesFormat
from callmark.reports.handover.gathering import billing
from callmark.reports.models import SavedReport, Schedule
from callmark.reports.statements import statement, statements_of
from tests.calls.totals import expected, stored
from tests.reports.ledes_reader import read_ledes
from tests.rows import every

pytestmark = pytest.mark.django_db

SINCE, UNTIL = date(2026, 9, 1), datetime(2026, 10, 20, 15, 0, tzinfo=UTC)
FICTION = re.compile(
    r"\+1\d{3}55501\d\d|\+18005550[12]\d\d|\+44207946\d{4}|\+44131496\d{4}|\+612555\d{5}"
    r"|\+494066969\d{3}|\+33199\d{6}|\+468465004\d\d"
)


@pytest.fixture
def firm() -> Account:
    """The demo's law firm before its first call."""
    create_demo("a password for nobody")
    return Account.objects.get(slug="demo")


def test_two_months_of_calls_of_every_kind(firm: Account) -> None:
    made = place_calls(firm, count=160, since=SINCE, until=UNTIL, seed=1)
    calls = every(Call)
    assert made == calls.count() >= 150
    assert set(calls.values_list("direction", flat=True)) == {"outbound", "internal", "inbound"}
    assert {"connected", "not_gated", "let_through_unasked"} <= set(
        calls.values_list("outcome", flat=True)
    )
    ways = set(calls.values_list("entered_by", flat=True))
    assert {"prompt", "star_code"} <= ways
    assert calls.filter(leg=2).exists(), "somebody transfers"
    assert every(CallAttempt).exclude(result="accepted").exists(), "somebody mistypes"
    assert not calls.filter(started_at__gte=UNTIL).exists()
    assert not calls.filter(ended_at__gt=UNTIL).exists()
    days = {call.started_at.astimezone(ZONE).weekday() for call in calls}
    assert 6 not in days, "nobody works on a Sunday"
    assert every(Charge).filter(amount__gt=0).count() > 20, "calls of the demo have a cost"
    for attempt in every(CallAttempt).select_related("call"):
        assert 0 <= (attempt.at - attempt.call.started_at).total_seconds() < 120


def test_many_calls_are_what_the_gate_decided_at_other_times(firm: Account) -> None:
    made = place_calls(firm, count=150, since=SINCE, until=UNTIL, seed=1, decided_at_most=50)
    calls = every(Call)
    assert made == calls.count() >= 145
    assert not calls.filter(started_at__gte=UNTIL).exists()
    assert not calls.filter(ended_at__gt=UNTIL).exists()
    copies = calls.filter(switch_call_id__startswith="demo1c-")
    assert copies.count() > 90
    assert copies.filter(charge__amount__gt=0).exists(), "copies have a cost, too"
    assert copies.values("day").distinct().count() > 20
    assert not copies.exclude(linked_id="").exclude(linked_id=F("switch_call_id")).exists()
    assert copies.filter(attempts__result="accepted", entered_by="prompt").exists()
    for attempt in every(CallAttempt).select_related("call"):
        assert 0 <= (attempt.at - attempt.call.started_at).total_seconds() < 120
    assert stored(firm) == expected(firm)


def test_every_number_is_reserved_for_fiction(firm: Account) -> None:
    place_calls(firm, count=160, since=SINCE, until=UNTIL, seed=2)
    outside = every(Call).exclude(direction="internal")
    numbers = {call.caller if call.direction == "inbound" else call.e164 for call in outside}
    numbers -= {"", "411"}
    assert len(numbers) > 20
    assert [number for number in numbers if not FICTION.fullmatch(number)] == []


def test_the_same_seed_makes_the_same_calls(firm: Account) -> None:
    place_calls(firm, count=30, since=SINCE, until=UNTIL, seed=3)
    before = set(every(Call).values_list("pk", "dialed", "outcome"))
    place_calls(firm, count=30, since=SINCE, until=UNTIL, seed=3)
    assert set(every(Call).values_list("pk", "dialed", "outcome")) == before
    place_calls(firm, count=30, since=SINCE, until=UNTIL, seed=4)
    assert every(Call).count() > len(before)


def test_never_in_a_real_account(firm: Account) -> None:
    real = add_account(slug="harper", name="Harper Ltd", country="US")
    with pytest.raises(Refused, match="Harper Ltd is not the demo's account"):
        place_calls(real, count=1, since=SINCE, until=UNTIL, seed=1)
    firm.users.filter(email="olivia@demo.example").update(email="olivia@harper.com")
    with pytest.raises(Refused, match="is not the demo's account"):
        place_calls(firm, count=1, since=SINCE, until=UNTIL, seed=1)


def test_never_among_calls_of_a_real_switch(firm: Account) -> None:
    Call.objects.create(
        account=firm, switch="main", direction="inbound", dialed="101", started_at=UNTIL,
        outcome="not_gated",
    )  # fmt: skip
    with pytest.raises(Refused, match="has calls of a real switch"):
        place_calls(firm, count=1, since=SINCE, until=UNTIL, seed=1)
    assert every(Call).count() == 1


@time_machine.travel(UNTIL, tick=False)
def test_the_older_month_is_closed_and_billed_and_the_newer_one_is_to_close(firm: Account) -> None:
    add_demo_calls(160)
    this, newer, older = months(firm)
    assert (this.is_over, newer.is_over, newer.closed) == (False, True, None)
    assert older.closed
    assert (older.closed.tariff_version, older.closed.currency) == ("1", "USD")
    assert older.closed.to_assign == 0
    assert older.cost
    to_bill = billing(firm, older.month.first)
    bills = [statement(to_bill, one.code) for one in statements_of(to_bill)]
    assert sum(one.calls for one in bills) > 20
    seen = preview(to_bill, LedesFormat())
    assert not seen.to_mend
    lines = "".join(make_file(to_bill, LedesFormat(), actor=None).lines)
    invoices = read_ledes(lines.encode())
    assert sum(one.total for one in invoices) == seen.total > 0
    assert invoices[0].number == "TEL-1001"
    assert add_demo_calls(10)
    assert [one.closed is not None for one in months(firm)] == [False, False, True]


def test_a_report_is_sent_every_month_to_the_administrator(firm: Account) -> None:
    report, schedule = every(SavedReport).get(), every(Schedule).get()
    assert (schedule.report, report.owner) == (report, firm.users.get(email="olivia@demo.example"))
    assert (schedule.active, schedule.every, schedule.way) == (True, "month", "link")
    assert schedule.recipients == "olivia@demo.example"
    assert schedule.portal_url.startswith("http://")
