// Passkeys (over allauth's script), copying and printing. Nothing inline: the pages say what they
// want in data attributes.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  tell(event.detail.exception?.name);
});

function tell(name) {
  const box = document.querySelector("[data-passkey-problem]");
  if (!box) return;
  const { dataset: texts } = document.querySelector("[data-passkey-scripts]");
  const known = name && texts[name[0].toLowerCase() + name.slice(1)];
  box.textContent = known || texts.anyError;
  box.hidden = false;
}

// allauth's scripts come when a passkey is about to be used, not with the page: most people sign in
// with a password. Twice asked for, they come once.
let scripts;
function load() {
  const names = document.querySelector("[data-passkey-scripts]").dataset.passkeyScripts;
  scripts ??= names
    .split(" ")
    .reduce((before, name) => before.then(() => loadOne(name)), Promise.resolve());
  return scripts;
}

function loadOne(name) {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = name;
    script.addEventListener("load", done);
    script.addEventListener("error", failed);
    document.head.append(script);
  });
}

function preparePasskey(form) {
  const button = document.getElementById(form.dataset.passkeyButton);
  let ready = false;
  const loadAhead = () => load().catch(() => {}); // Told when it is pressed.
  for (const sign of ["pointerenter", "focus"]) button.addEventListener(sign, loadAhead);
  button.addEventListener("click", async (event) => {
    if (ready) return;
    event.preventDefault();
    try {
      await load();
    } catch {
      scripts = undefined; // The next press tries again.
      tell("NetworkError");
      return;
    }
    handOver(form);
    ready = true;
    button.click();
  });
  button.disabled = false;
  // Without this, Enter in the name's field would send the form without a passkey.
  if (form.dataset.passkey !== "add") return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    button.click();
  });
}

function handOver(form) {
  const { passkey, passkeyButton, passkeyInput, passkeyAlone } = form.dataset;
  const ids = { credential: passkeyInput, [passkey]: passkeyButton };
  if (passkeyAlone) ids.passwordless = passkeyAlone;
  if (passkey !== "login") ids.data = "passkey-data";
  window.allauth.webauthn.forms[`${passkey}Form`]({ ids });
}

function textOf(id) {
  const element = document.getElementById(id);
  if ("value" in element && element.tagName === "INPUT") return element.value;
  return [...element.children].map((child) => child.textContent.trim()).join("\n");
}

async function copy(button) {
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(textOf(button.dataset.copy));
    button.textContent = document.body.dataset.copied;
  } catch {
    button.textContent = document.body.dataset.copyByHand;
  }
  setTimeout(() => {
    button.textContent = said;
  }, 3000);
}

document.addEventListener("DOMContentLoaded", () => {
  const supported = window.PublicKeyCredential;
  for (const form of document.querySelectorAll("[data-passkey]")) {
    if (supported) preparePasskey(form);
    else if (form.dataset.passkey !== "add") form.hidden = true;
  }
  for (const element of document.querySelectorAll("[data-needs-script]")) element.hidden = false;
  for (const input of document.querySelectorAll("[data-select-all]")) {
    input.addEventListener("focus", () => input.select());
  }
});

document.addEventListener("click", (event) => {
  const copied = event.target.closest("[data-copy]");
  if (copied) copy(copied);
  if (event.target.closest("[data-print]")) window.print();
});
