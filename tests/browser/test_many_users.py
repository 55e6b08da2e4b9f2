"""Many users at once, on a desktop and on a phone: by the keyboard, with names of any kind."""

import pytest
from playwright.sync_api import expect

from callmark.accounts.models import Extension, User
from callmark.accounts.services import add_person, change_account
from callmark.codes.models import UserCodeSettings
from callmark.codes.services import save_user_settings
from callmark.codes.templates import save_template
from callmark.policy.rules import CodeRules
from tests.browser.conftest import Arrive
from tests.browser.test_calls_put_right import arrive_at
from tests.browser.test_every_page import SIZES
from tests.browser.visitor import Size
from tests.cast import LawFirm, code, first_time, turn_on_quietly
from tests.rows import every

pytestmark = pytest.mark.browser

NAMES = ("W" * 100, "משרד עורכי דין")


def enabled() -> set[str]:
    return set(every(UserCodeSettings).filter(enabled=True).values_list("user__name", flat=True))


@pytest.mark.parametrize("size", SIZES)
def test_users_are_chosen_disabled_undone_and_reset(
    arrive: Arrive, cast: LawFirm, size: Size
) -> None:
    first_time(cast)
    code(cast)
    own: list[User] = [add_person(cast.account, name=name) for name in NAMES]
    turn_on_quietly(cast)
    for user in own:
        rules = CodeRules(toll_free=True, other_outside=True)
        save_user_settings(user, enabled=True, override=rules, actor=cast.olivia)
    before = enabled()
    olivia = arrive_at(arrive, cast, size, "/accounts/firm/users/")
    olivia.examine("users-many")
    # By the keyboard: a box, and the button that comes into view with it.
    olivia.page.get_by_label("Choose Ben").focus()
    olivia.page.keyboard.press("Space")
    expect(olivia.page.locator("[data-bulk-count]")).to_have_text("1")
    olivia.page.get_by_role("button", name="Disable account codes").focus()
    olivia.page.keyboard.press("Enter")
    expect(olivia.page.get_by_text("Account codes disabled for 1 user.")).to_be_visible()
    assert enabled() == before - {"Ben"}
    olivia.click("button", "Undo")
    expect(olivia.page.get_by_text("Undone: 1 user as before.")).to_be_visible()
    assert enabled() == before

    olivia.page.get_by_label("Account codes", exact=True).select_option("custom")
    expect(olivia.page.locator("#list tbody tr")).to_have_count(2)
    expect(olivia.page.locator(".chip")).to_contain_text("Custom settings")
    olivia.page.get_by_label(f"Choose {NAMES[0]}").check()
    olivia.page.get_by_label(f"Choose {NAMES[1]}").check()
    olivia.click("button", "Reset to the account’s settings")
    expect(olivia.page.get_by_role("heading", level=1)).to_have_text(
        "Reset to the account's settings"
    )
    olivia.sees("Toll-free on becomes off")
    olivia.examine("users-confirm")
    olivia.click("button", "Reset 2 users")
    expect(olivia.page.get_by_text("2 users now follow the account's settings.")).to_be_visible()
    assert not every(UserCodeSettings).filter(override=True).exists()
    olivia.assert_no_complaints()


@pytest.mark.parametrize("size", SIZES)
def test_a_list_of_users_is_pasted_understood_and_imported(
    arrive: Arrive, cast: LawFirm, size: Size
) -> None:
    otto = arrive_at(arrive, cast, size, "/accounts/firm/users/import/", person=cast.otto)
    rows = "".join(f"{name},{number},desk\n" for number, name in enumerate(NAMES, start=301))
    otto.page.get_by_label("Or paste the list").fill(f"Mitarbeiter,Durchwahl,Ort\n{rows}")
    otto.page.get_by_label("Endpoint of an extension").fill("firm-{extension}")
    otto.page.keyboard.press("Enter")
    otto.sees("Say below what the columns are.")
    otto.page.get_by_label("Column 1 is").select_option("name")
    otto.page.get_by_label("Column 2 is").select_option("extension")
    otto.click("button", "Preview with these columns")
    otto.sees("2 users will be added, 2 extensions given.")
    otto.examine("users-import-preview")
    otto.click("button", "Import", exact=True)
    otto.sees("List imported: 2 users added.")
    given = every(Extension).filter(number__startswith="30").order_by("number")
    assert [one.endpoint for one in given] == ["firm-301", "firm-302"]
    otto.assert_no_complaints()


def test_a_short_name_follows_the_name_while_it_is_typed(arrive: Arrive, cast: LawFirm) -> None:
    otto = arrive(person=cast.otto)
    otto.go("/accounts/add/")
    otto.page.get_by_label("Name", exact=True).press_sequentially("Firm & Co.")
    short = otto.page.get_by_label("Short name")
    expect(short).to_have_value("firm-co")
    short.fill("mine")
    otto.page.get_by_label("Name", exact=True).press_sequentially(" of Rome")
    with otto.page.expect_response("**/short-name/**"):
        otto.page.get_by_label("Name", exact=True).press_sequentially("!")
    expect(short).to_have_value("mine")
    otto.assert_no_complaints()


@pytest.mark.parametrize("size", SIZES)
def test_the_operators_pages_fit_with_names_of_any_kind(
    arrive: Arrive, cast: LawFirm, size: Size
) -> None:
    first_time(cast)
    change_account(cast.account, {"name": NAMES[0]}, actor=cast.otto)
    for name in NAMES:
        save_template(cast.account, name, actor=cast.otto)
    otto = arrive_at(arrive, cast, size, "/templates/", person=cast.otto)
    otto.examine("templates")
