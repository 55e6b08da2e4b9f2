// Where the focus is after something has changed, and what is said of it (WCAG 2.4.3, 4.1.3).
const isLost = () => [null, document.body].includes(document.activeElement);

function focusOn(element) {
  if (!element) return;
  if (element.tabIndex < 0) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

// A form that was refused begins at its problems; what was done is said before the page goes on.
function arrive() {
  const problem = document.querySelector("[data-focus]");
  if (problem) problem.focus();
  else if (isLost() && !document.querySelector("[autofocus]"))
    focusOn(document.querySelector(".flashes .alert"));
}

document.addEventListener("DOMContentLoaded", arrive);
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id === "settings-form") document.querySelector("[data-focus]")?.focus();
  if (detail.target.id !== "list") return;
  const list = document.getElementById("list");
  const told = document.querySelector("[data-told]");
  if (told) told.textContent = list.dataset.found ?? "";
  // The button to the next page went with the page before.
  if (isLost()) {
    focusOn(list);
    list.scrollIntoView({ block: "nearest" });
  }
});
