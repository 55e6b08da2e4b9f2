// The navigation on a phone folds away behind a button.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-menu-toggle]");
  if (!button) return;
  const menu = document.getElementById(button.getAttribute("aria-controls"));
  const open = menu.classList.toggle("show");
  button.setAttribute("aria-expanded", String(open));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const button = document.querySelector('[data-menu-toggle][aria-expanded="true"]');
  if (!button) return;
  button.click();
  button.focus();
});
