"""Colors of a page, looked at once for each kind of text: what is alike is told apart by its style.

axe decides from computed colors, backgrounds and sizes whether a text can be read. A text for which
all of these are as for one that it has passed needs no second look, however many rows, pages or
screens have it. What lies over something else and lets it through is looked at on every page.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.visitor import Visitor

# A text, or what may have one, that is to be seen: with what its contrast is calculated from.
KINDS = """(without) => {
  const LINK = "a[href], [role=link]";
  const around = new Map();
  // What is behind the contents of an element, from the innermost that lets nothing through.
  const outside = (one) => {
    if (!one) return {behind: "", changes: false};
    if (around.has(one)) return around.get(one);
    const s = getComputedStyle(one), before = outside(one.parentElement);
    const over = s.position === "static" || s.position === "relative" ? "" : "over";
    const effects = [s.opacity, s.filter, s.mixBlendMode, s.clipPath,
      one.getAttribute("aria-disabled") ?? "", one.disabled ?? ""].join();
    const changes = before.changes || !effects.startsWith("1,none,normal,none,");
    const isWhole = !changes && !/^rgba|\\//.test(s.backgroundColor);
    const own = [s.backgroundColor, s.backgroundImage, effects, isWhole ? "" : over].join();
    // An element that paints nothing behind its contents does not tell two texts apart.
    const isPlain = own === "rgba(0, 0, 0, 0),none,1,none,normal,none,,,";
    const behind = isPlain ? before.behind : `${isWhole ? "" : before.behind}|${own}`;
    around.set(one, {behind, changes});
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
  // WCAG 1.4.3 wants less of large text, and axe takes sizes in points.
  const isLarge = (s) => Math.ceil(parseFloat(s.fontSize) * 72) / 96
    >= (s.fontWeight >= 700 ? 14 : 18);
  const drawn = (one, what) => {
    const s = getComputedStyle(one, what);
    return s.content === "none" || s.content === "normal" ? ""
      : [s.content, s.color, s.backgroundColor, s.backgroundImage].join();
  };
  const asLink = (one, s) => {
    const parent = one.parentElement, p = getComputedStyle(parent);
    return [s.fontSize, s.fontWeight, s.fontStyle, s.textDecorationLine, s.borderBottom, s.outline,
      s.display, speaks(parent), p.color, p.fontSize, p.fontWeight, p.fontStyle,
      p.textDecorationLine].join();
  };
  const asField = (one) => {
    const s = getComputedStyle(one, "::placeholder");
    return [one.tagName, one.type, s.color, s.backgroundColor].join();
  };
  const kindOf = (one) => {
    const {behind} = outside(one), s = getComputedStyle(one);
    return [behind, s.color, isLarge(s), s.textShadow, s.webkitTextFillColor, s.webkitTextStroke,
      (one.closest("label")?.control ?? one).disabled ?? "",
      drawn(one, "::before"), drawn(one, "::after"),
      one.matches("input, select, textarea") ? asField(one) : "",
      one.matches(LINK) ? asLink(one, s) : "",
      behind.includes("over") ? one.outerHTML : ""].join();
  };
  window.kinds = new Map();
  const covered = new Set();
  for (const one of document.querySelectorAll("body *")) {
    if (without && one.closest(without)) continue;
    if (!one.matches(`${LINK}, input, select, textarea, button`) && !speaks(one)) continue;
    if (!one.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    if (!seen(one)) continue;
    const kind = kindOf(one);
    // Of what lies under something that floats, axe cannot decide: rather one that is free.
    if (window.kinds.has(kind) && !covered.has(kind)) continue;
    if (!isUnder(one)) covered.delete(kind);
    else if (!window.kinds.has(kind)) covered.add(kind);
    else continue;
    window.kinds.set(kind, one);
  }
  return [...window.kinds.keys()];
}"""

# Of the two rules about colors axe asks what is new, and of all others everything. What it cannot
# decide is asked again, unless it is for a picture that all of this kind have.
RUN_AXE = """async ([without, wanted, areColorsAlone]) => {
  const colors = ["color-contrast", "link-in-text-block"];
  axe.configure({rules: [
    {id: "color-contrast", selector: "[data-new-kind]"},
    {id: "link-in-text-block", selector: "a[href][data-new-kind], [role=link][data-new-kind]"},
  ]});
  for (const kind of wanted) window.kinds.get(kind).setAttribute("data-new-kind", "");
  const {violations, incomplete} = await axe.run(without ? {exclude: [[without]]} : document, {
    resultTypes: ["violations", "incomplete"],
    elementRef: true,
    // Of the one rule that wants something loaded before, about sound, styles are not read.
    preload: {assets: ["media"]},
    ...(areColorsAlone ? {runOnly: colors} : {}),
  });
  const nodes = (results) => results.flatMap((one) => one.nodes);
  const isColor = (one) => colors.includes(one.id);
  const open = new Set(nodes(violations.filter(isColor)).concat(nodes(incomplete.filter(isColor))
    .filter((one) => one.any[0]?.data?.messageKey !== "bgImage")).map((one) => one.element));
  const passed = wanted.filter((kind) => !open.has(window.kinds.get(kind)));
  for (const kind of wanted) window.kinds.get(kind).removeAttribute("data-new-kind");
  for (const one of nodes(violations)) delete one.element;
  return {violations, passed};
}"""


@dataclass(slots=True)
class Colors:
    """The kinds of text that axe has passed, in each choice of colors."""

    passed: set[tuple[str, bool, str]] = field(default_factory=set)

    def new_to(self, visitor: "Visitor", without: str) -> list[str]:
        """The kinds on the visitor's page that have not been passed in these colors."""
        kinds: list[str] = visitor.page.evaluate(KINDS, without)
        chosen = (visitor.scheme, visitor.forced_colors)
        return [kind for kind in kinds if (*chosen, kind) not in self.passed]

    def passes(self, visitor: "Visitor", kinds: list[str]) -> None:
        """These can be read, in the colors that the visitor has now."""
        self.passed.update((visitor.scheme, visitor.forced_colors, kind) for kind in kinds)
