"""An office manager's month: home, finding calls, putting them right, the inbox, and the closing.

Each walk on a desktop and on a phone, one of them with the keyboard alone, one without our script;
axe finds nothing, light and dark.
"""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, expect

from callmark.calls.calendars import calendar_of
from callmark.calls.models import Call, ClosedMonth
from callmark.codes.models import AccountCode
from tests.browser.conftest import Arrive
from tests.browser.test_every_page import SIZES
from tests.browser.visitor import VIEWPORTS, Size, Visitor
from tests.cast import LawFirm, code, first_time
from tests.portal.test_call_history import place
from tests.rows import every

pytestmark = pytest.mark.browser

CALLS = "/accounts/firm/calls/"
LONDON = "+442079460138"


@pytest.fixture
def month(cast: LawFirm) -> AccountCode:
    """This month: a call with Harper's code, two of the same number to assign; and last month."""
    first_time(cast)
    code(cast, "5521", "Nordby Shipping")
    harper = code(cast, "0417", "Harper v. Castellan")
    calendar = calendar_of(cast.account)
    begins = calendar.begins(calendar.month_of(calendar.day_of(timezone.now())).first)
    tag = {
        "code": harper,
        "account_code_name": harper.name,
        "seconds": 605,
        "disposition": "ANSWERED",
    }
    place(cast, cast.uma, "011442079460138", "0417", e164=LONDON, started_at=begins, **tag)
    for number in range(2):
        place(
            cast, cast.ben, "011442079460138", e164=LONDON, outcome="let_through_unasked",
            started_at=begins + timedelta(seconds=number), seconds=60, why=["nobody asked"],
        )  # fmt: skip
    place(cast, cast.ben, "2125550142", started_at=begins - timedelta(days=1), seconds=60,
          outcome="not_gated", call_type="domestic")  # fmt: skip
    return harper


def arrive_at(arrive: Arrive, cast: LawFirm, size: Size, path: str, **how: object) -> Visitor:
    """Olivia opens a page, unless told who does; a phone is 375 px wide."""
    visitor = arrive(**{"person": cast.olivia, "size": size, **how})
    if size == "phone":
        visitor.page.set_viewport_size({"width": 375, "height": VIEWPORTS["phone"]["height"]})
    visitor.go(path)
    return visitor


def numbers_and_codes_can_be_read(visitor: Visitor) -> None:
    """On screens between a phone and a desktop, too, with a cost and a result in each row."""
    for width in (768, 1024, 1200, 1280, 1440):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        codes = (
            rows(visitor)
            .locator(".col-code")
            .evaluate_all(
                "cells => cells.map(one => [one.clientWidth, one.parentElement.clientHeight])"
            )
        )
        assert codes
        least = 80 if width < 1280 else 160
        assert all(wide >= least and high <= 48 for wide, high in codes), (width, codes)
        cut = (
            rows(visitor)
            .locator(".col-number")
            .evaluate_all("cells => cells.filter(one => one.scrollWidth > one.clientWidth).length")
        )
        assert cut == 0, width


def rows(visitor: Visitor) -> Locator:
    """The calls of the list."""
    return visitor.page.locator("#list tbody tr, .inbox tbody tr")


def names() -> list[str]:
    """The names on this month's calls."""
    return sorted(call.account_code_name for call in every(Call).filter(e164=LONDON))


@pytest.mark.parametrize("size", SIZES)
def test_from_home_to_the_calls_and_back_with_filters(
    arrive: Arrive, cast: LawFirm, month: AccountCode, size: Size
) -> None:
    olivia = arrive_at(arrive, cast, size, "/")
    olivia.sees("so far")
    olivia.page.get_by_role("link", name=re.compile("3 calls")).click()
    olivia.page.wait_for_url("**/calls/?period=this_month")
    expect(rows(olivia)).to_have_count(3)
    if size == "desktop":
        heights = [row.bounding_box() for row in rows(olivia).all()]
        assert [box and round(box["height"]) for box in heights] == [40] * 3
    olivia.page.get_by_label("With or without an account code").select_option("to_assign")
    olivia.page.wait_for_url("**/calls/?period=this_month&tag=to_assign")
    olivia.sees("2 calls")
    expect(rows(olivia)).to_have_count(2)
    told = olivia.page.locator("[data-told]")
    expect(told).to_have_text("2 calls, 0 hours 2 minutes")
    olivia.page.locator(".chip", has_text="This month").click()
    olivia.page.wait_for_url("**/calls/?tag=to_assign")
    olivia.page.get_by_role("link", name="Clear", exact=True).click()
    olivia.page.wait_for_url("**/calls/")
    expect(rows(olivia)).to_have_count(4)


@pytest.mark.parametrize("size", SIZES)
def test_a_whole_code_finds_and_a_view_is_saved(
    arrive: Arrive, cast: LawFirm, month: AccountCode, size: Size
) -> None:
    olivia = arrive_at(arrive, cast, size, CALLS)
    search = olivia.page.get_by_role("searchbox")
    search.fill("0417")
    search.press("Enter")
    olivia.page.wait_for_url("**/calls/?code=*")
    assert "0417" not in olivia.page.url
    expect(rows(olivia)).to_have_count(1)
    olivia.page.locator("summary", has_text="Save view").click()
    olivia.page.get_by_label("Name", exact=True).fill("Harper")
    olivia.page.get_by_role("button", name="Save", exact=True).click()
    olivia.sees("Saved as")
    olivia.go(CALLS)
    if size == "desktop":
        numbers_and_codes_can_be_read(olivia)
    olivia.page.locator("summary", has_text="Saved filters").click()
    olivia.page.get_by_role("link", name="Harper", exact=True).click()
    olivia.page.wait_for_url("**/calls/?code=*")


@pytest.mark.parametrize("size", SIZES)
def test_many_calls_get_a_code_and_it_is_undone(
    arrive: Arrive, cast: LawFirm, month: AccountCode, size: Size
) -> None:
    olivia = arrive_at(arrive, cast, size, f"{CALLS}?tag=to_assign")
    assert olivia.page.locator("[data-bulk-bar]").is_hidden()
    for box in olivia.page.locator("input[name=call]").all():
        box.check()
    olivia.sees("2 selected")
    olivia.page.get_by_label("Account code: its name or its digits").fill("nordby shipping")
    olivia.page.get_by_role("button", name="Assign code").click()
    olivia.sees("Assigned “Nordby Shipping” to 2 calls.")
    assert names() == ["Harper v. Castellan", "Nordby Shipping", "Nordby Shipping"]
    olivia.page.get_by_role("button", name="Undo").click()
    olivia.sees("Undone: 2 calls as before.")
    assert names() == ["", "", "Harper v. Castellan"]


@pytest.mark.parametrize("size", SIZES)
def test_the_inbox_is_emptied_and_the_month_closed(
    arrive: Arrive,
    cast: LawFirm,
    month: AccountCode,
    size: Size,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("callmark.portal.views.inbox._ROWS", 1)
    olivia = arrive_at(arrive, cast, size, f"{CALLS}to-assign/")
    olivia.page.locator("input[name=call]").check()
    olivia.page.get_by_label("All 2 that match").check()
    olivia.page.get_by_role("button", name="Assign what is suggested").click()
    olivia.sees("Each of these 2 calls will get the code that is suggested for it")
    olivia.examine("calls-confirm-suggested")
    olivia.page.get_by_role("button", name="Assign what is suggested").click()
    olivia.sees("Assigned what was suggested to 2 calls.")
    assert names() == ["Harper v. Castellan"] * 3
    olivia.page.get_by_role("button", name="Undo").click()
    olivia.sees("Undone: 2 calls as before.")
    olivia.page.get_by_role("button", name=re.compile("Harper v. Castellan")).first.click()
    olivia.sees("Assigned “Harper v. Castellan” to 1 call.")
    olivia.page.locator("input[name=call]").check()
    olivia.page.get_by_role("button", name="Assign what is suggested").click()
    olivia.sees("All done")
    assert names() == ["Harper v. Castellan"] * 3
    olivia.go("/accounts/firm/")
    olivia.page.get_by_role("link", name="Close", exact=True).click()
    olivia.page.get_by_role("link", name="Close the month").click()
    dialog = olivia.page.get_by_role("dialog")
    dialog.get_by_text("1 call, 0:01:00 of talk").wait_for()
    dialog.get_by_role("button", name="Close the month").click()
    olivia.sees("Its codes no longer change")
    assert every(ClosedMonth).count() == 1
    old = every(Call).get(dialed="2125550142")
    old.seconds = 300
    old.save()
    place(cast, cast.ben, "2125550144", started_at=old.started_at, seconds=75)
    olivia.page.reload()
    olivia.sees("1 more call of this month")
    olivia.examine("month-closed-learned-later")
    olivia.page.get_by_role("link", name="billed in").click()
    olivia.sees("became known when that month was closed")
    olivia.sees("Learned later about closed months")
    olivia.examine("month-learned-later")
    olivia.go(f"/accounts/firm/months/{old.billing_month}/")
    olivia.page.get_by_role("link", name="Open again").click()
    olivia.page.get_by_role("dialog").get_by_role("button", name="Open again").click()
    olivia.sees("is open again.")
    assert not every(ClosedMonth).exists()


@pytest.mark.parametrize("size", SIZES)
def test_one_of_many_users_is_typed_and_all_that_match_get_a_code(
    arrive: Arrive,
    cast: LawFirm,
    month: AccountCode,
    size: Size,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("callmark.portal.forms.calls.IN_A_LIST", 1)
    monkeypatch.setattr("callmark.portal.views.calls._ROWS", 1)
    olivia = arrive_at(arrive, cast, size, f"{CALLS}?tag=to_assign")
    page = olivia.page
    field = page.get_by_role("combobox", name=re.compile("User"))
    field.fill("be")
    page.get_by_role("option", name="Ben").wait_for()
    olivia.examine("calls-choosing-a-user")
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url(f"**/calls/?user={cast.ben.pk}&tag=to_assign")
    olivia.sees("User: Ben")
    assert (field.input_value(), rows(olivia).count()) == ("Ben", 1)
    field.fill("nobody of that name")
    page.get_by_role("option", name="Nothing matches").wait_for()
    field.press("Escape")
    assert field.input_value() == "Ben"
    page.locator("input[name=call]").check()
    page.get_by_label("All 2 that match").check()
    olivia.sees("2 selected")
    olivia.examine("calls-all-that-match")
    page.get_by_label("Account code: its name or its digits").fill("5521")
    page.get_by_role("button", name="Assign code").click()
    olivia.sees("2 calls will get Nordby Shipping")
    olivia.examine("calls-confirm")
    page.get_by_role("button", name="Assign the code to 2 calls").click()
    olivia.sees("Assigned “Nordby Shipping” to 2 calls.")
    page.get_by_role("button", name="Undo").click()
    olivia.sees("Undone: 2 calls as before.")
    assert names() == ["", "", "Harper v. Castellan"]


def test_back_closes_a_calls_story_before_it_takes_a_filter_back(
    arrive: Arrive, cast: LawFirm, month: AccountCode
) -> None:
    olivia = arrive_at(arrive, cast, "desktop", CALLS)
    page = olivia.page
    page.get_by_label("With or without an account code").select_option("to_assign")
    page.wait_for_url("**/calls/?tag=to_assign")
    for link in page.locator("a[data-story]").all():
        link.click()
        page.locator("#story h2").wait_for()
    page.go_back()
    page.locator("#story").wait_for(state="hidden")
    assert rows(olivia).count() == 2
    assert "tag=to_assign" in page.url
    page.go_back()
    page.wait_for_url("**/calls/")
    page.locator("#list tbody tr").nth(3).wait_for()


def test_a_call_is_put_right_with_the_keyboard_alone(
    arrive: Arrive, cast: LawFirm, month: AccountCode
) -> None:
    olivia = arrive_at(arrive, cast, "desktop", f"{CALLS}?tag=to_assign")
    page = olivia.page
    first = page.locator("a[data-story]").first
    first.focus()
    page.keyboard.press("Enter")
    page.locator("#story h2").wait_for()
    page.locator("#story:focus").wait_for()
    page.get_by_label("Account code: its name or its digits").last.wait_for()
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "code":
            break
    page.keyboard.type("0417")
    page.keyboard.press("Enter")
    olivia.sees("Assigned “Harper v. Castellan” to 1 call.")
    page.locator("a[data-story]").first.focus()
    page.keyboard.press("Enter")
    page.locator("#story h2").wait_for()
    page.keyboard.press("Escape")
    page.locator("#story").wait_for(state="hidden")
    page.locator("a[data-story]:focus").wait_for()


def test_everything_works_without_our_script(
    arrive: Arrive, cast: LawFirm, month: AccountCode
) -> None:
    olivia = arrive_at(arrive, cast, "desktop", CALLS, scripts=False)
    olivia.page.get_by_label("With or without an account code").select_option("to_assign")
    olivia.page.get_by_role("button", name="Filter", exact=True).click()
    expect(rows(olivia)).to_have_count(2)
    olivia.page.locator("input[name=call]").first.check()
    olivia.page.get_by_label("Account code: its name or its digits").fill("0417")
    olivia.page.get_by_role("button", name="Assign code").click()
    olivia.sees("Assigned “Harper v. Castellan” to 1 call.")
    olivia.page.get_by_role("button", name="Undo").click()
    olivia.sees("Undone: 1 call as before.")
    olivia.page.locator("a[data-story]").first.click()
    olivia.sees("What happened, and why")


@pytest.mark.parametrize("size", SIZES)
def test_pictures_of_the_month(
    arrive: Arrive, cast: LawFirm, month: AccountCode, size: Size
) -> None:
    olivia = arrive(person=cast.olivia, size=size)
    last = (
        calendar_of(cast.account).month_of(calendar_of(cast.account).day_of(timezone.now())).before
    )
    for path, name in (
        ("", "home"),
        ("calls/?period=this_month&call_type=international", "calls-filtered"),
        ("calls/?since=2026-02-31", "calls-wrong"),
        ("calls/?q=nobody", "calls-nothing-found"),
        ("calls/to-assign/", "to-assign"),
        (f"calls/to-assign/?user={cast.olivia.pk}", "to-assign-nothing-found"),
        ("months/", "months"),
        (f"months/{last.first}/", "month"),
    ):
        olivia.expected = ("does not conform",) if name == "calls-wrong" else ()
        olivia.go(f"/accounts/firm/{path}")
        olivia.examine(name)
        olivia.complaints.clear()
    if size == "desktop":
        olivia.go(CALLS)
        olivia.page.locator("a[data-story]").first.click()
        olivia.page.locator("#story h2").wait_for()
        olivia.examine("story-beside")
