// A secret is shown once: a button copies it, and a click into the field marks all of it.
async function copy(button) {
  const field = document.getElementById(button.dataset.copyFrom);
  const label = button.querySelector("[data-copy-label]");
  const said = label.textContent;
  try {
    await navigator.clipboard.writeText(field.value);
    label.textContent = document.body.dataset.copied;
  } catch {
    // Without HTTPS browsers have no clipboard: mark it, so that Ctrl+C does the rest.
    field.select();
    label.textContent = document.body.dataset.pressCopy;
  }
  setTimeout(() => {
    label.textContent = said;
  }, 4000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy-from]");
  if (button) copy(button);
});

document.addEventListener("focusin", (event) => {
  if (event.target.matches(".secret-value")) event.target.select();
});
