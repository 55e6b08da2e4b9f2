"""What somebody chose or typed is neither lost nor turned into something else."""

import pytest

from callmark.codes.models import AccountCodeSettings
from callmark.policy.settings import CodeSwitches
from tests.browser.conftest import Arrive
from tests.browser.visitor import Visitor
from tests.portal.cast import Cast, code, first_time, stored
from tests.rows import every

pytestmark = pytest.mark.browser

SETTINGS = "/accounts/firm/account-codes/"
CHOSEN = CodeSwitches(international=True, premium=True, proceed_after_max_retries=True)


def save(visitor: Visitor) -> None:
    visitor.page.locator("#settings-form").get_by_role("button", name="Save", exact=True).click()


@pytest.fixture
def olivia(arrive: Arrive, cast: Cast) -> Visitor:
    """Olivia at Account Codes Settings: off, with rules stored that are on."""
    first_time(cast, code_length=3)
    for number in range(4):
        code(cast, digits=f"{number:03}", name=f"Client {number}")
    settings = every(AccountCodeSettings).get()
    settings.switches = CHOSEN
    settings.save()
    visitor = arrive(person=cast.olivia)
    visitor.go(SETTINGS)
    return visitor


def test_back_cannot_wipe_the_policy(olivia: Visitor, cast: Cast) -> None:
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
    assert stored(cast).switches == CHOSEN


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
