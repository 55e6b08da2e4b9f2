"""The keyboard goes through every page in the order of the page, and what has the focus is seen.

WCAG 2.4.3 (order of focus), 2.4.7 (focus seen), 2.4.11 (focus not hidden by what sticks).
"""

from dataclasses import dataclass, field
from typing import Any

from tests.browser.visitor import Visitor

MOST_STOPS = 150

AT_ONCE = 4

# Tab goes on from where it was, also after nothing has the focus any more, until what had it goes.
# What stands before the contents is the same on many pages; what is marked as here may differ.
FROM_THE_TOP = """() => {
  const top = document.createElement("div");
  top.tabIndex = -1;
  document.body.prepend(top);
  top.focus();
  top.remove();
  scrollTo(0, 0);
  const all = (what) => [...document.querySelectorAll(what)];
  const shown = (what) => all(what).filter((one) => one.checkVisibility());
  const stops = shown("a[href], button, input, select, textarea, summary, [tabindex]")
    .filter((one) => one.tabIndex >= 0 && !one.disabled && (one.type !== "radio" || one.checked));
  const main = document.querySelector("main#content");
  const isBefore = (one) =>
    one.compareDocumentPosition(main) === Node.DOCUMENT_POSITION_FOLLOWING;
  const before = main && document.querySelector(".skip-link") ? stops.filter(isBefore) : null;
  const says = (one) => `${one.tagName} ${one.className.replace("active", "")} ${one.innerText}`;
  return {
    frame: before && before.map(says).join(),
    before: before ? before.length : 0,
    stops: stops.length,
    filters: shown("[hx-target='#list']").length,
    found: document.querySelector("#list")?.dataset.found ?? null,
  };
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

# Where each thing is in the page, unless it sticks to an edge or is in something that was scrolled:
# then a taller window has to show it.
IN_ORDER = """(isTall) => {
  const stops = window.stops.filter((at) => at.isConnected && !at.matches(".skip-link"));
  const scrolled = [...document.querySelectorAll("body *")].filter((one) => one.scrollTop > 0);
  const sticks = (one) =>
    one && (/sticky|fixed/.test(getComputedStyle(one).position) || sticks(one.parentElement));
  if (!isTall && (scrolled.length || stops.some(sticks))) {
    // With the height of a menu that scrolls by itself beside a short page.
    const more = scrolled.map((one) => one.scrollHeight - one.clientHeight);
    return {tall: document.documentElement.scrollHeight + Math.max(0, ...more)};
  }
  const placed = stops.map((at) => {
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
  return {found};
}"""
# As the page was before: nothing has the focus, and its top is to be seen.
AWAY = """() => {
  document.activeElement?.blur();
  scrollTo(0, 0);
  return window.notes;
}"""


@dataclass(slots=True)
class Keyboard:
    """Somebody who has no mouse, and need not go through the same navigation on each page."""

    passed: set[tuple[int, str]] = field(default_factory=set)

    def goes_through(self, visitor: Visitor) -> list[str]:
        """What is wrong with the page for them, on the screen that it is on."""
        found: list[str] = []
        screen = visitor.page.viewport_size
        assert screen
        page = visitor.page.evaluate(FROM_THE_TOP)
        stops = page["stops"]
        if page["frame"] is not None and (screen["width"], page["frame"]) in self.passed:
            found += skip_to_content(visitor)
            stops -= page["before"]
        elif page["frame"] is not None:
            self.passed.add((screen["width"], page["frame"]))
        # Announced when it changes while somebody types (WCAG 4.1.3).
        assert not page["filters"] or page["found"] is not None, screen
        return found + tab_through(visitor, stops)


def skip_to_content(visitor: Visitor) -> list[str]:
    """Take the first link of the page (WCAG 2.4.1)."""
    visitor.page.keyboard.press("Tab")
    if not visitor.page.evaluate("() => document.activeElement.matches('.skip-link')"):
        return ["the link to the contents is not the first stop"]
    visitor.page.keyboard.press("Enter")
    if not visitor.page.evaluate("() => location.hash === '#content'"):
        return ["the link to the contents leads nowhere"]
    return []


# What a screen reader would call what has the focus, nearly.
NAMES = """() => {
  const at = document.activeElement;
  const own = at.ariaLabel || (at.matches("a, button, summary") ? at.innerText : "");
  return (own || at.labels?.[0]?.innerText || "").trim();
}"""


def tab_to(visitor: Visitor, name: str) -> None:
    """Press Tab until what is called so has the focus."""
    seen: list[str] = []
    for _ in range(MOST_STOPS):
        visitor.page.keyboard.press("Tab")
        seen.append(visitor.page.evaluate(NAMES))
        if seen[-1] == name:
            return
    raise AssertionError(f"{name!r} is not among {seen}")


def tab_through(visitor: Visitor, expected: int) -> list[str]:
    """Press Tab from the top to the end of the page; what was hidden, unseen or out of order.

    ``expected``: about so many stops, to be pressed through before asking whether that was all.
    """
    found: list[str] = []
    visitor.page.evaluate(NOTE_STOPS)
    for stop in range(1, MOST_STOPS + 1):
        visitor.page.keyboard.down("Tab")
        left = stop - expected - 1
        if left >= 0 and left % AT_ONCE == 0 and visitor.page.evaluate(THROUGH):
            break
    visitor.page.keyboard.up("Tab")
    out_of_order = _out_of_order(visitor)
    notes: list[dict[str, Any]] = visitor.page.evaluate(AWAY)
    assert notes, visitor.page.url
    for note in notes:
        if not note["seen"]:
            found.append(f"off the screen: {note['name']}")
        elif note["hidden"]:
            found.append(f"covered: {note['name']}")
        if not note["ringed"]:
            found.append(f"no ring: {note['name']}")
    return found + [f"out of order: {one}" for one in out_of_order]


def _out_of_order(visitor: Visitor) -> list[str]:
    order = visitor.page.evaluate(IN_ORDER, False)
    if "tall" in order:
        screen = visitor.page.viewport_size
        assert screen
        visitor.page.set_viewport_size({"width": screen["width"], "height": order["tall"]})
        order = visitor.page.evaluate(IN_ORDER, True)
        visitor.page.set_viewport_size(screen)
    found: list[str] = order["found"]
    return found
