"""What somebody chose or typed is neither lost nor turned into something else."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Dialog

from callmark.codes.models import AccountCodeSettings
from callmark.policy.rules import CodeRules
from tests.browser.conftest import Arrive
from tests.browser.visitor import Visitor
from tests.cast import PASSWORD, LawFirm, code, first_time, stored
from tests.rows import every

pytestmark = pytest.mark.browser

SETTINGS = "/accounts/firm/account-codes/"
CHOSEN = CodeRules(international=True, premium=True, proceed_after_max_retries=True)


def save(visitor: Visitor) -> None:
    visitor.page.locator("#settings-form").get_by_role("button", name="Save", exact=True).click()


@pytest.fixture
def olivia(arrive: Arrive, cast: LawFirm) -> Visitor:
    """Olivia at Account Codes Settings: off, with rules stored that are on."""
    first_time(cast, code_length=3)
    for number in range(4):
        code(cast, digits=f"{number:03}", name=f"Client {number}")
    settings = every(AccountCodeSettings).get()
    settings.rules = CHOSEN
    settings.save()
    visitor = arrive(person=cast.olivia)
    visitor.go(SETTINGS)
    return visitor


def test_back_cannot_wipe_the_policy(olivia: Visitor, cast: LawFirm) -> None:
    olivia.page.on("dialog", lambda dialog: dialog.accept())
    olivia.switch("Allow account codes", True)
    olivia.navigate("Users")
    olivia.page.get_by_role("heading", name="Users", exact=True).wait_for()
    olivia.page.go_back()
    allow = olivia.page.get_by_role("switch", name="Allow account codes", exact=True)
    allow.wait_for()
    international = olivia.page.get_by_role("switch", name="International", exact=True)
    assert international.is_checked()
    assert international.is_enabled() == allow.is_checked()
    allow.check()
    save(olivia)
    olivia.page.get_by_role("radio", name="No").check()
    olivia.page.get_by_role("dialog").get_by_text("Save", exact=True).click()
    olivia.sees("Account Codes Settings saved.")
    assert stored(cast).rules == CHOSEN


@pytest.mark.parametrize("how", ["Enter", "the button"])
def test_the_dialog_stays_when_the_retries_were_just_changed(olivia: Visitor, how: str) -> None:
    olivia.switch("Allow account codes", True)
    retries = olivia.page.get_by_label("Max retries to validate code")
    with olivia.page.expect_response("**/guessability/**"):
        retries.press("ControlOrMeta+a")
        retries.press("2")
        if how == "Enter":
            retries.press("Enter")
        else:
            save(olivia)
    olivia.page.get_by_role("dialog", name="Save Account Codes").wait_for()
    assert olivia.page.locator("dialog").count() == 1


def test_the_warning_of_guessing_follows_the_retries(olivia: Visitor) -> None:
    olivia.switch("Allow account codes", True)
    olivia.switch("Validate account codes when dialed", True)
    retries = olivia.page.get_by_label("Max retries to validate code")
    olivia.sees("about a 1.2% chance")
    retries.fill("9")
    olivia.sees("about a 3.6% chance")


def test_leaving_asks_first(olivia: Visitor) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    olivia.page.on("dialog", stay)
    olivia.navigate("Calls")
    olivia.page.get_by_role("heading", name="Calls").wait_for()
    assert not asked, "nothing was changed"
    olivia.go(SETTINGS)
    olivia.switch("Allow account codes", True)
    account = olivia.page.get_by_role("navigation", name="Account", exact=True)
    with olivia.page.expect_event("dialog"):
        account.get_by_role("link", name="Users", exact=True).click(no_wait_after=True)
    assert asked == ["beforeunload"]
    assert olivia.page.url.endswith(SETTINGS)
    assert olivia.page.get_by_role("switch", name="Allow account codes").is_checked()
    save(olivia)
    olivia.page.get_by_role("radio", name="No").check()
    olivia.page.get_by_role("dialog").get_by_text("Save", exact=True).click()
    olivia.sees("Account Codes Settings saved.")
    assert asked == ["beforeunload"], "saving is not leaving"


def test_what_was_left_comes_back_with_back(olivia: Visitor) -> None:
    olivia.page.on("dialog", lambda dialog: dialog.accept())
    olivia.switch("Allow account codes", True)
    olivia.switch("Toll-free", True)
    olivia.navigate("Users")
    olivia.page.get_by_role("heading", name="Users", exact=True).wait_for()
    olivia.page.go_back()
    for label in ("Allow account codes", "Toll-free", "International"):
        assert olivia.page.get_by_role("switch", name=label, exact=True).is_checked()
    assert olivia.page.get_by_role("switch", name="Toll-free").is_enabled()


def sign_in(visitor: Visitor) -> None:
    visitor.page.get_by_label("E-mail").fill("olivia@firm.example")
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.click("button", "Sign in")


def test_a_form_comes_back_after_the_session_has_ended(olivia: Visitor, cast: LawFirm) -> None:
    olivia.switch("Allow account codes", True)
    olivia.switch("Toll-free", True)
    Session.objects.all().delete()
    save(olivia)
    olivia.page.wait_for_url("**/login/**")
    olivia.sees("You are no longer signed in: the session has ended.")
    olivia.sees("What you typed comes back afterwards")
    olivia.examine("sign-in-session-ended")
    sign_in(olivia)
    olivia.page.wait_for_url(f"**{SETTINGS}")
    assert olivia.page.get_by_role("switch", name="Toll-free").is_checked()
    save(olivia)
    olivia.page.get_by_role("radio", name="No").check()
    olivia.page.get_by_role("dialog").get_by_text("Save", exact=True).click()
    olivia.sees("Account Codes Settings saved.")
    assert stored(cast).rules.toll_free


def test_a_form_sent_too_late_comes_back_without_its_digits(olivia: Visitor) -> None:
    olivia.go(f"{SETTINGS}codes/")
    olivia.page.get_by_label("Name or short description").fill("Nordby Shipping")
    olivia.page.get_by_label("Account code", exact=True).fill("417")
    Session.objects.all().delete()
    olivia.click("button", "Add code")
    olivia.page.wait_for_url("**/login/**")
    kept = olivia.page.evaluate("JSON.stringify(sessionStorage)")
    assert "Nordby Shipping" in kept
    assert "417" not in kept
    olivia.sees("What you typed comes back afterwards")
    sign_in(olivia)
    olivia.page.wait_for_url(f"**{SETTINGS}codes/")
    assert olivia.page.get_by_label("Name or short description").input_value() == "Nordby Shipping"
    assert olivia.page.get_by_label("Account code", exact=True).input_value() == ""
    assert "Nordby" not in olivia.page.evaluate("JSON.stringify(sessionStorage)")


def test_what_one_typed_is_not_for_the_next(olivia: Visitor) -> None:
    olivia.go(f"{SETTINGS}codes/")
    olivia.page.get_by_label("Name or short description").fill("Nordby Shipping")
    Session.objects.all().delete()
    olivia.page.get_by_label("Account code", exact=True).fill("417")
    olivia.click("button", "Add code")
    olivia.page.wait_for_url("**/login/**")
    olivia.page.get_by_label("E-mail").fill("otto@callmark.example")
    olivia.page.get_by_label("Password", exact=True).fill(PASSWORD)
    olivia.click("button", "Sign in")
    olivia.page.wait_for_url(lambda url: "/login/" not in url)
    assert "Nordby" not in olivia.page.evaluate("JSON.stringify(sessionStorage)")
