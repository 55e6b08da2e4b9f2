// What is typed and not saved is not lost without a word. Leaving asks first; Back brings it back,
// and so does signing in again after the session has ended. It is kept in this tab alone, for the
// same person alone, and without secrets: no digits of codes, no passwords.
const PREFIX = "callmark-draft:";
const ENDED = "callmark-session-ended";
// Not at a sign-in page or the phone of "Test a call": what is typed there are secrets.
const FORMS = '[data-drafts] form[method="post"]:not([role="search"]):not([data-passing])';

const person = document.querySelector('meta[name="session"]')?.content;
let leaving = false; // What is unsaved is on its way, or kept: no question.

const forms = () => [...document.querySelectorAll(FORMS)];
const fields = (form) =>
  [...form.elements].filter(
    (field) => field.name && !["hidden", "submit", "button", "fieldset"].includes(field.type),
  );
const isSecret = (field) => ["password", "file"].includes(field.type) || "secret" in field.dataset;
const isTicked = (field) => ["checkbox", "radio"].includes(field.type);

function isChanged(field) {
  if (isTicked(field)) return field.checked !== field.defaultChecked;
  if (field.options) {
    const chosen = [...field.options].findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(chosen, 0);
  }
  return field.value !== field.defaultValue;
}

// A form that came back with errors shows what was typed, and has not saved it.
const isUnsaved = (form) =>
  form.querySelector("[data-unsaved]") !== null || fields(form).some(isChanged);
const unsaved = () => forms().filter(isUnsaved);

// Without storage (blocked, full) leaving still asks; there is only nothing to bring back.
function store(act) {
  try {
    return act(window.sessionStorage);
  } catch {
    return null;
  }
}

function drafts() {
  const keys = store((storage) => Object.keys(storage)) ?? [];
  return keys
    .filter((key) => key.startsWith(PREFIX))
    .map((key) => ({ key, ...JSON.parse(store((storage) => storage.getItem(key))) }));
}

function keep(why, kept = unsaved()) {
  if (!kept.length || !person) return;
  const all = forms();
  const typed = kept.map((form) => ({
    form: all.indexOf(form),
    version: form.elements.version?.value,
    values: fields(form).map((field) => {
      if (isSecret(field)) return null;
      return isTicked(field) ? field.checked : field.value;
    }),
  }));
  const draft = JSON.stringify({ person, why, typed });
  store((storage) => storage.setItem(PREFIX + window.location.pathname, draft));
}

function bringBack({ typed }) {
  for (const { form: index, version, values } of typed) {
    const form = forms()[index];
    if (!form || fields(form).length !== values.length) continue;
    // What it was typed upon: Callmark tells if somebody else has changed it since.
    if (version && form.elements.version) form.elements.version.value = version;
    for (const [at, field] of fields(form).entries()) {
      if (values[at] === null) continue;
      if (isTicked(field)) field.checked = values[at];
      else field.value = values[at];
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
}

// The session has ended: what is unsaved waits for the next sign-in.
export function keepForSignIn() {
  keep("ended");
  leaving = true;
  store((storage) => storage.setItem(ENDED, "yes"));
}

function arrive() {
  const type = performance.getEntriesByType("navigation")[0]?.type;
  for (const draft of drafts()) {
    const isHere = draft.key === PREFIX + window.location.pathname;
    const isMine = draft.person === person;
    if (isHere || !isMine || draft.why === "sent") {
      store((storage) => storage.removeItem(draft.key));
    }
    const isWanted = draft.why === "ended" || (draft.why === "left" && type === "back_forward");
    if (isHere && isMine && isWanted) bringBack(draft);
  }
  store((storage) => storage.removeItem(ENDED));
}

function atTheDoor() {
  let waiting = false;
  for (const { key, ...draft } of drafts()) {
    // Sent, and answered with this page: the session had ended before.
    const isLost = draft.why === "sent" || draft.why === "ended";
    waiting ||= isLost;
    store((storage) =>
      isLost
        ? storage.setItem(key, JSON.stringify({ ...draft, why: "ended" }))
        : storage.removeItem(key),
    );
  }
  const notice = document.querySelector("[data-session-ended]");
  if (!notice || (!waiting && !store((storage) => storage.getItem(ENDED)))) return;
  const told = document.querySelector(".flashes .alert") !== null;
  notice.querySelector("[data-why]").hidden = told;
  notice.querySelector("[data-comes-back]").hidden = !waiting;
  notice.hidden = told && !waiting;
}

window.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return; // Our script sends it, and the page stays.
  const sent = new Set([event.target]);
  // The dialog of the settings carries them along.
  if (event.target.closest("#dialog")) sent.add(document.getElementById("settings-form"));
  leaving = unsaved().every((form) => sent.has(form));
  if (leaving) keep("sent");
});
document.addEventListener("input", () => {
  leaving = false;
});
window.addEventListener("beforeunload", (event) => {
  if (!leaving && unsaved().length) event.preventDefault();
});
window.addEventListener("pageshow", (event) => {
  leaving = false;
  // The browser kept the page itself.
  if (event.persisted) store((storage) => storage.removeItem(PREFIX + window.location.pathname));
});
window.addEventListener("pagehide", () => {
  if (!leaving) keep("left");
});
document.addEventListener("DOMContentLoaded", person ? arrive : atTheDoor);
