"""The company's sign-in page in a real browser: our policy lets one go there and come back."""

import pytest
from pytest_django import Settings

from tests.browser.conftest import Arrive
from tests.portal.cast import Cast
from tests.sign_in.company import company

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib"),
]

# The provider's page, not ours, wants a style from elsewhere.
PROVIDERS_OWN = ("favicon", "ERR_NAME_NOT_RESOLVED", "ERR_INTERNET_DISCONNECTED")


def test_there_and_back(arrive: Arrive, cast: Cast, settings: Settings) -> None:
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


def test_a_stranger_is_told_whom_to_ask(arrive: Arrive, cast: Cast, settings: Settings) -> None:
    eve = arrive()
    eve.expected = PROVIDERS_OWN
    with company(settings):
        eve.go("/login/")
        eve.click("button", "Sign in with Harper & Partners")
        eve.page.locator("input[name=sub]").fill("stranger")
        eve.page.get_by_role("button", name="Authorize").click()
        eve.sees("Ask your administrator to add you")
        eve.examine("sign-in-stranger")
