"""Passkeys, with Chromium's own virtual authenticator in place of a finger on a sensor."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import CDPSession

from tests.browser.conftest import Arrive
from tests.browser.visitor import Visitor
from tests.cast import PASSWORD, LawFirm

pytestmark = pytest.mark.browser


@dataclass
class Sensor:
    """What checks the finger: built into the device, keeps passkeys."""

    devtools: CDPSession
    id: str

    @classmethod
    def of(cls, visitor: Visitor, *, keeps_passkeys: bool = True) -> "Sensor":
        """Put one into this browser."""
        devtools = visitor.page.context.new_cdp_session(visitor.page)
        devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal" if keeps_passkeys else "usb",
            "hasResidentKey": keeps_passkeys,
            "hasUserVerification": keeps_passkeys,
            "isUserVerified": keeps_passkeys,
            "automaticPresenceSimulation": True,
        }
        added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return cls(devtools, added["authenticatorId"])

    @property
    def passkeys(self) -> int:
        """How many it keeps."""
        sent = {"authenticatorId": self.id}
        return len(self.devtools.send("WebAuthn.getCredentials", sent)["credentials"])

    def forget(self) -> None:
        """Lose all of them."""
        self.devtools.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})

    def refuse_finger(self) -> None:
        """From now on the finger is not the owner's."""
        sent = {"authenticatorId": self.id, "isUserVerified": False}
        self.devtools.send("WebAuthn.setUserVerified", sent)


def type_password(visitor: Visitor) -> None:
    visitor.go("/login/")
    visitor.page.get_by_label("E-mail").fill("uma@firm.example")
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.click("button", "Sign in")


def add_passkey(visitor: Visitor, name: str, *, alone: bool = True) -> None:
    """From the overview; by keyboard from the name on, as Enter must do."""
    visitor.go("/sign-in/")
    visitor.page.get_by_role("link", name="Add a passkey").click()
    visitor.page.get_by_label("Name").fill(name)
    visitor.page.get_by_label("Sign in with it alone").set_checked(alone)
    visitor.page.get_by_label("Name").press("Enter")


def sign_out(visitor: Visitor) -> None:
    visitor.go("/logout/")
    visitor.click("button", "Sign out")


def test_a_passkey_signs_in_without_a_password(arrive: Arrive, cast: LawFirm) -> None:
    uma = arrive()
    sensor = Sensor.of(uma)
    type_password(uma)
    add_passkey(uma, "Office laptop")
    uma.sees("They are shown only now.")
    uma.click("link", "I have saved them")
    uma.sees("Office laptop")
    uma.sees("Signs in alone")
    uma.examine("sign-in-passkey")
    assert sensor.passkeys == 1
    sign_out(uma)
    uma.click("button", "Sign in with a passkey")
    uma.page.wait_for_url("**/accounts/firm/**")
    uma.sees("Uma")


def test_a_security_key_is_asked_for_after_the_password(arrive: Arrive, cast: LawFirm) -> None:
    uma = arrive()
    Sensor.of(uma, keeps_passkeys=False)
    type_password(uma)
    add_passkey(uma, "Blue key", alone=False)
    uma.click("link", "I have saved them")
    uma.sees("After the password")
    sign_out(uma)
    type_password(uma)
    uma.sees("One more step")
    uma.go("/accounts/firm/calls/")
    assert uma.page.url.endswith("/login/second-factor/")
    uma.click("button", "Use a passkey")
    uma.page.wait_for_url("**/accounts/firm/**")


def test_a_passkey_confirms_that_it_is_still_the_same_person(arrive: Arrive, cast: LawFirm) -> None:
    uma = arrive()
    Sensor.of(uma)
    type_password(uma)
    add_passkey(uma, "Office laptop")
    uma.click("link", "I have saved them")
    sign_out(uma)
    uma.click("button", "Sign in with a passkey")
    uma.page.wait_for_url("**/accounts/firm/**")
    uma.go("/sign-in/app/set-up/")
    uma.sees("Is it still you?")
    uma.click("link", "Use a passkey")
    uma.examine("sign-in-reauthenticate-passkey")
    uma.click("button", "Use a passkey")
    uma.sees("Scan this with it.")


def test_renaming_and_removing_a_passkey(arrive: Arrive, cast: LawFirm) -> None:
    uma = arrive()
    Sensor.of(uma)
    type_password(uma)
    add_passkey(uma, "Office laptop")
    uma.click("link", "I have saved them")
    uma.click("link", "Rename Office laptop")
    uma.page.get_by_label("Name").fill("Old laptop")
    uma.examine("sign-in-passkey-rename")
    uma.click("button", "Save")
    uma.click("link", "Remove Old laptop")
    uma.examine("sign-in-passkey-remove")
    uma.click("button", "Remove")
    uma.sees("The passkey is removed.")
    sign_out(uma)
    uma.expected = ("NotAllowedError", "Unable to fetch")
    uma.click("button", "Sign in with a passkey")
    uma.page.wait_for_load_state("networkidle")
    assert urlsplit(uma.page.url).path == "/login/"
    uma.go("/sign-in/")
    assert "/login/" in uma.page.url


def test_a_foreign_finger_opens_nothing_and_the_page_says_so(arrive: Arrive, cast: LawFirm) -> None:
    uma = arrive()
    sensor = Sensor.of(uma)
    type_password(uma)
    add_passkey(uma, "Office laptop")
    uma.click("link", "I have saved them")
    sign_out(uma)
    sensor.refuse_finger()
    uma.click("button", "Sign in with a passkey")
    uma.sees("That did not work")
    uma.examine("sign-in-passkey-refused")
    uma.go("/sign-in/")
    assert "/login/" in uma.page.url


def test_the_same_device_twice_is_explained(arrive: Arrive, cast: LawFirm) -> None:
    uma = arrive()
    Sensor.of(uma)
    type_password(uma)
    add_passkey(uma, "Office laptop")
    uma.click("link", "I have saved them")
    add_passkey(uma, "The same again")
    uma.sees("This device already has a passkey of yours.")
