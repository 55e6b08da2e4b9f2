"""The pages of users and of who can sign in: each with its dialogs, with and without scripts."""

import pytest

from callmark.accounts.models import User
from callmark.sign_in.invitations import invite
from tests.browser.conftest import Arrive
from tests.browser.test_every_page import SIZES
from tests.browser.visitor import Size, Visitor
from tests.cast import LawFirm
from tests.portal.programs import token
from tests.rows import every

pytestmark = pytest.mark.browser


def look(visitor: Visitor, path: str, name: str) -> None:
    visitor.go(path)
    visitor.examine(name)


def ask(visitor: Visitor, role: str, label: str, name: str, *, exact: bool = True) -> None:
    """Click what opens a dialog, look at it, and close it again."""
    visitor.page.get_by_role(role, name=label, exact=exact).click()  # type: ignore[arg-type]
    visitor.page.get_by_role("dialog").wait_for()
    visitor.examine(name)
    visitor.page.keyboard.press("Escape")
    visitor.page.get_by_role("dialog").wait_for(state="detached")


@pytest.mark.parametrize("size", SIZES)
def test_users(arrive: Arrive, cast: LawFirm, size: Size) -> None:
    made = token(cast).token
    made.created_by = cast.uma
    made.save()
    every(User).filter(pk=cast.ben.pk).update(is_active=False)
    olivia = arrive(person=cast.olivia, size=size)
    look(olivia, "/accounts/firm/users/", "users-one-deactivated")
    look(olivia, f"/accounts/firm/users/{cast.rick.pk}/details/", "user-details-no-phone")
    look(olivia, f"/accounts/firm/users/{cast.ben.pk}/details/", "user-details-deactivated")
    olivia.go(f"/accounts/firm/users/{cast.uma.pk}/details/")
    ask(olivia, "link", "Deactivate", "dialog-user-deactivate")
    ask(olivia, "link", "Delete", "dialog-user-delete")
    otto = arrive(person=cast.otto, size=size)
    look(otto, f"/accounts/firm/users/{cast.uma.pk}/details/", "user-details-operator")
    ask(otto, "link", "Remove extension 201", "dialog-extension-remove")
    otto.go("/accounts/add/")
    otto.page.get_by_label("Short name").fill("Not A Name")
    otto.click("button", "Add")
    otto.examine("account-add-errors")


@pytest.mark.parametrize("size", SIZES)
def test_who_can_sign_in(arrive: Arrive, cast: LawFirm, size: Size) -> None:
    sent = invite(
        cast.account, name="Ida", email="ida@firm.example", role="reporter", actor=cast.olivia
    )
    olivia = arrive(person=cast.olivia, size=size)
    olivia.go(f"/accounts/firm/people/{cast.uma.pk}/")
    olivia.page.get_by_label("Role", exact=True).select_option("administrator")
    ask(olivia, "button", "Save role", "dialog-role")
    olivia.page.get_by_label("E-mail", exact=True).fill("uma.new@firm.example")
    ask(olivia, "button", "Save e-mail", "dialog-email")
    ask(olivia, "link", "Take away", "dialog-remove-sign-in")
    ask(olivia, "link", "Deactivate", "dialog-deactivate")
    ask(olivia, "link", "Delete", "dialog-person-delete")
    look(olivia, f"/accounts/firm/people/{sent.invitation.user_id}/", "people-invited")
    ask(olivia, "link", "Take it back", "dialog-revoke")


def test_a_role_is_changed_and_a_user_deleted(arrive: Arrive, cast: LawFirm) -> None:
    olivia = arrive(person=cast.olivia)
    olivia.go(f"/accounts/firm/people/{cast.uma.pk}/")
    olivia.page.get_by_label("Role", exact=True).select_option("reporter")
    olivia.click("button", "Save role")
    olivia.click("button", "Change role")
    assert olivia.sees("Uma is now reporter.")
    olivia.go(f"/accounts/firm/users/{cast.uma.pk}/details/")
    olivia.click("link", "Delete")
    olivia.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    assert olivia.sees("Uma is deleted.")
    assert not every(User).filter(pk=cast.uma.pk).exists()


def test_the_same_without_scripts(arrive: Arrive, cast: LawFirm) -> None:
    olivia = arrive(person=cast.olivia, scripts=False)
    olivia.go(f"/accounts/firm/people/{cast.uma.pk}/")
    olivia.page.get_by_label("Role", exact=True).select_option("reporter")
    olivia.click("button", "Save role")
    olivia.click("button", "Change role")
    assert olivia.sees("Uma is now reporter.")
    olivia.click("link", "Take away")
    olivia.click("button", "Cancel")
    olivia.click("link", "Delete")
    olivia.click("button", "Delete")
    assert olivia.sees("Uma is deleted.")
