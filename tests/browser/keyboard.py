"""The keyboard goes through every page in the order of the page, and what has the focus is seen.

WCAG 2.4.3 (order of focus), 2.4.7 (focus seen), 2.4.11 (focus not hidden by what sticks).
"""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import ViewportSize

from tests.browser.visitor import Visitor

MOST_STOPS = 150

AT_ONCE = 4

# Tab goes on from where it was, also after nothing has the focus any more, until what had it goes.
FROM_THE_TOP = """() => {
  const top = document.createElement("div");
  top.tabIndex = -1;
  document.body.prepend(top);
  top.focus();
  top.remove();
  scrollTo(0, 0);
}"""

# What stands before the contents is the same on many pages; what is marked as here may differ.
FRAME = """() => {
  const main = document.querySelector("main#content");
  if (!main || !document.querySelector(".skip-link")) return null;
  return [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex]")]
    .filter((one) => one.checkVisibility())
    .filter((one) => one.compareDocumentPosition(main) === Node.DOCUMENT_POSITION_FOLLOWING)
    .map((one) => `${one.tagName} ${one.className.replace("active", "")} ${one.innerText}`)
    .join();
}"""

# Each press is at what the last one led to: asking after each would take as long as all the rest.
NOTE_STOPS = """() => {
  removeEventListener("keydown", window.noted, {capture: true});
  window.noted = () => {
    if (window.through) return;
    const at = document.activeElement ?? document.body;
    const begins = window.stops.length === 0;
    if (begins && at === document.body) return;
    const again = !begins && (at.matches(".skip-link") || window.stops.includes(at));
    if (at === document.body || again) {
      window.through = true;
      return;
    }
    window.stops.push(at);
    // A link in a text may begin on one line and end on the next.
    const boxes = [...at.getClientRects()];
    const within = (x, y) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
    const points = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]]
      .flatMap(([x, y]) => boxes.map((box) => [box.left + box.width * x, box.top + box.height * y]))
      .filter(([x, y]) => within(x, y));
    const hidden = points.filter(([x, y]) => {
      const top = document.elementFromPoint(x, y);
      const own = at.contains(top) || top?.contains(at) || top?.closest("label")?.control === at;
      return !top || !own;
    });
    const words = at.ariaLabel || at.innerText || at.name || "";
    const name = `${at.tagName} ${words.trim().slice(0, 40)}`;
    const style = getComputedStyle(at);
    const ringed = style.outlineStyle !== "none" || style.boxShadow !== "none";
    window.notes.push({name, seen: points.length, hidden: hidden.length, ringed});
  };
  [window.stops, window.notes, window.through] = [[], [], false];
  document.activeElement?.blur();
  addEventListener("keydown", window.noted, {capture: true});
}"""
# With nothing focused, the next press would be in no page at all.
THROUGH = "() => window.through || document.activeElement === document.body"

# A taller window shows each thing where the page has it: nothing sticks to an edge.
OUT_OF_ORDER = """() => {
  const placed = window.stops
    .filter((at) => at.isConnected && !at.matches(".skip-link"))
    .map((at) => {
      const box = at.getBoundingClientRect();
      const name = at.ariaLabel || at.innerText || at.name || at.tagName;
      return {box, name: name.trim().slice(0, 40)};
    });
  const found = [];
  for (let next = 1; next < placed.length; next += 1) {
    const [a, b] = [placed[next - 1], placed[next]];
    const above = b.box.bottom <= a.box.top + 1 && b.box.left < a.box.right - 1;
    const overlap = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
    const sameRow = overlap > Math.min(a.box.height, b.box.height) / 2;
    const backwards = sameRow && b.box.right <= a.box.left + 1;
    if (above || backwards) found.push(`"${a.name}" then "${b.name}"`);
  }
  return found;
}"""


# With that of a menu that scrolls by itself beside a short page.
WHOLE_HEIGHT = """() => {
  const scrolled = [...document.querySelectorAll("body *")].filter((one) => one.scrollTop > 0);
  const more = scrolled.map((one) => one.scrollHeight - one.clientHeight);
  return document.documentElement.scrollHeight + Math.max(0, ...more);
}"""


SIZES: tuple[ViewportSize, ...] = (
    {"width": 375, "height": 667},
    {"width": 1280, "height": 720},
)


@dataclass(slots=True)
class Keyboard:
    """Somebody who has no mouse, and need not go through the same navigation on each page."""

    passed: set[tuple[int, str]] = field(default_factory=set)

    def goes_through(self, visitor: Visitor) -> list[str]:
        """What is wrong with the page for them, on a phone and on a desktop."""
        found: list[str] = []
        for size in SIZES:
            visitor.page.set_viewport_size(size)
            visitor.page.evaluate(FROM_THE_TOP)
            frame = visitor.page.evaluate(FRAME)
            if frame is not None and (size["width"], frame) in self.passed:
                found += skip_to_content(visitor)
            elif frame is not None:
                self.passed.add((size["width"], frame))
            if visitor.page.locator("[hx-target='#list']:visible").count():
                # Announced when it changes while somebody types (WCAG 4.1.3).
                assert visitor.page.locator("#list").get_attribute("data-found") is not None, size
            found += [f"at {size['width']} px, {one}" for one in tab_through(visitor)]
        return found


def skip_to_content(visitor: Visitor) -> list[str]:
    """Take the first link of the page (WCAG 2.4.1)."""
    visitor.page.keyboard.press("Tab")
    if not visitor.page.evaluate("() => document.activeElement.matches('.skip-link')"):
        return ["the link to the contents is not the first stop"]
    visitor.page.keyboard.press("Enter")
    if not visitor.page.evaluate("() => location.hash === '#content'"):
        return ["the link to the contents leads nowhere"]
    return []


def tab_through(visitor: Visitor) -> list[str]:
    """Press Tab from the top to the end of the page; what was hidden, unseen or out of order."""
    found: list[str] = []
    visitor.page.evaluate(NOTE_STOPS)
    for stop in range(1, MOST_STOPS + 1):
        visitor.page.keyboard.down("Tab")
        if stop % AT_ONCE == 0 and visitor.page.evaluate(THROUGH):
            break
    visitor.page.keyboard.up("Tab")
    notes: list[dict[str, Any]] = visitor.page.evaluate("() => window.notes")
    assert notes, visitor.page.url
    for note in notes:
        if not note["seen"]:
            found.append(f"off the screen: {note['name']}")
        elif note["hidden"]:
            found.append(f"covered: {note['name']}")
        if not note["ringed"]:
            found.append(f"no ring: {note['name']}")
    size = visitor.page.viewport_size
    assert size
    height = visitor.page.evaluate(WHOLE_HEIGHT)
    visitor.page.set_viewport_size({"width": size["width"], "height": height})
    found += [f"out of order: {one}" for one in visitor.page.evaluate(OUT_OF_ORDER)]
    visitor.page.set_viewport_size(size)
    return found
