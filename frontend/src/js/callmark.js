// Small helpers for server-rendered pages. Every page works without them; with them it is nicer.
import htmx from "htmx.org";
import "./copy.js";
import "./dialogs.js";
import "./focus.js";
import "./menu.js";
import { leave } from "./session.js";
import "./settings.js";
import "./drafts.js";
import "./busy.js";
import "./phone.js";
import "./sign_in.js";
import "./calls.js";
import "./combobox.js";

// The Content-Security-Policy allows neither inline styles nor eval.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.attributesToSettle = ["class"]; // By default it writes style attributes, too.
htmx.config.allowScriptTags = false;
htmx.config.selfRequestsOnly = true;
// Pages hold account codes: no copies of them in the browser's storage.
htmx.config.historyCacheSize = 0;
htmx.config.refreshOnHistoryMiss = true;
htmx.config.reportValidityOfForms = true;
// A part of a form that asks for something must not answer where the form itself would.
htmx.config.disableInheritance = true;

// An expired session answers with the sign-in page: go there, with what was typed kept.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.responseURL && new URL(xhr.responseURL).pathname.startsWith("/login/")) {
    event.detail.shouldSwap = false;
    leave();
  }
});

// A request that fails must not look as if nothing had happened.
function tellFailure(event) {
  const box = document.querySelector(".flashes");
  if (!box || box.querySelector("[data-failure]")) return;
  const alert = document.createElement("div");
  alert.className = "alert alert-danger";
  alert.dataset.failure = "";
  const xhr = event.detail.xhr;
  alert.textContent =
    xhr?.status === 429 // Says itself how long to wait.
      ? xhr.responseText
      : document.body.dataset.failed;
  box.append(alert);
  alert.scrollIntoView({ block: "center" });
}
document.addEventListener("htmx:responseError", tellFailure);
document.addEventListener("htmx:sendError", tellFailure);

// A list that was asked for to be printed: it is all there now.
function printAskedFor() {
  const list = document.querySelector("[data-print-now]");
  if (!list) return;
  list.removeAttribute("data-print-now");
  window.print();
}
window.addEventListener("load", printAskedFor);
document.addEventListener("htmx:afterSettle", printAskedFor);

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  event.target.closest("[data-dismiss]")?.closest(".alert")?.remove();
});
