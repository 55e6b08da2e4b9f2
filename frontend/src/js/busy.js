// A button that was pressed shows that it works, and cannot be pressed twice.
function setBusy(form, button, busy) {
  form.toggleAttribute("data-busy", busy);
  if (!button) return;
  if (busy) button.setAttribute("aria-busy", "true");
  else button.removeAttribute("aria-busy");
}

window.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "get" || form.method === "dialog") return;
  if ("download" in form.dataset) return; // It leaves the page as it is, and would never end.
  if (form.hasAttribute("data-busy")) {
    event.preventDefault();
    return;
  }
  // Our script tells itself when it has begun and ended.
  if (!event.defaultPrevented) setBusy(form, event.submitter, true);
});

const saves = (form) => form.matches?.('form[method="post"]:not([role="search"])');
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const button = detail.requestConfig.triggeringEvent?.submitter;
  if (saves(detail.elt)) setBusy(detail.elt, button, true);
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!saves(detail.elt)) return;
  for (const button of detail.elt.querySelectorAll("[aria-busy]"))
    button.removeAttribute("aria-busy");
  setBusy(detail.elt, null, false);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-busy]")) {
    setBusy(form, form.querySelector("[aria-busy]"), false);
  }
});
