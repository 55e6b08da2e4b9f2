"""The month's end in a browser: from the price of a call to what clients and accounting get."""

from datetime import date

import pytest

from callmark.calls.months import close_month
from callmark.reports.saved import save_report
from tests.browser.conftest import Arrive
from tests.browser.test_every_page import SIZES, furnish, furnish_rates
from tests.browser.visitor import Size, Visitor
from tests.cast import LawFirm

pytestmark = pytest.mark.browser

MONTH = "/accounts/firm/months/2026-03-01/"


def try_one_call(olivia: Visitor) -> None:
    olivia.go("/accounts/firm/rates/")
    olivia.page.get_by_label("Number", exact=True).fill("011442079460000")
    olivia.page.get_by_label("When").fill("2026-03-02T09:00")
    olivia.click("button", "What does it cost?")
    assert olivia.sees("The number begins with +4420")
    olivia.examine("rates-tried")


def set_a_limit(olivia: Visitor) -> None:
    olivia.go("/accounts/firm/account-codes/limits/add/")
    olivia.click("button", "Set limit")
    olivia.examine("limit-errors")
    olivia.page.get_by_label("Name").fill("Nights")
    olivia.page.get_by_label("At most").fill("50")
    olivia.click("button", "Set limit")
    assert olivia.sees("Nights")
    olivia.examine("limit-set")


def schedule_the_bill(olivia: Visitor) -> None:
    olivia.go("/accounts/firm/reports/schedules/add/")
    olivia.page.get_by_label("Mail addresses").fill("office@firm.example")
    olivia.click("button", "Schedule")
    assert olivia.sees("“The bill” is scheduled.")
    olivia.examine("schedule-added")


def hand_over(olivia: Visitor) -> str:
    olivia.go(MONTH)
    olivia.click("link", "Hand over")
    olivia.click("link", "Clio activities")
    olivia.examine("hand-over-clio")
    with olivia.page.expect_download() as download:
        olivia.page.locator(".hand-over-actions .btn-primary").click()
    return download.value.path().read_text()


@pytest.mark.parametrize("size", SIZES)
def test_from_rates_to_statement_and_file(arrive: Arrive, cast: LawFirm, size: Size) -> None:
    furnish(cast)
    furnish_rates(cast)
    save_report(cast.account, name="The bill", asked={}, actor=cast.olivia)
    close_month(cast.account, date(2026, 3, 1), actor=cast.olivia)
    olivia = arrive(person=cast.olivia, size=size)
    try_one_call(olivia)
    set_a_limit(olivia)
    schedule_the_bill(olivia)
    olivia.go(MONTH)
    olivia.click("link", "Statements")
    olivia.examine("statements-closed")
    olivia.click("link", "Harper v. Castellan")
    assert olivia.sees("Telephone statement")
    olivia.examine("statement-closed")
    assert "matter,date,activity_description" in hand_over(olivia)
