"""Every page, however it is looked at and gone through: it is opened once for all questions."""

from dataclasses import dataclass

import pytest

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
from tests.browser.visitor import VIEWPORTS, Scheme, Size, Visitor
from tests.portal.cast import Cast
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


@dataclass(frozen=True, slots=True)
class Look:
    """One way to see a page: all of it is examined, or its colors alone."""

    size: Size
    scheme: Scheme
    forced: bool = False
    whole: bool = False

    def __str__(self) -> str:
        return f"{self.size}, {self.scheme}{' forced' if self.forced else ''}"


# Each size and each scheme whole. The last is how the next page is opened, and in colors in which
# a ring may be a shadow.
LOOKS = (
    Look("phone", "dark", whole=True),
    Look("desktop", "dark"),
    Look("desktop", "dark", forced=True),
    Look("desktop", "light", whole=True),
)


def looked_at(visitor: Visitor) -> list[str]:
    """What axe finds on the page, however it is looked at."""
    found: list[str] = []
    for look in LOOKS:
        visitor.page.set_viewport_size(VIEWPORTS[look.size])
        visitor.repaint(look.scheme, forced_colors=look.forced)
        seen = visitor.inaccessible(colors_only=not look.whole)
        found += [f"({look}): {one}" for one in seen]
    return found


# What a first visit would load: what came from the browser's own store counts, too.
WEIGHT = """() => {
  const files = performance.getEntriesByType("resource");
  const [page] = performance.getEntriesByType("navigation");
  const bytes = [page, ...files].reduce((sum, one) => sum + one.encodedBodySize + 300, 0);
  return [files.length + 1, bytes];
}"""


def call_everything_anything(cast: Cast) -> None:
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
    change_account(cast.firm, {"name": LONG}, actor=None)
    for kind in (ApiToken, CallLimit, ListedNumber, SavedFilter, SavedReport, Tariff):
        for number, row in enumerate(every(kind)):
            name = f"{number}{HEBREW}{LONG}"[:60]
            every(kind).filter(pk=row.pk).update(**{"name": name})


def sideways(visitor: Visitor) -> list[str]:
    """What is wider than the screen, on the smallest phone, a usual one and a desktop."""
    found: list[str] = []
    for width in (320, 375, 1280):
        visitor.page.set_viewport_size({"width": width, "height": 800})
        if wide := visitor.page.evaluate(SIDEWAYS):
            found.append(wide)
    return found


# A half for each of two workers.
@pytest.mark.every_page
@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_light_and_for_everybody_who_sees_it_or_goes_by_keyboard(
    arrive: Arrive, cast: Cast, part: int
) -> None:
    walk = Walk(arrive, cast, slice(part, None, PARTS))
    call_everything_anything(cast)
    found: list[str] = []
    keyboard = Keyboard()
    for visitor, where in walk:
        requests, weight = visitor.page.evaluate(WEIGHT)
        if weight > MOST_BYTES or requests > MOST_REQUESTS:
            found.append(f"{where}: {requests} requests, {weight} bytes")
        for look in (sideways, looked_at, keyboard.goes_through):
            found += [f"{where} {one}" for one in look(visitor)]
    assert not found, "\n".join(found)


# At one width alone, and in one scheme.
FAULT = """([at, theme]) => {
  const faulty = new CSSStyleSheet();
  faulty.replaceSync(`@media (${at}) {[data-theme=${theme}] h1 {color: #777; background: #888}}`);
  document.adoptedStyleSheets = [faulty];
}"""


def test_a_color_that_cannot_be_read_is_found_on_either_screen(arrive: Arrive, cast: Cast) -> None:
    olivia = arrive(person=cast.olivia)
    olivia.go("/accounts/firm/account-codes/")
    for at, theme, look in (
        ("min-width: 1200px", "dark", "(desktop, dark)"),
        ("min-width: 1200px", "light", "(desktop, light)"),
        ("max-width: 400px", "dark", "(phone, dark)"),
    ):
        olivia.page.evaluate(FAULT, [at, theme])
        (found,) = looked_at(olivia)
        assert found.startswith(f"{look}: color-contrast"), found
