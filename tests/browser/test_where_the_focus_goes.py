"""After something has changed the focus is at the next step, and what was found is announced."""

import pytest

from callmark.codes.services import add_code
from tests.browser.conftest import Arrive
from tests.browser.visitor import Visitor
from tests.cast import LawFirm, first_time, turn_on_quietly

pytestmark = pytest.mark.browser

CODES = "/accounts/firm/account-codes/codes/"


def at(visitor: Visitor, selector: str) -> bool:
    """Whether the focus is there, after waiting a little for it."""
    visitor.page.locator(f"{selector}:focus").wait_for()
    return True


def is_told(visitor: Visitor, words: str) -> bool:
    """Whether a screen reader is told this, after waiting a little for it."""
    visitor.page.locator("[data-told]").get_by_text(words, exact=True).wait_for(state="attached")
    return True


@pytest.mark.parametrize("width", [375, 1280])
def test_after_adding_a_code_comes_the_next(arrive: Arrive, cast: LawFirm, width: int) -> None:
    first_time(cast)
    olivia = arrive(person=cast.olivia)
    olivia.page.set_viewport_size({"width": width, "height": 667})
    olivia.go(CODES)
    keys = olivia.page.keyboard
    olivia.page.get_by_label("Name or short description").focus()
    for name, digits in (("Nordby Shipping", "0417"), ("Harper v. Castellan", "1417")):
        assert at(olivia, "#id_name")
        keys.type(name)
        keys.press("Tab")
        keys.type(digits)
        keys.press("Tab")
        keys.press("Enter")
        assert olivia.sees(f"Account code “{name}” added.")
    assert at(olivia, "#id_name")


def test_what_was_done_has_the_focus_and_the_page_goes_on_from_there(
    arrive: Arrive, cast: LawFirm
) -> None:
    first_time(cast)
    add_code(cast.account, name="Nordby Shipping", code="0417", actor=cast.olivia)
    olivia = arrive(person=cast.olivia)
    olivia.page.set_viewport_size({"width": 375, "height": 667})
    olivia.go(CODES)
    olivia.click("button", "Deactivate Nordby Shipping")
    assert olivia.sees("deactivated: callers can no longer use it")
    assert at(olivia, ".flashes .alert")
    olivia.click("link", "Delete Nordby Shipping")
    olivia.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    assert olivia.sees("deleted.")
    assert at(olivia, ".flashes .alert")


def test_a_search_tells_how_many_it_found(arrive: Arrive, cast: LawFirm) -> None:
    first_time(cast)
    for number in range(30):
        add_code(cast.account, name=f"Case {number:02}", code=f"{number:04}", actor=cast.olivia)
    olivia = arrive(person=cast.olivia)
    olivia.go(CODES)
    search = olivia.page.get_by_role("searchbox")
    search.fill("case")
    assert is_told(olivia, "30 account codes found")
    assert at(olivia, "#search input")
    olivia.click("button", "Next")
    assert olivia.sees("Case 29")
    assert at(olivia, "#list"), "the button went with its page"
    search.fill("case 07")
    assert is_told(olivia, "1 account code found")
    search.fill("nobody")
    assert is_told(olivia, "No account code found")


def test_a_test_call_that_is_over_leads_to_the_next(arrive: Arrive, cast: LawFirm) -> None:
    first_time(cast)
    add_code(cast.account, name="Nordby Shipping", code="0417", actor=cast.olivia)
    turn_on_quietly(cast)
    olivia = arrive(person=cast.olivia)
    olivia.go("/accounts/firm/test-call/")
    olivia.page.get_by_label("Call as").select_option(label="Olivia")
    olivia.page.get_by_label("Number to dial").fill("011442079460000")
    olivia.click("button", "Call")
    assert olivia.sees("is calling")
    assert at(olivia, "#keys")
    olivia.click("button", "Hang up")
    assert olivia.sees("Call over")
    assert at(olivia, ".phone-call")
