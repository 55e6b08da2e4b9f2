// A dialog comes from the server into #dialog; <dialog> itself keeps the focus and knows Escape.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "dialog") return;
  const dialog = event.detail.target.querySelector("[data-dialog]");
  if (!dialog) return;
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  dialog.querySelector("input[type=text]")?.select();
});

document.addEventListener("click", (event) => {
  const dialog = event.target.closest("[data-dialog]");
  if (!dialog) return;
  const outside = event.target === dialog && !within(dialog, event);
  if (event.target.closest("[data-dialog-close]") || outside) {
    event.preventDefault();
    dialog.close();
  }
});

// A click on the backdrop arrives at the dialog itself, but outside its box.
function within(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return (
    event.clientX >= box.left &&
    event.clientX <= box.right &&
    event.clientY >= box.top &&
    event.clientY <= box.bottom
  );
}
