"""The page /api/docs in a real browser: it works under our policy, from our server alone."""

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from callmark.accounts.models import User
from tests.api.programs import every_operation
from tests.factories import LawFirm, make_law_firm

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
CHROMIUM = os.environ.get("CALLMARK_CHROMIUM", "/usr/bin/chromium")


def session_of(person: User) -> str:
    """A session of this person, as signing in makes one."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    assert session.session_key
    return session.session_key


@pytest.fixture
def firm() -> LawFirm:
    return make_law_firm()


@pytest.fixture
def page(live_server: LiveServer, firm: LawFirm) -> Iterator[Page]:
    key = session_of(firm.olivia)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}]
        )
        yield page
        browser.close()


def answer_in(page: Page, operation: str) -> str:
    """The answer's body, as the page shows it under the operation."""
    shown = page.locator(f"{operation} .live-responses-table .highlight-code").first
    shown.wait_for(timeout=10_000)
    return shown.inner_text()


def test_it_shows_every_operation_and_tries_one_as_the_person_signed_in(
    page: Page, live_server: LiveServer, firm: LawFirm
) -> None:
    complaints: list[str] = []
    elsewhere: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda request: (
            elsewhere.append(request.url)
            if not request.url.startswith((live_server.url, "data:"))
            else None
        ),
    )
    page.goto(f"{live_server.url}/api/docs")
    page.locator(".opblock").first.wait_for()
    assert page.locator(".opblock").count() == len(every_operation())
    page.locator("#operations-Who_am_I-get_me button").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    assert '"name": "Olivia"' in answer_in(page, "#operations-Who_am_I-get_me")
    tokens = "#operations-API_tokens-create_account_token"
    page.locator(f"{tokens} button").first.click()
    page.locator(f"{tokens} .try-out__btn").click()
    page.locator(f"{tokens} input[placeholder='account_id']").fill(str(firm.account.pk))
    page.locator(f"{tokens} .execute").click()
    assert '"secret": "cmk_' in answer_in(page, tokens)
    assert elsewhere == []
    assert complaints == []
