"""The month's end in a browser: from the price of a call to what clients and accounting get.

At 375 and 1280 px with a mouse, and once with the keyboard alone.
"""

import subprocess
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import expect

from callmark.calls.models import ClosedMonth
from callmark.calls.months import close_month
from callmark.codes.models import AccountCode
from callmark.codes.services import change_code
from callmark.reports.handover.services import save_firm
from callmark.reports.saved import save_report
from tests.browser.conftest import Arrive
from tests.browser.keyboard import tab_to
from tests.browser.test_every_page import SIZES, furnish, furnish_rates
from tests.browser.visitor import VIEWPORTS, Size, Visitor
from tests.cast import LawFirm
from tests.reports.ledes_reader import read_ledes
from tests.rows import every

pytestmark = pytest.mark.browser

MONTH = "/accounts/firm/months/2026-03-01/"
HARPER = "Harper v. Castellan"


@pytest.fixture
def march(cast: LawFirm) -> None:
    """A month with rates, and all that bills need to know of the firm and a matter."""
    furnish(cast)
    furnish_rates(cast)
    save_firm(cast.account, {"law_firm_id": "98-1", "invoice_prefix": "T-"}, actor=cast.olivia)
    harper = every(AccountCode).get(name=HARPER)
    ids = {"client_id": "10234", "matter_id": "0007"}
    change_code(harper, name=HARPER, ids=ids, actor=cast.olivia)


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
    day, weekday = (olivia.page.get_by_label(one) for one in ("Day of the month", "Weekday"))
    assert (day.is_visible(), weekday.is_visible()) == (True, False)
    olivia.page.get_by_label("How often").select_option("week")
    assert (day.is_visible(), weekday.is_visible()) == (False, True)
    olivia.page.get_by_label("Mail addresses").fill("office@firm.example")
    olivia.click("button", "Schedule")
    assert olivia.sees("“The bill” is scheduled.")
    olivia.examine("schedule-added")


def calls_of_a_line(olivia: Visitor) -> None:
    olivia.go(MONTH)
    olivia.examine("month-closed")
    olivia.page.get_by_role("region", name="By code").get_by_role("link", name=HARPER).click()
    olivia.page.wait_for_url("**/calls/?*line=*")
    expect(olivia.page.locator("#list tbody tr")).to_have_count(1)


def statement(olivia: Visitor) -> None:
    olivia.go(MONTH)
    olivia.click("link", "Statements")
    olivia.examine("statements-closed")
    olivia.click("link", HARPER)
    assert olivia.sees("Telephone statement")
    olivia.examine("statement-closed")


def hand_over(olivia: Visitor) -> None:
    olivia.go(MONTH)
    olivia.click("link", "Hand over")
    time, what = (
        olivia.page.get_by_label(one) for one in ("Time is rounded up to", "What is billed")
    )
    assert not time.is_visible()
    what.select_option("fees")
    assert time.is_visible()
    what.select_option("expenses")
    (invoice,) = read_ledes(downloaded(olivia).read_bytes())
    assert (invoice.number, len(invoice.items)) == ("T-0001", 1)
    olivia.click("link", "Clio activities")
    olivia.examine("hand-over-clio")
    assert "matter,date,activity_description" in downloaded(olivia).read_text()


def downloaded(olivia: Visitor) -> Path:
    with olivia.page.expect_download() as download:
        olivia.page.locator(".hand-over-actions .btn-primary").click()
    return download.value.path()


@pytest.mark.parametrize("size", SIZES)
def test_from_rates_to_statement_and_files(
    arrive: Arrive, cast: LawFirm, march: None, size: Size
) -> None:
    assert VIEWPORTS[size]["width"] in {375, 1280}
    save_report(cast.account, name="The bill", asked={}, actor=cast.olivia)
    close_month(cast.account, date(2026, 3, 1), actor=cast.olivia)
    olivia = arrive(person=cast.olivia, size=size)
    try_one_call(olivia)
    set_a_limit(olivia)
    schedule_the_bill(olivia)
    calls_of_a_line(olivia)
    statement(olivia)
    hand_over(olivia)


def press(olivia: Visitor, name: str) -> None:
    """Tab to what is called so, and Enter."""
    tab_to(olivia, name)
    with olivia.page.expect_navigation():
        olivia.page.keyboard.press("Enter")
    olivia.page.wait_for_load_state()


def saved_by(olivia: Visitor, name: str) -> Path:
    """The file that Enter on what is called so gives."""
    tab_to(olivia, name)
    with olivia.page.expect_download() as download:
        olivia.page.keyboard.press("Enter")
    return download.value.path()


def sheets_of(pdf: Path) -> list[str]:
    read = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True)
    return read.stdout.decode().split("\f")[:-1]


def test_from_the_report_to_the_files_with_the_keyboard_alone(
    arrive: Arrive, cast: LawFirm, march: None
) -> None:
    olivia = arrive(person=cast.olivia)
    keys = olivia.page.keyboard
    olivia.go("/accounts/firm/reports/")
    tab_to(olivia, "Period")
    keys.press("End")
    for day, name in (("03012026", "From"), ("03312026", "to")):
        tab_to(olivia, name)
        keys.type(day)
    tab_to(olivia, "Run")
    with olivia.page.expect_navigation():
        keys.press("Enter")
    assert olivia.sees("By code (the bill): March 2026")
    press(olivia, "Go to March 2026")
    tab_to(olivia, "Close the month")
    keys.press("Enter")
    olivia.page.get_by_role("dialog").wait_for()
    tab_to(olivia, "Close the month")
    with olivia.page.expect_navigation():
        keys.press("Enter")
    assert olivia.sees("March 2026 is closed.")
    assert every(ClosedMonth).get().month == date(2026, 3, 1)
    press(olivia, "Statements")
    press(olivia, HARPER)
    (sheet,) = sheets_of(saved_by(olivia, "PDF"))
    assert [text for text in ("Telephone statement", HARPER, "+1 212-555-0142", "Total: 1 call",
                              "Page 1 of 1") if text not in sheet] == []  # fmt: skip
    for name in ("Statements", "March 2026", "Hand over"):
        press(olivia, name)
    (invoice,) = read_ledes(saved_by(olivia, "Make invoices").read_bytes())
    assert (invoice.number, len(invoice.items)) == ("T-0001", 1)
