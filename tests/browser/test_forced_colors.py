"""Forced colors, as Windows' contrast themes have them: each state is seen, in the pixels."""

import struct
import zlib
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import FloatRect, Locator

from tests.browser.conftest import Arrive
from tests.browser.visitor import Scheme
from tests.cast import LawFirm, code, first_time, turn_on_quietly

pytestmark = pytest.mark.browser

# Of a hundred pixels, so many must differ between one state and the other.
ENOUGH = 4


def pixels(png: bytes) -> tuple[int, list[bytes]]:
    """Width and rows of a picture as browsers make them: 8 bits a color, filters undone."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (depth, kind) in {(8, 2), (8, 6)}
    each = 3 if kind == 2 else 4
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    raw, rows = zlib.decompress(data), []
    before = bytearray(width * each)
    for row in range(height):
        start = row * (width * each + 1)
        before = _unfiltered(raw[start], raw[start + 1 : start + 1 + width * each], before, each)
        rows.append(bytes(before))
    return width, rows


def _unfiltered(how: int, line: bytes, above: bytearray, each: int) -> bytearray:
    """One row of a PNG (PNG specification, 9.2)."""
    out = bytearray(line)
    for index in range(len(out)):
        left = out[index - each] if index >= each else 0
        up, corner = above[index], above[index - each] if index >= each else 0
        guess = left + up - corner
        nearest = min((left, up, corner), key=lambda one: abs(guess - one))
        out[index] = (out[index] + (0, left, up, (left + up) // 2, nearest)[how]) % 256
    return out


def different(one: bytes, other: bytes) -> float:
    """How many of a hundred bytes differ clearly between two pictures of one size."""
    (width, first), (width_too, second) = pixels(one), pixels(other)
    assert (width, len(first)) == (width_too, len(second))
    pairs = [pair for a, b in zip(first, second, strict=True) for pair in zip(a, b, strict=True)]
    return 100 * sum(abs(a - b) > 60 for a, b in pairs) / len(pairs)


def seen(thing: Locator, change: Callable[[], object]) -> float:
    """How much of this thing looks different after the change; the focus is elsewhere."""
    before = look_at(thing)
    change()
    return different(before, look_at(thing))


def look_at(thing: Locator) -> bytes:
    """A picture of whole pixels: half of one more or less is no state."""
    page = thing.page
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)
    thing.scroll_into_view_if_needed()
    box = thing.bounding_box()
    assert box
    clip = FloatRect(
        x=round(box["x"]),
        y=round(box["y"]),
        width=round(box["width"]),
        height=round(box["height"]),
    )
    return page.screenshot(clip=clip, animations="disabled")


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Scheme:
    chosen: Scheme = request.param
    return chosen


def test_rules_and_choices_show_whether_they_are_on(
    arrive: Arrive, cast: LawFirm, scheme: Scheme
) -> None:
    first_time(cast)
    code(cast)
    turn_on_quietly(cast)
    olivia = arrive(person=cast.olivia, scheme=scheme, forced_colors=True)
    olivia.go("/accounts/firm/account-codes/")
    for label in ("International", "Toll-free", "Allow account codes"):
        rule = olivia.page.get_by_role("switch", name=label, exact=True)
        assert seen(rule, rule.click) >= ENOUGH, label
    olivia.switch("Allow account codes", True)
    rule = olivia.page.get_by_role("switch", name="Premium toll", exact=True)
    assert seen(rule, lambda: rule.evaluate("one => { one.disabled = true; }")) > 0
    olivia.click("button", "Save")
    olivia.page.get_by_role("dialog").wait_for()
    choice = olivia.page.get_by_role("radio", name="Yes")
    assert seen(choice, choice.check) >= ENOUGH
    box = olivia.page.locator(".choice").last
    assert seen(box, box.get_by_role("radio").check) >= 1, "the frame of what was chosen"


def test_where_one_is_shows_in_tabs_and_menu(arrive: Arrive, cast: LawFirm, scheme: Scheme) -> None:
    first_time(cast)
    olivia = arrive(person=cast.olivia, scheme=scheme, forced_colors=True)
    olivia.go("/accounts/firm/account-codes/")
    # Without the mark, the page would look so much different: a line along one edge is enough.
    unmark = "one => [one, one.parentElement].forEach(at => at.classList.remove('active'))"
    for kind, name in (("Account Codes", "Settings"), ("Account", "Account Codes")):
        place = olivia.page.get_by_role("navigation", name=kind, exact=True)
        item = place.get_by_role("link", name=name, exact=True)
        assert item.get_attribute("aria-current") == "page"
        assert seen(item, partial(item.evaluate, unmark)) >= 1, name


def test_digits_pressed_on_the_test_phone_show(
    arrive: Arrive, cast: LawFirm, scheme: Scheme
) -> None:
    first_time(cast)
    code(cast)
    turn_on_quietly(cast)
    olivia = arrive(person=cast.olivia, scheme=scheme, forced_colors=True)
    olivia.go("/accounts/firm/test-call/")
    olivia.page.get_by_label("Call as").select_option(label="Olivia")
    olivia.page.get_by_label("Number to dial").fill("011442079460000")
    olivia.click("button", "Call")
    olivia.sees("is calling")
    dot = olivia.page.locator(".phone-dots i").first
    assert seen(dot, lambda: olivia.page.keyboard.press("7")) >= ENOUGH
