"""The keyboard reaches everything, and the light or dark one chose stays."""

import pytest

from tests.browser.conftest import Arrive
from tests.cast import LawFirm, first_time, stored

pytestmark = pytest.mark.browser


def test_settings_are_saved_without_a_mouse(arrive: Arrive, cast: LawFirm) -> None:
    first_time(cast)
    olivia = arrive(person=cast.olivia)
    olivia.go("/accounts/firm/account-codes/")
    keys = olivia.page.keyboard
    keys.press("Tab")
    assert olivia.page.locator(":focus").inner_text() == "Skip to content"
    keys.press("Enter")
    olivia.page.get_by_role("switch", name="Allow account codes").focus()
    keys.press("Space")
    olivia.page.get_by_role("switch", name="Toll-free").focus()
    keys.press("Space")
    passed = [""]
    # Between them and Save are the options at the prompt, and the two lists of numbers.
    while passed[-1] != "Save" and len(passed) < 20:
        keys.press("Tab")
        passed.append(olivia.page.locator(":focus").inner_text())
    assert passed[-1] == "Save"
    assert any("Refuse them all" in one for one in passed)
    keys.press("Enter")
    dialog = olivia.page.get_by_role("dialog", name="Save Account Codes")
    dialog.wait_for()
    # The dialog keeps the focus, Escape closes it, and the focus is back where it was.
    for _ in range(8):
        keys.press("Tab")
        assert olivia.page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    keys.press("Escape")
    dialog.wait_for(state="detached")
    assert olivia.page.locator(":focus").inner_text() == "Save"
    keys.press("Enter")
    dialog.get_by_role("radio", name="No").focus()
    keys.press("Space")
    keys.press("Enter")
    assert olivia.sees("Account Codes Settings saved.")
    assert stored(cast).rules.toll_free


def test_light_and_dark_follow_the_system_until_one_chooses(arrive: Arrive, cast: LawFirm) -> None:
    olivia = arrive(person=cast.olivia, scheme="dark")

    def becomes(theme: str) -> None:
        olivia.page.locator(f"html[data-theme={theme}]").wait_for()

    olivia.go("/accounts/firm/calls/")
    becomes("dark")
    olivia.page.emulate_media(color_scheme="light")
    becomes("light")
    olivia.click("button", "Change between light and dark")
    becomes("dark")
    olivia.go("/accounts/firm/users/")
    becomes("dark")
    olivia.click("button", "Change between light and dark")
    becomes("light")


def test_without_scripts_everything_works(arrive: Arrive, cast: LawFirm) -> None:
    first_time(cast)
    olivia = arrive(person=cast.olivia, scripts=False)
    olivia.go("/accounts/firm/account-codes/")
    olivia.switch("Allow account codes", True)
    olivia.switch("International", True)
    olivia.click("button", "Save")
    olivia.page.get_by_role("radio", name="Yes").check()
    olivia.click("button", "Save")
    assert olivia.sees("turned on for 4 users")
    assert stored(cast).rules.international
    olivia.go("/accounts/firm/test-call/")
    olivia.page.get_by_label("Call as").select_option("Uma (201)")
    olivia.page.get_by_label("Number to dial").fill("011442079460000")
    olivia.click("button", "Call")
    olivia.page.get_by_label("Account code", exact=True).fill("4321")
    olivia.click("button", "Enter")
    assert olivia.sees("The call goes through")
