"""One Chromium for all browser tests, and a window for each."""

import os
from collections.abc import Callable, Iterator

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from playwright.sync_api import Browser, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.browser.visitor import AXE, PROJECT, Visitor
from tests.cast import LawFirm, before_the_first_visit

# Playwright runs an event loop in this thread; the database is used between its steps, not in them.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# Debian's Chromium without its own windows, menus and pages: two thirds of the work.
CHROMIUM = os.environ.get("CALLMARK_CHROMIUM", "/usr/bin/chromium-headless-shell")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # For windows that do not paint: a frame only when it is asked for.
    "--run-all-compositor-stages-before-draw",
    # A page's scripts, and axe the more, leave much behind at once: fewer searches for it.
    "--js-flags=--min-semi-space-size=32",
)

Arrive = Callable[..., Visitor]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    built = PROJECT / "src/callmark/portal/static/callmark/css/callmark.css"
    if not built.exists() or not AXE.exists():
        pytest.fail("The front end is not built: run 'npm ci && npm run build' in frontend/.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def static_files_as_in_real_life() -> Iterator[None]:
    """Django's server for tests would hand them out itself, past WhiteNoise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StaticFilesHandler, "_should_handle", lambda *_: False)
        yield


@pytest.fixture
def cast(transactional_db: None) -> LawFirm:
    """The firm's people, before account codes are set up."""
    return before_the_first_visit()


@pytest.fixture
def arrive(chromium: Browser, live_server: LiveServer) -> Iterator[Arrive]:
    """Opens windows; afterwards none of them may have complained."""
    visitors: list[Visitor] = []

    def open_window(**how: object) -> Visitor:
        visitors.append(Visitor.arrive(chromium, live_server.url, **how))  # type: ignore[arg-type]
        return visitors[-1]

    yield open_window
    for visitor in visitors:
        visitor.page.context.close()
        visitor.assert_no_complaints()
