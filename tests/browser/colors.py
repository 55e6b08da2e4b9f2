"""Colors of a page, looked at once for each kind of text: what is alike is told apart by its style.

axe decides from computed colors, backgrounds and sizes whether a text can be read. A text for which
all of these are as for one that it has passed in the same look needs no second look, however many
rows or pages have it. What lies over something else, or under it, is looked at on every page.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.browser.visitor import Visitor

RULES = ("color-contrast", "link-in-text-block")

# A text, or what may have one, that is to be seen: with what its contrast is calculated from.
KINDS = """(without) => {
  const around = new Map();
  const outside = (one) => {
    if (!one) return "";
    if (around.has(one)) return around.get(one);
    const s = getComputedStyle(one);
    const over = s.position === "static" || s.position === "relative" ? "" : "over";
    const own = [s.backgroundColor, s.backgroundImage, s.opacity, s.filter, s.mixBlendMode,
      s.clipPath, over, one.getAttribute("aria-disabled") ?? "", one.disabled ?? ""].join();
    // An element that paints nothing behind its contents does not tell two texts apart.
    const before = outside(one.parentElement);
    const plain = own === "rgba(0, 0, 0, 0),none,1,none,normal,none,,,";
    around.set(one, plain ? before : `${before}|${own}`);
    return around.get(one);
  };
  const speaks = (one) => [...one.childNodes].some((it) => it.nodeType === 3 && it.data.trim());
  const seen = (one) => {
    const box = one.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.right > 0 && box.bottom > 0;
  };
  const floats = [...document.querySelectorAll("body *")]
    .filter((one) => /absolute|fixed|sticky/.test(getComputedStyle(one).position) && seen(one))
    .map((one) => [one, one.getBoundingClientRect()]);
  const meets = (a, b) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const isUnder = (one) => {
    const box = one.getBoundingClientRect();
    return floats.some(([it, its]) => meets(box, its) && !it.contains(one) && !one.contains(it));
  };
  window.kinds = new Map();
  for (const one of document.querySelectorAll("body *")) {
    if (without && one.closest(without)) continue;
    if (!one.matches("input, select, textarea, button") && !speaks(one)) continue;
    if (!one.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    if (!seen(one)) continue;
    const s = getComputedStyle(one), parent = one.parentElement, p = getComputedStyle(parent);
    const behind = outside(one);
    const control = one.closest("label")?.control ?? one;
    const kind = [behind, one.tagName, one.type ?? "", s.color, s.fontSize, s.fontWeight,
      s.fontStyle, s.textShadow, s.textDecorationLine, s.borderBottom, s.outline, s.display,
      s.webkitTextFillColor, s.webkitTextStroke, control.disabled ?? "",
      ...["::before", "::after", "::placeholder"].map((it) => {
        const more = getComputedStyle(one, it);
        return [more.content, more.color, more.backgroundColor, more.backgroundImage].join();
      }),
      speaks(parent), p.color, p.fontWeight, p.textDecorationLine].join();
    const unlike = behind.includes("over") || isUnder(one) ? one.outerHTML : "";
    if (!window.kinds.has(kind + unlike)) window.kinds.set(kind + unlike, one);
  }
  return [...window.kinds.keys()];
}"""

# What axe cannot decide is asked again, unless it is for a picture that all of this kind have.
RUN = """async ([wanted, runOnly]) => {
  const include = wanted.map((kind) => window.kinds.get(kind));
  const options = {resultTypes: ["violations"], runOnly, elementRef: true};
  const {violations, incomplete} = await axe.run({include}, options);
  const nodes = (results) => results.flatMap((one) => one.nodes);
  const open = nodes(violations).concat(nodes(incomplete)
    .filter((one) => one.any[0]?.data?.messageKey !== "bgImage"));
  const isOpen = (kind) => open.some((one) => window.kinds.get(kind).contains(one.element));
  for (const one of nodes(violations)) delete one.element;
  return {violations, passed: wanted.filter((kind) => !isOpen(kind))};
}"""


@dataclass(slots=True)
class Colors:
    """The kinds of text that axe has passed, in each look."""

    passed: set[tuple[tuple[int, str, bool], str]] = field(default_factory=set)

    def unreadable(self, visitor: "Visitor", without: str = "") -> list[dict[str, Any]]:
        """What axe finds among the texts of which there was none like it in this look."""
        screen = visitor.page.viewport_size
        assert screen
        look = (screen["width"], visitor.scheme, visitor.forced_colors)
        kinds: list[str] = visitor.page.evaluate(KINDS, without)
        new = [kind for kind in kinds if (look, kind) not in self.passed]
        if not new:
            return []
        visitor.bring_axe()
        result = visitor.page.evaluate(RUN, [new, RULES])
        self.passed.update((look, kind) for kind in result["passed"])
        violations: list[dict[str, Any]] = result["violations"]
        return violations
