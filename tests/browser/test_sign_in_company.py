"""The company's sign-in page in a real browser: our policy lets one go there and come back."""

import pytest
from django.test import Client
from pytest_django import Settings

from tests.browser.conftest import Arrive
from tests.browser.test_every_page import SIZES
from tests.browser.visitor import Size
from tests.cast import LawFirm
from tests.sign_in.company import company, sign_in_as

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib"),
]

# The provider's page, not ours, wants a style from elsewhere.
PROVIDERS_OWN = ("favicon", "ERR_NAME_NOT_RESOLVED", "ERR_INTERNET_DISCONNECTED")


def test_there_and_back(arrive: Arrive, cast: LawFirm, settings: Settings) -> None:
    uma = arrive()
    uma.expected = PROVIDERS_OWN
    with company(settings):
        uma.go("/login/?next=/accounts/firm/calls/")
        uma.examine("sign-in-with-company")
        uma.click("button", "Sign in with Harper & Partners")
        uma.page.locator("input[name=sub]").fill("uma")
        uma.page.get_by_role("button", name="Authorize").click()
        uma.page.wait_for_url("**/accounts/firm/calls/")
        uma.sees("Uma")


@pytest.mark.parametrize("size", SIZES)
def test_its_pages_on_every_screen(
    arrive: Arrive, cast: LawFirm, settings: Settings, size: Size
) -> None:
    with company(settings):
        uma = arrive(size=size)
        uma.go("/login/with/company/?next=/accounts/firm/calls/")
        uma.examine("sign-in-company-start")
        for browser, sub in ((Client(), "uma"), (Client(HTTP_USER_AGENT="Firefox/131.0"), "uma")):
            sign_in_as(browser, sub)
        olivia = arrive(person=cast.olivia, size=size)
        olivia.go(f"/accounts/firm/people/{cast.uma.pk}/")
        olivia.sees("Forget the company identity")
        olivia.examine("people-known-at-company")
        at_the_desk = arrive(person=cast.uma, size=size)
        at_the_desk.go("/sign-in/sessions/")
        at_the_desk.sees("Sign out all other devices")
        at_the_desk.examine("sign-in-devices-several")


def test_without_scripts_the_page_between_leads_on(
    arrive: Arrive, cast: LawFirm, settings: Settings
) -> None:
    uma = arrive(scripts=False)
    uma.expected = PROVIDERS_OWN
    with company(settings):
        uma.go("/login/with/company/")
        uma.click("button", "Sign in with Harper & Partners")
        uma.page.locator("input[name=sub]").fill("uma")
        uma.page.get_by_role("button", name="Authorize").click()
        uma.sees("Uma")


def test_a_stranger_is_told_whom_to_ask(arrive: Arrive, cast: LawFirm, settings: Settings) -> None:
    eve = arrive()
    eve.expected = PROVIDERS_OWN
    with company(settings):
        eve.go("/login/")
        eve.click("button", "Sign in with Harper & Partners")
        eve.page.locator("input[name=sub]").fill("stranger")
        eve.page.get_by_role("button", name="Authorize").click()
        eve.sees("Ask your administrator to add you")
        eve.examine("sign-in-stranger")
