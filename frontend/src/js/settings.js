// Switches that wait for another one: grayed out until it is on.
function follow(group) {
  const master = document.getElementById(group.dataset.needs);
  if (!master) return;
  const apply = () => {
    group.disabled = !master.checked;
    const legend = group.querySelector("[data-legend-on]");
    if (legend) {
      legend.textContent = master.checked ? legend.dataset.legendOn : legend.dataset.legendOff;
    }
  };
  if (!group.dataset.follows) master.addEventListener("change", apply);
  group.dataset.follows = "yes";
  apply();
}

function followAll(root) {
  for (const group of root.querySelectorAll("fieldset[data-needs]")) follow(group);
}

document.addEventListener("DOMContentLoaded", () => followAll(document));
// After Back a browser may have put its own idea of the rules in place by now.
window.addEventListener("pageshow", () => followAll(document));
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "list") followAll(document);
});
