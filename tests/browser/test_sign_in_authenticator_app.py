"""An authenticator app from the first scan to the second sign-in, by keyboard alone."""

import time
from pathlib import Path

import pytest
from django.core.cache import cache

from tests.browser.conftest import Arrive
from tests.browser.test_sign_in_passkey import sign_out, type_password
from tests.browser.visitor import Visitor
from tests.cast import LawFirm
from tests.sign_in.authenticator import code_of, key_on, recovery_codes_on

pytestmark = pytest.mark.browser


def set_up_app(visitor: Visitor) -> str:
    """With the keyboard alone; returns the key that the phone keeps."""
    visitor.go("/sign-in/")
    visitor.page.get_by_role("link", name="Set up an authenticator app").press("Enter")
    visitor.page.get_by_text("I cannot scan it").press("Enter")
    visitor.page.locator(".totp-key").wait_for(state="visible")
    key = key_on(visitor.page.content())
    visitor.page.get_by_label("Code that the app shows now").fill(code_of(key))
    visitor.page.keyboard.press("Enter")
    visitor.sees("They are shown only now.")
    return key


def test_from_the_first_scan_to_the_second_sign_in(arrive: Arrive, cast: LawFirm) -> None:
    uma = arrive()
    type_password(uma)
    key = set_up_app(uma)
    uma.page.get_by_role("link", name="I have saved them").press("Enter")
    sign_out(uma)
    type_password(uma)
    uma.sees("One more step")
    uma.page.keyboard.type("000000")
    uma.page.keyboard.press("Enter")
    uma.sees("Incorrect code")
    # The next one: the first has been used to set the app up, and the time is real here.
    uma.page.keyboard.type(code_of(key, time.time() + 30))
    uma.page.keyboard.press("Enter")
    uma.page.wait_for_url("**/accounts/firm/**")


def test_the_qr_code_holds_the_key_and_is_drawn(arrive: Arrive, cast: LawFirm) -> None:
    uma = arrive()
    type_password(uma)
    uma.go("/sign-in/app/set-up/")
    image = uma.page.get_by_role("img", name="QR code")
    assert image.evaluate("image => image.complete && image.naturalWidth > 100")


def test_recovery_codes_can_be_downloaded_copied_and_printed(
    arrive: Arrive, cast: LawFirm, tmp_path: Path
) -> None:
    uma = arrive()
    uma.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    type_password(uma)
    set_up_app(uma)
    codes = recovery_codes_on(uma.page.content())
    with uma.page.expect_download() as download:
        uma.click("link", "Download")
    assert download.value.suggested_filename == "callmark-recovery-codes.txt"
    download.value.save_as(tmp_path / "codes.txt")
    assert (tmp_path / "codes.txt").read_text().split()[-10:] == codes
    uma.click("button", "Copy")
    uma.sees("Copied")
    assert uma.page.evaluate("navigator.clipboard.readText()").split() == codes
    uma.page.evaluate("window.print = () => { document.title = 'printed'; }")
    uma.click("button", "Print")
    assert uma.page.title() == "printed"


def test_a_recovery_code_when_the_phone_is_gone(arrive: Arrive, cast: LawFirm) -> None:
    uma = arrive()
    type_password(uma)
    set_up_app(uma)
    codes = recovery_codes_on(uma.page.content())
    sign_out(uma)
    cache.clear()
    type_password(uma)
    uma.page.get_by_label("Code").fill(codes[3])
    uma.click("button", "Sign in")
    uma.page.wait_for_url("**/accounts/firm/**")
