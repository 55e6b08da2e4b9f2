"""Many users at once, on a desktop and on a phone: by the keyboard, with names of any kind."""

import pytest
from playwright.sync_api import expect

from callmark.accounts.models import User
from callmark.accounts.services import add_person
from callmark.codes.models import UserCodeSettings
from callmark.codes.services import save_user_settings
from callmark.policy.rules import CodeRules
from tests.browser.conftest import Arrive
from tests.browser.test_calls_put_right import arrive_at
from tests.browser.test_every_page import SIZES
from tests.browser.visitor import Size
from tests.portal.cast import Cast, code, first_time, turn_on_quietly
from tests.rows import every

pytestmark = pytest.mark.browser

NAMES = ("W" * 100, "משרד עורכי דין")


def enabled() -> set[str]:
    return set(every(UserCodeSettings).filter(enabled=True).values_list("user__name", flat=True))


@pytest.mark.parametrize("size", SIZES)
def test_users_are_chosen_disabled_undone_and_reset(arrive: Arrive, cast: Cast, size: Size) -> None:
    first_time(cast)
    code(cast)
    own: list[User] = [add_person(cast.firm, name=name) for name in NAMES]
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
