"""A person at a browser: goes to pages, looks at them, and notices what is wrong with them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import (
    Browser,
    BrowserContext,
    CDPSession,
    ConsoleMessage,
    Page,
    ViewportSize,
)

from callmark.accounts.models import User
from tests.browser.colors import RUN_AXE, Colors

PROJECT = Path(__file__).resolve().parents[2]
SCREENSHOTS = PROJECT / "artefacts" / "screenshots"
AXE = PROJECT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

Size = Literal["desktop", "phone"]
Scheme = Literal["light", "dark"]
VIEWPORTS: dict[Size, ViewportSize] = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 375, "height": 812},
}
SMALLEST_PHONE = 360
# The first may have begun before the change.
MOST_FRAMES = 10

# Asked at each frame: Playwright would ask again after a tenth of a second only.
FOLLOWS = """(scheme) => new Promise((done) => {
  const until = performance.now() + 20000;
  const look = () => {
    const follows = document.documentElement.dataset.theme === scheme;
    if (follows || performance.now() > until) done(follows);
    else requestAnimationFrame(look);
  };
  look();
})"""

# Half a megabyte: a window is sent it once, and has it on each of its pages four times as quickly.
KEEP_AXE = "(source) => { localStorage.axe = source; }"
AXE_IS_HERE = """() => {
  if (!("axe" in window) && localStorage.axe) (0, eval)(localStorage.axe);
  return "axe" in window;
}"""


# What this process has seen to be readable so far.
_COLORS = Colors()


@cache
def axe_source() -> str:
    """The accessibility checker, run beside the page: our policy would refuse it as a script."""
    return AXE.read_text()


@dataclass
class Visitor:
    """One browser window, signed in as somebody or nobody."""

    page: Page
    base: str
    size: Size
    scheme: Scheme
    forced_colors: bool = False
    # What makes the next frame of a window that makes none by itself.
    frames: CDPSession | None = None
    complaints: list[str] = field(default_factory=list)
    # Pages that are meant to fail, such as 404, make Chromium complain; the test says so.
    expected: Sequence[str] = ()

    @classmethod
    def arrive(
        cls,
        browser: Browser,
        base: str,
        *,
        person: User | None = None,
        size: Size = "desktop",
        scheme: Scheme | None = None,
        scripts: bool = True,
        forced_colors: bool = False,
        locale: str = "en-US",
        paints: bool = True,
    ) -> "Visitor":
        """Open a window; its browser asks for pages in the locale's language.

        Desktops are light and phones dark, so that what is looked at on both is in both.
        One that does not paint is for questions alone: what waits for a frame, a click, say, hangs.
        """
        scheme = scheme or ("dark" if size == "phone" else "light")
        context = browser.new_context(
            viewport=VIEWPORTS[size],
            color_scheme=scheme,
            # A color on its way to another is neither.
            reduced_motion="reduce",
            java_script_enabled=scripts,
            forced_colors="active" if forced_colors else "none",
            locale=locale,
        )
        context.set_default_timeout(20_000)
        if person is not None:
            _sign_in(context, base, person)
        page = context.new_page()
        frames = None if paints else context.new_cdp_session(page := _unpainted(page))
        visitor = cls(page, base, size, scheme, forced_colors, frames)
        # Not the bound method itself: Playwright would write an attribute on the visitor.
        visitor.page.on("console", lambda message: visitor._hear(message))  # noqa: PLW0108
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        return visitor

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            where = message.location["url"] or self.page.url
            self.complaints.append(f"{message.text} at {where}")

    def go(self, path: str) -> None:
        """Open a page."""
        self.page.goto(self.base + path)
        self.update()

    def update(self) -> None:
        """Let a window that does not paint tell its page what changed, as a frame would."""
        if self.frames:
            self.frames.send("HeadlessExperimental.beginFrame", {"noDisplayUpdates": True})

    def repaint(self, scheme: Scheme, *, forced_colors: bool = False) -> None:
        """The person's system changes its colors while the page is open; it follows at once."""
        if (scheme, forced_colors) == (self.scheme, self.forced_colors):
            return
        self.page.emulate_media(
            color_scheme=scheme,
            forced_colors="active" if forced_colors else "none",
            reduced_motion="reduce",
        )
        self.scheme, self.forced_colors = scheme, forced_colors
        assert self._follows(scheme), f"the page does not follow to {scheme}"

    def _follows(self, scheme: Scheme) -> bool:
        if self.frames is None:
            return bool(self.page.evaluate(FOLLOWS, scheme))
        for _ in range(MOST_FRAMES):
            self.update()
            if self.page.evaluate("document.documentElement.dataset.theme") == scheme:
                return True
        return False

    def click(self, role: Literal["button", "link"], name: str, *, exact: bool = True) -> None:
        """Click the thing with this role and name, as a screen reader tells them."""
        self.page.get_by_role(role, name=name, exact=exact).click()
        self.page.wait_for_load_state()

    def navigate(self, name: str) -> None:
        """Choose a page of the account in the navigation."""
        navigation = self.page.get_by_role("navigation", name="Account", exact=True)
        navigation.get_by_role("link", name=name, exact=True).click()
        self.page.wait_for_load_state()

    def switch(self, label: str, on: bool) -> None:
        """Set the switch with this label."""
        self.page.get_by_role("switch", name=label, exact=True).set_checked(on)

    def sees(self, text: str) -> bool:
        """Whether the text is to be seen, after waiting a little for it and the page's scripts."""
        self.page.get_by_text(text).first.wait_for(state="visible")
        self.page.wait_for_load_state()
        return True

    def picture(self, name: str) -> None:
        """Keep screenshots, light and dark, where CALLMARK_PICTURES is set: they are for our eyes.

        Of the whole page, or of the screen while a dialog is open.
        """
        if "CALLMARK_PICTURES" not in os.environ:
            return
        own = self.scheme
        others: Scheme = "light" if own == "dark" else "dark"
        for scheme in (others, own):
            self.repaint(scheme)
            self._picture(name)

    def _picture(self, name: str) -> None:
        folder = SCREENSHOTS / f"{self.size}-{self.scheme}"
        folder.mkdir(parents=True, exist_ok=True)
        screen = VIEWPORTS[self.size]
        if self.page.locator("dialog[open]").count() == 0:
            # A taller window, not full_page: what sticks to its bottom would be in the middle.
            height = self.page.evaluate("document.documentElement.scrollHeight")
            tall: ViewportSize = {"width": screen["width"], "height": height}
            self.page.set_viewport_size(tall)
        self.page.screenshot(path=folder / f"{name}.png", animations="disabled")
        self.page.set_viewport_size(screen)

    def examine(self, name: str) -> None:
        """Take pictures, and check what every page must keep to, in the colors that it has.

        For what the walk over every page (test_every_page_for_everybody.py) does not come to.
        """
        # A click is over once the answer begins; the page that is asked then may have nothing yet.
        self.page.wait_for_load_state()
        self.picture(name)
        found = self._too_wide() + self.inaccessible()
        assert not found, "\n".join(found)
        self.assert_no_complaints()

    def assert_no_complaints(self) -> None:
        """Nothing in the browser's console: no error, no refused style or script."""
        unexpected = [
            complaint
            for complaint in self.complaints
            if not any(known in complaint for known in self.expected)
        ]
        assert not unexpected, "\n".join(unexpected)

    def _too_wide(self) -> list[str]:
        """What sticks out to the right, on this screen and on the smallest phone."""
        found: list[str] = []
        before = VIEWPORTS[self.size]
        widths = [before["width"]] + ([SMALLEST_PHONE] if self.size == "phone" else [])
        for width in widths:
            self.page.set_viewport_size({"width": width, "height": before["height"]})
            full = self.page.evaluate("document.documentElement.scrollWidth")
            if full > width:
                found.append(f"{full} px on {width} px at {self.page.url}")
        self.page.set_viewport_size(before)
        return found

    def inaccessible(self, *, without: str = "", colors_alone: bool = False) -> list[str]:
        """What axe finds on this page, whatever it weighs: 0 is the bar.

        ``without`` is a part of it that was looked at on another page. Texts whose colors are those
        of others that have passed are not asked again whether they can be read.
        """
        new = _COLORS.new_to(self, without)
        if colors_alone and not new:
            return []
        self._bring_axe()
        found = self.page.evaluate(RUN_AXE, [without, new, colors_alone])
        _COLORS.passes(self, found["passed"])
        return _told(found["violations"])

    def _bring_axe(self) -> None:
        """Have axe on this page."""
        if not self.page.evaluate(AXE_IS_HERE):
            self.page.evaluate(KEEP_AXE, axe_source())
            assert self.page.evaluate(AXE_IS_HERE)


def _unpainted(page: Page) -> Page:
    """A window beside this one, and instead of it, where a frame is made only when it is asked for.

    Drawing takes a fifth of what looking at a page takes, and nobody sees it.
    """
    browser = page.context.browser
    assert browser
    target = page.context.new_cdp_session(page).send("Target.getTargetInfo")["targetInfo"]
    asked = {"url": "about:blank", "browserContextId": target["browserContextId"]}
    with page.context.expect_page() as opened:
        browser.new_browser_cdp_session().send(
            "Target.createTarget", {**asked, "enableBeginFrameControl": True}
        )
    page.close()
    return opened.value


def _told(violations: list[dict[str, Any]]) -> list[str]:
    """What axe found, in a line for each rule."""
    return [
        f"{one['id']}: {one['help']}: {one['nodes'][0]['html']} "
        f"{one['nodes'][0].get('failureSummary', '')}"
        for one in violations
    ]


def _sign_in(context: BrowserContext, base: str, person: User) -> None:
    """As the sign-in page would, without typing; one test does it through the page."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    assert session.session_key is not None
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": base}]
    )
