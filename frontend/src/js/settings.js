// Switches that wait for another one: greyed out until it is on.
function follow(group) {
  const master = document.getElementById(group.dataset.needs);
  if (!master) return;
  const apply = () => {
    group.disabled = !master.checked;
    // Tells the server that these switches were editable, so what it gets is what was seen.
    const editing = document.getElementById(group.dataset.editing);
    if (editing) editing.value = master.checked ? "True" : "";
    const legend = group.querySelector("[data-legend-on]");
    if (legend) {
      legend.textContent = master.checked ? legend.dataset.legendOn : legend.dataset.legendOff;
    }
  };
  master.addEventListener("change", apply);
  apply();
}

function followAll(root) {
  for (const group of root.querySelectorAll("fieldset[data-needs]")) follow(group);
}

document.addEventListener("DOMContentLoaded", () => followAll(document));
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "list") followAll(document);
});
