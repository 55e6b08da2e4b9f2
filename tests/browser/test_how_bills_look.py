"""What only a picture shows: bars, boxes that open, badges and figures, at both widths."""

import pytest
from playwright.sync_api import Locator

from callmark.calls.models import Call
from callmark.calls.months import close_month
from callmark.reports.saved import save_report
from tests.browser.conftest import Arrive
from tests.browser.visitor import Size
from tests.cast import LawFirm, code, first_time
from tests.portal.test_reports import a_call
from tests.rows import every

pytestmark = pytest.mark.browser

SIZES: tuple[Size, ...] = ("desktop", "phone")


def edges(what: Locator) -> tuple[float, float]:
    box = what.bounding_box()
    assert box is not None
    return box["x"], box["x"] + box["width"]


@pytest.mark.parametrize("size", SIZES)
def test_few_bars_are_no_walls_and_what_opens_is_in_sight(
    arrive: Arrive, cast: LawFirm, size: Size
) -> None:
    first_time(cast)
    for digits, name, seconds in (("0417", "Harper v. Castellan", 3600), ("2086", "Smith", 120)):
        code(cast, digits, name)
        a_call(cast, name=name, seconds=seconds)
    save_report(cast.account, name="The bill", asked={"what": "user"}, actor=cast.olivia)
    visitor = arrive(person=cast.olivia, size=size)
    visitor.go("/accounts/firm/reports/")
    page = visitor.page
    bars = page.locator(".report-chart .bar")
    assert bars.count() == 2
    for number in range(2):
        left, right = edges(bars.nth(number))
        assert 40 < right - left < 60
    width = page.viewport_size["width"] if page.viewport_size else 0
    for box in page.locator("details.pop").all():
        box.locator("summary").click()
        left, right = edges(box.locator(".pop-body"))
        assert 0 <= left < right <= width
        box.locator("summary").click()


@pytest.mark.parametrize("size", SIZES)
def test_a_closed_month_has_a_small_badge_and_its_lengths_on_one_line(
    arrive: Arrive, cast: LawFirm, size: Size
) -> None:
    first_time(cast)
    code(cast, "0417", "Harper v. Castellan")
    call = a_call(cast, name="Harper v. Castellan", seconds=45_296)
    month = every(Call).get(pk=call.pk).billing_month
    assert month is not None
    close_month(cast.account, month, actor=cast.olivia)
    visitor = arrive(person=cast.olivia, size=size)
    visitor.go(f"/accounts/firm/months/{month}/")
    size_of = "one => parseFloat(getComputedStyle(one).fontSize)"
    heading = visitor.page.locator("h1")
    assert heading.locator(".badge").evaluate(size_of) < heading.evaluate(size_of) / 1.5
    lengths = visitor.page.locator(".month-table td.digits", has_text="12:34:56")
    assert lengths.count() == 2
    of_text = (
        "one => { const all = document.createRange(); all.selectNodeContents(one);"
        " return all.getClientRects().length }"
    )
    assert [one.evaluate(of_text) for one in lengths.all()] == [1, 1]
