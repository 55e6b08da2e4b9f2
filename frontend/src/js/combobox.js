// A text field that searches on the server as one types, where a list would be too long (the WAI-ARIA
// combobox with a list). Without this script one searches by name, or filters by a typed name.
// With data-written it is the text that is sent: what is chosen is written into it, and what is typed
// may stay.

const SOON = 200;
let timer = null;

const parts = (box) => ({
  field: box.querySelector("[role=combobox]"),
  list: box.querySelector("[role=listbox]"),
  value: box.querySelector("input[type=hidden]"),
});

const boxOf = (event) => event.target.closest?.("[data-combobox]");

function close(box) {
  const { field, list } = parts(box);
  list.hidden = true;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

async function search(box) {
  const { field, list } = parts(box);
  const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
  const asked = field.value;
  const answer = await fetch(box.dataset.combobox, {
    method: "POST",
    headers: { "X-CSRFToken": token, "HX-Request": "true" },
    body: new URLSearchParams({ q: asked }),
  });
  // Signed out meanwhile, or too fast; or more was typed since.
  if (!answer.ok || answer.redirected || field.value !== asked) return;
  list.innerHTML = await answer.text();
  for (const [at, option] of [...list.children].entries()) option.id = `${list.id}-${at}`;
  list.hidden = document.activeElement !== field;
  field.setAttribute("aria-expanded", String(!list.hidden));
  field.removeAttribute("aria-activedescendant");
}

function choose(box, id, name) {
  const { field, value } = parts(box);
  close(box);
  field.value = name;
  field.dataset.was = name;
  if (!value || value.value === id) return;
  value.value = id;
  value.dispatchEvent(new Event("change", { bubbles: true }));
}

// Nothing chosen: what was, stays; an empty field means all.
function leave(box) {
  const { field } = parts(box);
  clearTimeout(timer);
  if ("written" in box.dataset) return close(box);
  if (!field.value.trim()) choose(box, "", "");
  close(box);
  field.value = field.dataset.was ?? field.defaultValue;
}

function move(box, step) {
  const { field, list } = parts(box);
  const options = [...list.querySelectorAll("[data-value]")];
  if (!options.length) return;
  const now = options.findIndex((one) => one.id === field.getAttribute("aria-activedescendant"));
  const next = options.at((now < 0 && step < 0 ? 0 : now) + step) ?? options[0];
  for (const one of options) one.setAttribute("aria-selected", String(one === next));
  field.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("input", (event) => {
  const box = boxOf(event);
  if (!box) return;
  clearTimeout(timer);
  timer = setTimeout(search, SOON, box);
});

// What is typed is no filter until it is chosen.
document.addEventListener(
  "change",
  (event) => {
    if (event.target.matches("[role=combobox]")) event.stopPropagation();
  },
  true,
);

document.addEventListener("keydown", (event) => {
  const box = event.target.matches?.("[role=combobox]") && boxOf(event);
  if (!box) return;
  const { field, list } = parts(box);
  const active = document.getElementById(field.getAttribute("aria-activedescendant") ?? "");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list.hidden) search(box);
    else move(box, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && !("written" in box.dataset && !active)) {
    event.preventDefault();
    if (active) choose(box, active.dataset.value, active.textContent);
    else if (!field.value.trim()) choose(box, "", "");
  } else if (event.key === "Escape" && !list.hidden) {
    event.stopPropagation();
    leave(box);
  }
});

document.addEventListener("focusout", (event) => {
  const box = event.target.matches?.("[role=combobox]") && boxOf(event);
  if (box) leave(box);
});

// Before the field loses the focus.
document.addEventListener("mousedown", (event) => {
  const list = event.target.closest?.("[data-combobox] [role=listbox]");
  if (!list) return;
  event.preventDefault();
  const option = event.target.closest("[data-value]");
  if (option) choose(boxOf(event), option.dataset.value, option.textContent);
});
