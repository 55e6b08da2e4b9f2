// Loaded before the page is painted, so that a dark page never flashes white.
// The person's own choice wins; without one the page follows the system, also while it is open.
const KEY = "callmark-theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");

function chosen() {
  try {
    return window.localStorage.getItem(KEY);
  } catch {
    return null; // Storage may be blocked; the page then simply follows the system.
  }
}

function apply() {
  const theme = chosen() || (system.matches ? "dark" : "light");
  document.documentElement.dataset.theme = theme;
}

document.documentElement.classList.add("js");
apply();
system.addEventListener("change", apply);

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-toggle]")) return;
  const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  try {
    // Choosing what the system says anyway means following it again.
    if ((next === "dark") === system.matches) window.localStorage.removeItem(KEY);
    else window.localStorage.setItem(KEY, next);
  } catch {
    document.documentElement.dataset.theme = next;
    return;
  }
  apply();
});
