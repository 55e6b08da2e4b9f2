"""Calls of an account with rates have a cost, and every figure tells it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.calls import jobs, listing
from callmark.calls.calendars import account_calendar
from callmark.calls.corrections import take_code_away
from callmark.calls.filters import CallFilter
from callmark.calls.models import BatchState, Call, Charge, ClosedMonth, Job, Rerating
from callmark.calls.months import close_month, figures, months, reopen_month
from callmark.calls.rating import explained
from callmark.calls.records import LegEnded
from callmark.calls.reratings import rate_again, set_currency
from callmark.calls.retention import delete_some_calls
from callmark.calls.store import store
from callmark.calls.sums import sum_of
from callmark.policy.rating import Rate
from callmark.reports.definitions import Figures, definition_from
from callmark.reports.making import make_report
from callmark.tariffs.models import Tariff
from callmark.tariffs.services import NewVersion, RateRefused, make_version
from tests.beginnings import begun_with
from tests.calls.totals import expected, stored
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call, tag_of
from tests.rows import every

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("the_second_of_april")]

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
NOON = datetime(2026, 3, 10, 16, tzinfo=UTC)
BRITAIN = Rate("Britain", prefix="+44", price=Decimal("0.10"))


@begun_with
def firm() -> LawFirm:
    firm = make_law_firm()
    set_currency(firm.account, "USD", actor=firm.olivia)
    return firm


def rates(firm: LawFirm, *found: Rate, account: Account | None = None, **more: Any) -> Tariff:  # noqa: ANN401
    new = NewVersion("Rates", "USD", found or (BRITAIN,), **more)
    return make_version(account or firm.account, new, actor=firm.olivia)


def for_all(*found: Rate, currency: str = "USD") -> Tariff:
    return make_version(None, NewVersion("Everybody's", currency, found), actor=None)


def call_of(firm: LawFirm, seconds: int | None = 90, at: datetime = NOON, **more: Any) -> Call:  # noqa: ANN401
    record = decided_call(firm, "connected", at=at, tag=tag_of(firm), **more)
    store([record])
    if seconds is not None:
        ends(record.id, seconds, at)
    return every(Call).get(pk=record.id)


def ends(pk: object, seconds: int, at: datetime = NOON, by: str = "caller", **more: Any) -> None:  # noqa: ANN401
    told: dict[str, Any] = {"disposition": "ANSWERED"} | more
    end = at + timedelta(seconds=seconds)
    values: dict[str, Any] = {
        "id": str(pk),
        "ended_at": end,
        "answered_at": at,
        "seconds": seconds,
        "by": by,
    }
    store([LegEnded(**(values | told))])


def cost_of(call: Call) -> tuple[str, int] | None:
    found = every(Charge).filter(call=call).first()
    return (f"{found.amount:.2f}", found.billed_seconds) if found else None


def month_cost(firm: LawFirm, month: date = MARCH) -> Decimal | None:
    assert stored(firm.account) == expected(firm.account)
    found = figures(firm.account, month)
    if found.cost is not None:
        costs = [one.cost for one in found.by_code if one.cost is not None]
        assert sum(costs) == found.cost
        assert sum(one.billed_seconds for one in found.by_user) == found.billed_seconds
    return found.cost


def test_a_call_is_rated_when_its_end_is_told_and_again_when_it_is_told_better(
    firm: LawFirm,
) -> None:
    rates(firm)
    call = call_of(firm, seconds=None)
    assert cost_of(call) is None
    ends(call.pk, 90)
    assert cost_of(call) == ("0.20", 120)
    charge = every(Call).get(pk=call.pk).charge
    assert (charge.currency, charge.tariff_version, charge.rate) == ("USD", "1", "Britain")
    assert month_cost(firm) == Decimal("0.20")
    ends(call.pk, 200, by="outside")
    assert (cost_of(call), month_cost(firm)) == (("0.40", 240), Decimal("0.40"))
    assert explained(every(Call).get(pk=call.pk), account_calendar(firm.account))[:2] == (
        "The number begins with +44: Britain.",
        "4 started blocks of 60 seconds at 0.10 a minute.",
    )


def test_tests_and_unanswered_calls_have_no_cost(firm: LawFirm) -> None:
    rates(firm)
    tried = call_of(firm, simulated=True)
    unanswered = call_of(firm, seconds=None)
    ends(unanswered.pk, 0, disposition="NO ANSWER")
    assert cost_of(tried) is cost_of(unanswered) is None
    assert month_cost(firm) == 0


def test_without_rates_nothing_has_a_cost(firm: LawFirm) -> None:
    call = call_of(firm)
    assert (cost_of(call), month_cost(firm)) == (None, None)
    assert sum_of(CallFilter(), firm.account, firm.olivia).cost is None
    assert months(firm.account)[-1].cost is None


def test_a_correction_takes_the_cost_along_and_does_not_rate_again(firm: LawFirm) -> None:
    rates(firm)
    call = call_of(firm)
    rates(firm, Rate("dearer", prefix="+44", price=Decimal(1)))
    take_code_away(firm.account, {call.pk}, actor=firm.olivia)
    assert cost_of(call) == ("0.20", 120)
    assert month_cost(firm) == Decimal("0.20")
    (row,) = figures(firm.account, MARCH).by_code
    assert (row.name, row.cost) == ("", Decimal("0.20"))


def test_a_report_by_number_tells_what_each_cost_and_all_of_them(firm: LawFirm) -> None:
    rates(firm)
    for seconds in (90, 30):
        call_of(firm, seconds=seconds)
    for sort in ("", "label", "-cost"):
        asked = definition_from({"what": "number", "period": "last_month", "sort": sort})
        report = make_report(firm.account, asked, person=firm.olivia)
        (line,) = report.lines
        assert line.figures == report.total == Figures(2, 120, 180, Decimal("0.30"))
        assert report.count == 1
    # Of calls that are deleted since, the closed month's totals know more than is on record.
    close_month(firm.account, MARCH, actor=firm.olivia)
    every(Call).filter(seconds=30).delete()
    report = make_report(firm.account, definition_from({"what": "number"}), person=firm.olivia)
    assert report.lines[0].figures == report.total == Figures(1, 90, 120, Decimal("0.20"))


def test_the_sum_of_a_filter_tells_the_cost_also_call_by_call(firm: LawFirm) -> None:
    rates(firm)
    call_of(firm)
    call_of(firm, seconds=30)
    for search in (CallFilter(simulated=False), CallFilter(number="+44")):
        assert sum_of(search, firm.account, firm.olivia).cost == Decimal("0.30")


def test_what_some_of_too_many_calls_cost_is_not_told(
    firm: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates(firm)
    for _ in range(3):
        call_of(firm)
    monkeypatch.setattr(listing, "LOOKED_AT", 2)
    told = sum_of(CallFilter(number="+44"), firm.account, firm.olivia)
    assert (told.exact, told.cost, told.billed_seconds) == (False, None, None)


def test_a_version_is_for_calls_from_its_first_day_on(firm: LawFirm) -> None:
    rates(firm)
    rates(firm, Rate("dearer", prefix="+44", price=Decimal(1)), valid_from=date(2026, 3, 11))
    # 03:30 UTC on the 11th is still the 10th in New York.
    assert cost_of(call_of(firm, at=NOON + timedelta(hours=11, minutes=30))) == ("0.20", 120)
    assert cost_of(call_of(firm, at=NOON + timedelta(hours=12, minutes=30))) == ("2.00", 120)


def test_an_accounts_own_rates_go_before_the_operators(firm: LawFirm) -> None:
    for_all(Rate("everybody", price=Decimal("0.05")))
    for_all(Rate("of euros", price=Decimal(9)), currency="EUR")
    call = call_of(firm)
    assert cost_of(call) == ("0.10", 120)
    assert every(Charge).get().tariff_version == "operator USD 1"
    rates(firm, valid_from=date(2026, 3, 10))
    assert cost_of(call_of(firm)) == ("0.20", 120)
    assert cost_of(call_of(firm, at=NOON - timedelta(days=1))) == ("0.10", 120)


def test_a_closed_month_keeps_its_cost_and_late_seconds_are_adjusted(firm: LawFirm) -> None:
    rates(firm)
    call = call_of(firm)
    closed = close_month(firm.account, MARCH, actor=firm.olivia)
    assert (closed.cost, closed.currency, closed.tariff_version) == (Decimal("0.20"), "USD", "1")
    rates(firm, Rate("dearer", prefix="+44", price=Decimal(1)))
    ends(call.pk, 300, by="outside")
    assert cost_of(call) == ("0.50", 300), "by the version that it was rated by"
    (one,) = figures(firm.account, APRIL).adjustments
    assert (one.seconds, one.billed_seconds, one.cost) == (210, 180, Decimal("0.30"))
    assert (month_cost(firm), month_cost(firm, APRIL)) == (Decimal("0.20"), Decimal("0.30"))
    rate_again(firm.account, since=None, actor=firm.olivia)
    jobs.work_all()
    assert (month_cost(firm), month_cost(firm, APRIL)) == (Decimal("0.20"), Decimal("0.30"))
    reopen_month(firm.account, MARCH, actor=firm.olivia)
    assert (month_cost(firm), month_cost(firm, APRIL)) == (Decimal("0.50"), Decimal(0))
    assert not every(ClosedMonth).exists()


def test_rating_again_is_of_calls_from_a_day_on_and_touches_none(firm: LawFirm) -> None:
    early, late = call_of(firm), call_of(firm, at=NOON + timedelta(days=2))
    unchanged = list(every(Call).order_by("pk").values())
    rates(firm)
    again = rate_again(firm.account, since=date(2026, 3, 11), actor=firm.olivia)
    with pytest.raises(Refused, match="being rated again"):
        rate_again(firm.account, since=None, actor=firm.olivia)
    jobs.work_all()
    assert (cost_of(early), cost_of(late)) == (None, ("0.20", 120))
    again.refresh_from_db()
    assert (again.state, again.total, again.done, again.changed) == (BatchState.DONE, 1, 1, 1)
    assert (again.cost_before, again.cost_after) == (0, Decimal("0.20"))
    assert month_cost(firm) == Decimal("0.20")
    assert list(every(Call).order_by("pk").values()) == unchanged
    # Again, by the same rates: nothing changes. By a version without rates: nothing costs.
    rate_again(firm.account, since=None, actor=firm.olivia)
    jobs.work_all()
    assert month_cost(firm) == Decimal("0.40")
    make_version(firm.account, NewVersion("None", "USD", []), actor=firm.olivia)
    rate_again(firm.account, since=None, actor=firm.olivia)
    jobs.work_all()
    assert (month_cost(firm), every(Charge).count()) == (Decimal(0), 0)


def test_rating_again_goes_month_by_month_a_part_at_a_time_and_rates_each_call_once(
    firm: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "RATED_AT_ONCE", 2)
    february = call_of(firm, at=NOON - timedelta(days=28))
    close_month(firm.account, date(2026, 2, 1), actor=firm.olivia)
    # Two at the same moment; one that began in the closed month and is billed in March.
    at = [NOON, NOON, NOON + timedelta(days=1), NOON + timedelta(days=2), NOON - timedelta(days=28)]
    march = [call_of(firm, at=one) for one in at]
    april = call_of(firm, at=NOON + timedelta(days=22))
    rates(firm)
    again = rate_again(firm.account, since=None, actor=firm.olivia)
    # What is begun is gone on with, also where it went by ids before an update.
    every(Job).update(cursor=march[0].pk)
    every(Rerating).update(done=5, changed=5, cost_before=Decimal(1), cost_after=Decimal(2))
    jobs.work_all()
    again.refresh_from_db()
    assert (again.state, again.total, again.done, again.changed) == (BatchState.DONE, 6, 6, 6)
    assert (again.cost_before, again.cost_after) == (0, Decimal("1.20"))
    assert {cost_of(one) for one in (*march, april)} == {("0.20", 120)}
    assert cost_of(february) is None
    assert (month_cost(firm), month_cost(firm, APRIL)) == (Decimal(1), Decimal("0.20"))


def test_calls_that_are_deleted_take_their_cost_along(firm: LawFirm) -> None:
    rates(firm)
    call_of(firm)
    firm.account.calls_kept_days = 7
    firm.account.save()
    delete_some_calls(firm.account)
    assert not every(Charge).exists()
    assert month_cost(firm) == 0


def test_the_currency_stays_once_calls_are_charged_in_it(firm: LawFirm) -> None:
    set_currency(firm.account, "EUR", actor=firm.olivia)
    set_currency(firm.account, "USD", actor=firm.olivia)
    with pytest.raises(Refused, match="three letters"):
        set_currency(firm.account, "usd", actor=firm.olivia)
    rates(firm)
    call_of(firm)
    with pytest.raises(Refused, match="cannot be changed any more"):
        set_currency(firm.account, "EUR", actor=firm.olivia)
    with pytest.raises(Refused, match="another currency"):
        make_version(firm.account, NewVersion("Rates", "EUR", []), actor=firm.olivia)


def test_the_currency_stays_as_long_as_a_month_has_a_cost_in_it(firm: LawFirm) -> None:
    rates(firm)
    call_of(firm)
    close_month(firm.account, MARCH, actor=firm.olivia)
    firm.account.calls_kept_days = 7
    firm.account.save()
    delete_some_calls(firm.account)
    assert not every(Charge).exists()
    with pytest.raises(Refused, match="cannot be changed any more"):
        set_currency(firm.account, "EUR", actor=firm.olivia)
    assert figures(firm.account, MARCH).cost == Decimal("0.20")


def test_an_edit_makes_the_next_version_and_the_old_one_stays(firm: LawFirm) -> None:
    first = rates(firm)
    second = make_version(
        firm.account, NewVersion("Rates", "USD", [BRITAIN, BRITAIN]), upon=1, actor=firm.olivia
    )
    assert (first.number, second.number) == (1, 2)
    assert every(Tariff).get(pk=first.pk).value.rates == (BRITAIN,)
    with pytest.raises(Refused, match="Somebody else"):
        make_version(firm.account, NewVersion("R", "USD", []), upon=1, actor=firm.olivia)


def test_a_wrong_rate_is_named_by_its_place(firm: LawFirm) -> None:
    with pytest.raises(RateRefused, match="Rate 2: Write the beginning") as refused:
        rates(firm, BRITAIN, Rate("London", prefix="4420"))
    assert (refused.value.row, refused.value.field) == (2, "prefix")
    with pytest.raises(RateRefused, match="at most 6 decimals"):
        rates(firm, Rate("tiny", price=Decimal("0.0000001")))
