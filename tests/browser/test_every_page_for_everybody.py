"""Every page, however it is looked at and gone through: it is opened once for all questions."""

from dataclasses import dataclass, field
from typing import Literal

import pytest
from playwright.sync_api import ViewportSize

from callmark.accounts.services import change_account, change_person
from callmark.calls.models import CallLimit, SavedFilter
from callmark.codes.models import AccountCode, ListedNumber
from callmark.codes.services import rename_code
from callmark.reports.models import SavedReport
from callmark.sign_in.models import ApiToken
from callmark.tariffs.models import Tariff
from callmark.webhooks.models import WebhookEndpoint
from callmark.webhooks.services import change_endpoint
from tests.browser.conftest import Arrive
from tests.browser.every_page import Walk
from tests.browser.keyboard import Keyboard
from tests.browser.test_hostile_names import HEBREW, LONG
from tests.browser.test_page_weight import MOST_BYTES, MOST_REQUESTS
from tests.browser.visitor import Scheme, Visitor
from tests.cast import LawFirm
from tests.rows import every

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

PARTS = 2

SIDEWAYS = """() => {
  const wide = document.documentElement.scrollWidth;
  if (wide <= innerWidth) return null;
  const out = [...document.querySelectorAll("main *")]
    .find((one) => one.getBoundingClientRect().right > innerWidth + 1);
  return `${wide} px on ${innerWidth} px, first ${out?.tagName}.${out?.className}`;
}"""


# Where something could stick out; a page is gone through and looked at on the last two.
SMALLEST, PHONE, DESKTOP = (
    ViewportSize(width=320, height=667),
    ViewportSize(width=375, height=667),
    ViewportSize(width=1280, height=720),
)


@dataclass(frozen=True, slots=True)
class Look:
    """One way to see a page: all of it is examined, or its colors, or no more than its width."""

    screen: ViewportSize
    scheme: Scheme
    at: Literal["all", "colors", "width"]
    forced: bool = False

    def __str__(self) -> str:
        size = "desktop" if self.screen is DESKTOP else "phone"
        return f"{size}, {self.scheme}{' forced' if self.forced else ''}"


# Each size and each scheme whole, in colors in which a ring may be a shadow. A page is opened as
# the one before was seen last, and looked at forth or back: each change is a style for all of it.
LOOKS = (
    Look(DESKTOP, "light", "all"),
    Look(DESKTOP, "dark", "colors", forced=True),
    Look(DESKTOP, "dark", "colors"),
    Look(PHONE, "dark", "all"),
    Look(SMALLEST, "dark", "width"),
)

# All but the contents. What is marked as here may differ, and where a form leads back to.
FRAME = ".page > :not(.page-wrapper)"
FRAME_IS = """(frame) => {
  const differs = /<input type="hidden"[^>]*>| active| aria-current="page"/g;
  const parts = [...document.querySelectorAll(frame)];
  return parts.map((one) => one.outerHTML.replace(differs, "")).join();
}"""


@dataclass(slots=True)
class Walker:
    """Who looks at page after page, and at navigation that is alike only once, however it is."""

    keyboard: Keyboard = field(default_factory=Keyboard)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def examines(self, visitor: Visitor) -> list[str]:
        """What is wrong with a page, in each look."""
        frame = visitor.page.evaluate(FRAME_IS, FRAME)
        looks = LOOKS if visitor.scheme == "light" else reversed(LOOKS)
        return [f"({look}): {one}" for look in looks for one in self._looks(visitor, look, frame)]

    def _looks(self, visitor: Visitor, look: Look, frame: str) -> list[str]:
        if visitor.page.viewport_size != look.screen:
            visitor.page.set_viewport_size(look.screen)
            visitor.update()
        visitor.repaint(look.scheme, forced_colors=look.forced)
        if look.at == "width":
            return sideways(visitor)
        without = FRAME if (str(look), frame) in self.seen else ""
        self.seen.add((str(look), frame))
        if look.at == "colors":
            return visitor.inaccessible(without=without, colors_alone=True)
        found = visitor.inaccessible(without=without)
        return found + sideways(visitor) + self.keyboard.goes_through(visitor)


# What a first visit would load: what came from the browser's own store counts, too.
WEIGHT = """() => {
  const files = performance.getEntriesByType("resource");
  const [page] = performance.getEntriesByType("navigation");
  const bytes = [page, ...files].reduce((sum, one) => sum + one.encodedBodySize + 300, 0);
  return [files.length + 1, bytes];
}"""


def call_everything_anything(cast: LawFirm) -> None:
    """Names that fill their line, and names from right to left, wherever somebody chooses one."""
    every(AccountCode).update(label=LONG[:40])
    codes = every(AccountCode).order_by("name")
    rename_code(codes[0], name=LONG, actor=None)
    rename_code(codes[1], name=f"{HEBREW} {HEBREW}", actor=None)
    for endpoint in every(WebhookEndpoint):
        change_endpoint(endpoint, {"name": LONG[:40]}, actor=None)
    for person in (cast.uma, cast.olivia):
        change_person(person, {"name": LONG}, actor=None)
    change_person(cast.ben, {"name": HEBREW}, actor=None)
    cast.otto.name = LONG
    cast.otto.save()
    change_account(cast.account, {"name": LONG}, actor=None)
    for kind in (ApiToken, CallLimit, ListedNumber, SavedFilter, SavedReport, Tariff):
        for number, row in enumerate(every(kind)):
            name = f"{number}{HEBREW}{LONG}"[:60]
            every(kind).filter(pk=row.pk).update(**{"name": name})


def sideways(visitor: Visitor) -> list[str]:
    """What is wider than the screen."""
    wide: str | None = visitor.page.evaluate(SIDEWAYS)
    return [wide] if wide else []


# Two halves at once; other workers have all else meanwhile.
@pytest.mark.begins_a_run
@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_light_and_for_everybody_who_sees_it_or_goes_by_keyboard(
    arrive: Arrive, cast: LawFirm, part: int
) -> None:
    walk = Walk(arrive, cast, slice(part, None, PARTS))
    call_everything_anything(cast)
    found: list[str] = []
    walker = Walker()
    for visitor, where in walk:
        requests, weight = visitor.page.evaluate(WEIGHT)
        if weight > MOST_BYTES or requests > MOST_REQUESTS:
            found.append(f"{where}: {requests} requests, {weight} bytes")
        found += [f"{where} {one}" for one in walker.examines(visitor)]
    assert not found, "\n".join(found)


# At one width alone, and in one scheme.
FAULT = """([at, theme, what]) => {
  const faulty = new CSSStyleSheet();
  const colors = "color: #777 !important; background: #888 !important";
  faulty.replaceSync(`@media (${at}) {[data-theme=${theme}] ${what} {${colors}}}`);
  document.adoptedStyleSheets = [faulty];
}"""


def test_a_color_that_cannot_be_read_is_found_on_either_screen(
    arrive: Arrive, cast: LawFirm
) -> None:
    olivia = arrive(person=cast.olivia, paints=False)
    olivia.go("/accounts/firm/account-codes/")
    walker = Walker()
    for at, theme, what, look in (
        # Of what is on every page, the first that has it.
        ("min-width: 1200px", "light", ".navbar .nav-link", "(desktop, light)"),
        ("min-width: 1200px", "dark", "h1", "(desktop, dark)"),
        ("min-width: 1200px", "light", "h1", "(desktop, light)"),
        ("max-width: 400px", "dark", "h1", "(phone, dark)"),
    ):
        olivia.page.evaluate(FAULT, [at, theme, what])
        (found,) = walker.examines(olivia)
        assert found.startswith(f"{look}: color-contrast"), found
    # What was found is found on the next page, too.
    assert len(walker.examines(olivia)) == 1


# In a text, and told from it by nothing but a little of its color.
UNLIKE_A_LINK = """(link) => {
  const text = document.createElement("p");
  text.innerHTML = `A text with ${link} in it.`;
  document.querySelector("main").append(text);
  const plain = new CSSStyleSheet();
  plain.replaceSync(`main > p:last-child {color: #333; background: #fff}
    main > p:last-child :is(a, [role=link]) {color: #444 !important; font: inherit !important;
      text-decoration: none !important; border: 0 !important; outline: 0 !important}`);
  document.adoptedStyleSheets = [plain];
}"""


@pytest.mark.parametrize(
    "link", ["<a href='#here'>a link</a>", "<span role='link' tabindex='0'>a link</span>"]
)
def test_a_link_that_only_its_color_tells_from_the_text_is_found(
    arrive: Arrive, cast: LawFirm, link: str
) -> None:
    olivia = arrive(person=cast.olivia, paints=False)
    olivia.go("/accounts/firm/account-codes/")
    assert olivia.inaccessible() == []
    olivia.page.evaluate(UNLIKE_A_LINK, link)
    (found,) = olivia.inaccessible(colors_alone=True)
    assert found.startswith("link-in-text-block"), found


# A field without a name, what sticks out on a phone alone, and focus that nobody sees.
BROKEN = """() => {
  const broken = new CSSStyleSheet();
  broken.replaceSync(`@media (max-width: 400px) {h1 {min-width: 600px}}
    main input {outline: none !important; box-shadow: none !important}`);
  document.adoptedStyleSheets = [broken];
  document.querySelector("main").append(document.createElement("input"));
}"""


def test_what_is_wrong_with_a_page_is_found_after_others_like_it(
    arrive: Arrive, cast: LawFirm
) -> None:
    olivia = arrive(person=cast.olivia, paints=False)
    olivia.go("/accounts/firm/account-codes/")
    walker = Walker()
    assert walker.examines(olivia) == []
    olivia.page.evaluate(BROKEN)
    found = "\n".join(walker.examines(olivia))
    for look in ("(desktop, light)", "(phone, dark)"):
        assert f"{look}: label: " in found, found
        assert f"{look}: no ring: INPUT" in found, found
    assert " px on 375 px" in found, found
    assert " px on 320 px" in found, found
    assert " px on 1280 px" not in found, found
