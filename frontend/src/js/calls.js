// The call history and the list of users: a call's story beside the list, choosing calls, and small boxes that close.
import htmx from "htmx.org";

const WIDE = "(min-width: 1200px)";
const story = () => document.getElementById("story");
let wanted = false; // Whether a story that is still on its way is to be shown.
let from = null; // The link that opened the story: the focus goes back there.

const isOpen = () => story() && !story().hidden;

// Opening is a step of the browser's history, so that Back closes the story before anything else.
function closeStory() {
  if (!isOpen()) return;
  if (history.state?.story) history.back();
  else hideStory();
}

function hideStory() {
  wanted = false;
  story().hidden = true;
  story().replaceChildren();
  document.querySelector("tr.is-shown")?.classList.remove("is-shown");
  from?.focus();
}

// Before htmx, which would load the list again.
window.addEventListener(
  "popstate",
  (event) => {
    if (!isOpen()) return;
    event.stopImmediatePropagation();
    hideStory();
  },
  true,
);

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-story]");
  if (link && story() && window.matchMedia(WIDE).matches && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    document.querySelector("tr.is-shown")?.classList.remove("is-shown");
    from = link;
    wanted = true;
    link.closest("tr")?.classList.add("is-shown");
    htmx.ajax("GET", link.getAttribute("href"), { target: "#story", swap: "innerHTML" });
  }
  if (event.target.closest("[data-story-close]")) closeStory();
  for (const open of document.querySelectorAll("details.pop[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "story" && !wanted) detail.shouldSwap = false;
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "story") return;
  if (!wanted) return story().replaceChildren();
  if (!isOpen()) history.pushState({ story: true }, "");
  story().hidden = false;
  story().scrollTop = 0;
  story().focus({ preventScroll: true });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest("details.pop[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  } else if (!document.querySelector("dialog[open]")) closeStory();
});

// Boxes of a list's rows. They may stand outside the form that they belong to.
const PICKED = "input:is([name=call], [name=code_id], [name=user])[type=checkbox]";
const boxesOf = (form) => [...form.elements].filter((one) => one.matches(PICKED));

// How many are chosen; the bar with what can be done is there as long as some are.
function count(form) {
  const boxes = boxesOf(form);
  const chosen = boxes.filter((box) => box.checked).length;
  form.querySelector("[data-bulk-bar]")?.classList.toggle("shown", chosen > 0);
  const told = form.querySelector("[data-bulk-count]");
  const every = form.querySelector("[data-every]");
  if (every?.checked && chosen < boxes.length) every.checked = false;
  if (told) told.textContent = every?.checked ? every.dataset.every : String(chosen);
  const all = [...form.elements].find((one) => one.matches("[data-pick-all]"));
  if (!all) return;
  all.checked = chosen > 0 && chosen === boxes.length;
  all.indeterminate = chosen > 0 && chosen < boxes.length;
}

let last = null;
document.addEventListener("click", (event) => {
  const box = event.target.closest(PICKED);
  if (!box?.form?.matches("[data-bulk]")) return;
  // With Shift: everything between the last one and this.
  if (event.shiftKey && last?.isConnected) {
    const boxes = boxesOf(box.form);
    const [first, end] = [boxes.indexOf(last), boxes.indexOf(box)].sort((one, two) => one - two);
    for (const between of boxes.slice(first, end + 1)) between.checked = box.checked;
    count(box.form);
  }
  last = box;
});

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!form?.matches("[data-bulk]")) return;
  if (event.target.matches("[data-pick-all], [data-every]:checked")) {
    for (const box of boxesOf(form)) box.checked = event.target.checked;
  }
  count(form);
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-bulk]")) count(form);
});

// A period that is chosen by its name has no days of its own. Before htmx sends the form.
document.addEventListener(
  "change",
  (event) => {
    if (!event.target.matches(":is(.calls-filters, .report-ask) [name=period]")) return;
    const days = event.target.form.querySelector("[data-days]");
    const custom = event.target.value === "custom";
    days.classList.toggle("shown", custom);
    if (!custom) for (const day of days.querySelectorAll("input")) day.value = "";
  },
  true,
);

// An address tells what is asked, and nothing else.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (!("clean" in detail.elt.dataset)) return;
  for (const [name, value] of Object.entries(detail.parameters)) {
    if (value === "") delete detail.parameters[name];
  }
});

// What a search adds to is what the list shows now.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "list" && event.detail.elt.id !== "list") return;
  const list = document.getElementById("list");
  const field = document.querySelector("[data-question]:is(input)");
  if (list && field) field.value = list.dataset.question ?? "";
  if (isOpen()) hideStory();
});

// Undo is offered for half a minute, after work in parts from its end on.
function offerUndo() {
  const offered = document.querySelector("[data-undo]:not([data-timed])");
  if (!offered) return;
  offered.dataset.timed = "";
  setTimeout(() => offered.remove(), 30_000);
}
offerUndo();
document.addEventListener("htmx:afterSettle", offerUndo);
