"""Pages around signing in that one comes to step by step: light on desktops, dark on phones."""

import pytest
from pytest_django import Settings

from callmark.sign_in.invitations import invite, send_again
from callmark.sign_in.people import set_active
from tests.browser.conftest import Arrive
from tests.browser.test_every_page import SIZES
from tests.browser.visitor import Size, Visitor
from tests.cast import PASSWORD, LawFirm
from tests.sign_in.authenticator import code_of, key_on

pytestmark = pytest.mark.browser


def confirm(visitor: Visitor) -> None:
    """Type the password again."""
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.click("button", "Continue")


def look(visitor: Visitor, path: str, name: str) -> None:
    visitor.go(path)
    visitor.examine(name)


@pytest.mark.parametrize("size", SIZES)
def test_the_own_sign_in(arrive: Arrive, cast: LawFirm, size: Size) -> None:
    uma = arrive(person=cast.uma, size=size)
    look(uma, "/sign-in/app/set-up/", "sign-in-reauthenticate")
    confirm(uma)
    uma.examine("sign-in-app-set-up")
    key = key_on(uma.page.content())
    uma.page.get_by_label("Code that the app shows now").fill("000000")
    uma.click("button", "Turn on")
    uma.examine("sign-in-app-wrong-code")
    uma.page.get_by_label("Code that the app shows now").fill(code_of(key))
    uma.click("button", "Turn on")
    uma.sees("They are shown only now.")
    uma.examine("sign-in-recovery-codes")
    uma.click("link", "I have saved them")
    uma.examine("sign-in-overview")
    for path, name in (
        ("/sign-in/recovery-codes/", "sign-in-recovery-codes-again"),
        ("/sign-in/recovery-codes/new/", "sign-in-recovery-codes-new"),
        ("/sign-in/app/remove/", "sign-in-app-remove"),
        ("/sign-in/passkeys/add/", "sign-in-passkey-add"),
        ("/sign-in/sessions/", "sign-in-devices"),
    ):
        look(uma, path, name)


@pytest.mark.parametrize("size", SIZES)
def test_the_second_step(arrive: Arrive, cast: LawFirm, size: Size, settings: Settings) -> None:
    settings.MAIL_IS_SET_UP = True
    cast.account.requires_second_factor = True
    cast.account.save()
    uma = arrive(size=size)
    look(uma, "/login/", "sign-in-with-mail")
    uma.page.get_by_label("E-mail").fill("uma@firm.example")
    uma.page.get_by_label("Password").fill(PASSWORD)
    uma.click("button", "Sign in")
    uma.sees("Choose one to continue")
    uma.examine("sign-in-forced")
    uma.page.get_by_role("link", name="Authenticator app").click()
    uma.examine("sign-in-forced-app")
    key = key_on(uma.page.content())
    uma.page.get_by_label("Code that the app shows now").fill(code_of(key))
    uma.click("button", "Turn on")
    uma.click("link", "I have saved them")
    uma.go("/logout/")
    uma.click("button", "Sign out")
    uma.page.get_by_label("E-mail").fill("uma@firm.example")
    uma.page.get_by_label("Password").fill(PASSWORD)
    uma.click("button", "Sign in")
    uma.sees("One more step")
    uma.examine("sign-in-second-step")


@pytest.mark.parametrize("size", SIZES)
def test_who_can_sign_in(arrive: Arrive, cast: LawFirm, size: Size) -> None:
    invite(cast.account, name="Ida", email="ida@firm.example", role="reporter", actor=cast.olivia)
    set_active(cast.rick, active=False, actor=cast.olivia)
    olivia = arrive(person=cast.olivia, size=size)
    for path, name in (
        ("people/", "people"),
        (f"people/{cast.rick.pk}/", "people-deactivated"),
        (f"people/{cast.olivia.pk}/", "people-self"),
    ):
        look(olivia, f"/accounts/firm/{path}", name)
    olivia.go(f"/accounts/firm/people/{cast.uma.pk}/")
    olivia.click("button", "Send again")
    olivia.examine("people-link")
    otto = arrive(person=cast.otto, size=size)
    look(otto, "/sign-in/", "sign-in-overview-operator")


@pytest.mark.parametrize("size", SIZES)
def test_an_invitation(arrive: Arrive, cast: LawFirm, size: Size) -> None:
    link = f"/invitation/{send_again(cast.uma, actor=cast.olivia).token}/"
    uma = arrive(size=size)
    look(uma, link, "invitation")
    uma.page.get_by_label("Password", exact=True).fill("short")
    uma.page.get_by_label("Password again").fill("shorter")
    uma.click("button", "Save and sign in")
    uma.examine("invitation-refused")
    uma.expected = ("410",)
    look(uma, "/invitation/no-such-link/", "invitation-gone")
