// Passkeys (over allauth's script), copying and printing. Nothing inline: the pages say what they
// want in data attributes.
(() => {
  "use strict";

  const PROBLEMS = {
    NotAllowedError:
      "That did not work: the browser was canceled or waited too long. Please try again.",
    InvalidStateError: "This device already has a passkey of yours.",
    NotSupportedError:
      "This device cannot make such a passkey. Try without “alone”, or another device.",
    SecurityError: "The browser allows passkeys only over HTTPS and by Callmark's name.",
  };

  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const box = document.querySelector("[data-passkey-problem]");
    if (!box) return;
    const name = event.detail.exception?.name;
    box.textContent = PROBLEMS[name] || "The passkey could not be used. Please try again.";
    box.hidden = false;
  });

  function preparePasskey(form) {
    const { passkey, passkeyButton, passkeyInput, passkeyAlone } = form.dataset;
    const ids = { credential: passkeyInput, [passkey]: passkeyButton };
    if (passkeyAlone) ids.passwordless = passkeyAlone;
    if (passkey !== "login") ids.data = "passkey-data";
    window.allauth.webauthn.forms[`${passkey}Form`]({ ids });
    // Disabled until here: a quick click would send the form without a passkey.
    document.getElementById(passkeyButton).disabled = false;
    // Without this, Enter in the name's field would send the form without a passkey.
    if (passkey !== "add") return;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      document.getElementById(passkeyButton).click();
    });
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
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select it and copy by hand";
    }
    setTimeout(() => {
      button.textContent = said;
    }, 3000);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const supported = window.allauth && window.PublicKeyCredential;
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
})();
