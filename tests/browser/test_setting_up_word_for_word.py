"""The help page *Account Codes Setup*, followed word for word in a browser."""

import pytest

from callmark.codes.models import AccountCode, UserCodeSettings
from callmark.policy.rules import CodeRules
from tests.browser.conftest import Arrive
from tests.browser.visitor import Visitor
from tests.cast import PASSWORD, LawFirm, code, first_time, stored
from tests.rows import every

pytestmark = pytest.mark.browser


@pytest.fixture
def olivia(arrive: Arrive, cast: LawFirm) -> Visitor:
    """Olivia, signed in."""
    return arrive(person=cast.olivia)


def enabled(cast: LawFirm) -> set[str]:
    users = every(UserCodeSettings).filter(user__account=cast.account, enabled=True)
    return set(users.values_list("user__name", flat=True))


def save(olivia: Visitor) -> None:
    olivia.page.locator("#settings-form").get_by_role("button", name="Save", exact=True).click()


def in_dialog(olivia: Visitor, button: str, *, choose: str = "") -> None:
    dialog = olivia.page.get_by_role("dialog")
    if choose:
        dialog.get_by_role("radio", name=choose).check()
    dialog.get_by_text(button, exact=True).click()


def test_from_the_first_visit_to_turning_it_off(arrive: Arrive, cast: LawFirm) -> None:
    olivia = arrive()
    sign_in(olivia)
    enable_account_codes_on_the_account(olivia)
    add_the_first_codes(olivia)
    choose_account_settings(olivia)
    save_account_codes(olivia, cast)
    customise_a_user(olivia)
    turn_it_off_and_keep_custom_settings(olivia, cast)


def sign_in(olivia: Visitor) -> None:
    olivia.go("/login/")
    olivia.page.get_by_label("E-mail").fill("olivia@firm.example")
    olivia.page.get_by_label("Password", exact=True).fill(PASSWORD)
    olivia.click("button", "Sign in")


def enable_account_codes_on_the_account(olivia: Visitor) -> None:
    """The following steps are only required the very first time."""
    olivia.navigate("Account Codes")
    olivia.page.get_by_label("Account code length").fill("4")
    olivia.page.get_by_label("Max retries to validate code").fill("3")
    assert olivia.sees("This setting cannot be changed later")
    save(olivia)
    assert olivia.page.get_by_role("dialog").count() == 0
    assert olivia.sees("Account Codes Settings")


def add_the_first_codes(olivia: Visitor) -> None:
    """At least one account code must be added before enabling Validate."""
    olivia.switch("Allow account codes", True)
    validate = olivia.page.get_by_role("switch", name="Validate account codes when dialed")
    assert validate.is_disabled()
    olivia.page.once("dialog", lambda dialog: dialog.accept())  # Allow is not saved yet.
    olivia.page.get_by_role("link", name="Add account codes").click()
    for name, digits in (("General office", "1234"), ("Nordby Shipping", "0417")):
        olivia.page.get_by_label("Name or short description").fill(name)
        olivia.page.get_by_label("Account code", exact=True).fill(digits)
        olivia.click("button", "Add code")
        assert olivia.sees(f"Account code “{name}” added.")


def choose_account_settings(olivia: Visitor) -> None:
    """Under Account Codes Settings, turn on Allow account codes; choose the defaults."""
    olivia.click("link", "Settings")
    olivia.switch("Allow account codes", True)
    olivia.switch("Require account codes for internal calls", True)
    olivia.switch("International", True)
    assert olivia.sees("the call types chosen below are not really restricted")
    olivia.switch("Validate account codes when dialed", True)
    olivia.switch("Allow call to proceed after max retries", True)
    olivia.switch("Directory assistance", True)
    olivia.switch("Premium toll", True)


def save_account_codes(olivia: Visitor, cast: LawFirm) -> None:
    """Cancel applies nothing, Yes enables everybody."""
    save(olivia)
    assert olivia.sees("except those with custom settings")
    in_dialog(olivia, "Cancel")
    assert not stored(cast).allowed
    save(olivia)
    in_dialog(olivia, "Save", choose="Yes")
    assert olivia.sees("account codes turned on for 4 users")
    assert enabled(cast) == {"Olivia", "Rick", "Uma", "Ben"}
    assert stored(cast).rules == CodeRules(
        require_internal=True,
        validate=True,
        proceed_after_max_retries=True,
        international=True,
        directory_assistance=True,
        premium=True,
    )


def customise_a_user(olivia: Visitor) -> None:
    """These settings can be customized for individual users."""
    olivia.navigate("Users")
    olivia.click("link", "Uma")
    toll_free = olivia.page.get_by_role("switch", name="Toll-free")
    assert toll_free.is_disabled()
    assert olivia.page.get_by_role("switch", name="International").is_checked()
    olivia.switch("Override account level settings", True)
    assert toll_free.is_enabled()
    olivia.switch("Toll-free", True)
    olivia.click("button", "Save")
    assert olivia.sees("Settings of Uma saved.")
    olivia.navigate("Users")
    assert olivia.sees("On, custom settings")


def turn_it_off_and_keep_custom_settings(olivia: Visitor, cast: LawFirm) -> None:
    """Off for everybody; codes and, as chosen, custom settings are kept."""
    olivia.navigate("Account Codes")
    olivia.switch("Allow account codes", False)
    save(olivia)
    assert olivia.sees("Delete custom user settings")
    in_dialog(olivia, "Save")
    assert olivia.sees("Account codes are off for every user")
    assert enabled(cast) == set()
    assert every(UserCodeSettings).get(user=cast.uma).override
    assert every(AccountCode).filter(account=cast.account).count() == 2


def test_what_the_help_page_says_is_what_the_portal_says(olivia: Visitor, cast: LawFirm) -> None:
    """Its words, in its order, on the page that it speaks of."""
    olivia.go("/")
    olivia.navigate("Account Codes")
    reads(
        olivia,
        "Account",
        "Account Codes",
        "Account code length",
        "3 to 7",
        "This setting cannot be changed later",
        "Max retries to validate code",
        "1 to 9",
        "3 to 5 is usual",
    )
    first_time(cast)
    olivia.page.reload()
    reads(
        olivia,
        "Account Codes Settings",
        "Allow account codes",
        "Require account codes for internal calls",
        "every call to another user of the account",
        "star code (*50) and an account code during the call",
        "Validate account codes when dialed",
        "any number is accepted, as long as it has the right length",
        "Add at least one account code first",
        "Allow call to proceed after max retries",
        "Calls requiring account codes",
        "International",
        "The US and Canada share one",
        "Directory assistance",
        "(411) and operator assistance (0)",
        "Premium toll",
        "1-900 numbers",
    )
    olivia.switch("Allow account codes", True)
    save(olivia)
    reads(
        olivia,
        "Save Account Codes",
        "These settings will be applied to all users who have account codes enabled",
        "except those with custom settings",
        "enable this feature for all users who don't have it yet?",
        "Yes",
        "also for those who were turned off on purpose. Those will have to be turned off again",
        "No",
        "without account codes. You can enable them for each user",
        inside="dialog[open]",
    )


def reads(olivia: Visitor, *words: str, inside: str = "main") -> None:
    """These words stand there, one after the other."""
    part = olivia.page.locator(inside)
    part.get_by_text(words[-1]).first.wait_for()
    rest = " ".join(part.inner_text().split())
    for one in words:
        assert one in rest, f"{one!r} does not come next in: {rest}"
        rest = rest.partition(one)[2]


def test_help_is_one_click_away(olivia: Visitor, cast: LawFirm) -> None:
    first_time(cast)
    olivia.go("/accounts/firm/account-codes/")
    olivia.click("link", "Help")
    place = olivia.page.get_by_role("heading", name="Account Codes Settings", exact=True)
    in_sight = "it => it.getBoundingClientRect().top < innerHeight"
    olivia.page.wait_for_function(in_sight, arg=place.element_handle())
    assert olivia.page.url.endswith("/help/#account-codes-settings")
    olivia.page.get_by_role("searchbox").fill("catch-all")
    assert olivia.sees("2 places in the guide")
    olivia.page.locator(".guide-found").get_by_role("link", name="A catch-all code").click()
    olivia.page.get_by_role("heading", name="A catch-all code", exact=True).wait_for()


def test_users_added_later_have_it_off_until_it_is_turned_on(
    olivia: Visitor, cast: LawFirm
) -> None:
    """About User Settings: there are two ways to enable it after this point."""
    first_time(cast)
    olivia.go("/accounts/firm/account-codes/")
    olivia.switch("Allow account codes", True)
    save(olivia)
    in_dialog(olivia, "Save", choose="Yes")
    assert olivia.sees("turned on for 4 users.")
    for name in ("Nina", "Nora"):
        olivia.navigate("Users")
        olivia.click("link", "Add a user")
        olivia.page.get_by_label("Name").fill(name)
        olivia.click("button", "Add")
        assert olivia.sees(f"{name} is added.")
    assert not {"Nina", "Nora"} & enabled(cast)

    # 2. Go to their Settings tab and turn it on.
    olivia.navigate("Users")
    olivia.click("link", "Nora")
    proceed = olivia.page.get_by_role("switch", name="Allow call to proceed after max retries")
    olivia.switch("Enable account codes", True)
    olivia.switch("Override account level settings", True)
    assert proceed.is_disabled(), "only while it is enabled at the account level"
    olivia.switch("Override account level settings", False)
    olivia.click("button", "Save")
    assert olivia.sees("Settings of Nora saved.")
    assert "Nora" in enabled(cast)
    assert "Nina" not in enabled(cast)

    # 1. Re-save the settings, even without a change, and choose Yes.
    olivia.navigate("Account Codes")
    save(olivia)
    in_dialog(olivia, "Save", choose="Yes")
    assert olivia.sees("turned on for 1 user.")
    assert "Nina" in enabled(cast)


def test_no_leaves_everybody_as_they_are(olivia: Visitor, cast: LawFirm) -> None:
    first_time(cast)
    olivia.go("/accounts/firm/account-codes/")
    olivia.switch("Allow account codes", True)
    save(olivia)
    in_dialog(olivia, "Save", choose="No")
    assert olivia.sees("Account Codes Settings saved.")
    assert stored(cast).allowed
    assert enabled(cast) == set()

    # Re-save, even without a change, and choose Yes.
    save(olivia)
    in_dialog(olivia, "Save", choose="Yes")
    assert olivia.sees("turned on for 4 users")
    assert len(enabled(cast)) == 4


def test_turning_off_can_delete_custom_settings(olivia: Visitor, cast: LawFirm) -> None:
    first_time(cast)
    code(cast)
    UserCodeSettings.objects.create(user=cast.uma, enabled=True, override=True, toll_free=True)
    settings = stored(cast)
    settings.allowed = True
    settings.save()
    olivia.go("/accounts/firm/account-codes/")
    olivia.switch("Allow account codes", False)
    assert olivia.page.get_by_role("switch", name="International").is_disabled()
    save(olivia)
    olivia.switch("Delete custom user settings", True)
    in_dialog(olivia, "Save")
    assert olivia.sees("Account codes are off for every user")
    assert not every(UserCodeSettings).get(user=cast.uma).override


def test_two_administrators_at_once(olivia: Visitor, cast: LawFirm) -> None:
    first_time(cast)
    olivia.go("/accounts/firm/account-codes/")
    olivia.switch("Allow account codes", True)
    olivia.switch("Toll-free", True)
    save(olivia)
    olivia.page.get_by_role("dialog").wait_for()
    settings = stored(cast)
    settings.version += 1
    settings.save()
    in_dialog(olivia, "Save", choose="Yes")
    assert olivia.sees("Somebody else changed this")
    assert olivia.sees("Toll-free: stored now is off.")
    assert not stored(cast).allowed
    assert olivia.page.get_by_role("switch", name="Toll-free").is_checked()


def test_codes_are_renamed_searched_and_deleted(olivia: Visitor, cast: LawFirm) -> None:
    first_time(cast)
    code(cast, "1234", "General office")
    for number in range(60):
        code(cast, f"{number:04}", f"Client {number:02}")
    olivia.go("/accounts/firm/account-codes/codes/")
    olivia.click("link", "Next")
    olivia.click("link", "Next")
    here = olivia.page.url
    olivia.click("link", "Edit General office")
    olivia.page.get_by_role("dialog").get_by_label("Name or short description").fill("Front office")
    in_dialog(olivia, "Save")
    assert olivia.sees("Account code renamed")
    assert olivia.page.url == here

    search = olivia.page.get_by_role("searchbox")
    search.fill("client")
    assert olivia.sees("60 account codes")
    olivia.click("button", "Next")
    assert olivia.sees("Client 49")
    search.fill("0042")
    assert olivia.sees("Client 42")
    olivia.page.get_by_text("Client 07").wait_for(state="detached")
    assert "0042" not in olivia.page.url
    olivia.click("link", "Delete Client 42")
    in_dialog(olivia, "Delete")
    assert olivia.sees("deleted.")
    assert not every(AccountCode).filter(account=cast.account, name="Client 42").exists()
