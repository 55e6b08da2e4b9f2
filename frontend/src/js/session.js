// A page must not outlive the session it was shown in: when that has ended, by itself, in another
// tab or on another device, the page makes room for the sign-in page. Asking prolongs nothing.
import { keepForSignIn } from "./drafts.js";

const mark = document.querySelector('meta[name="session"]');
const channel = "BroadcastChannel" in window ? new BroadcastChannel("callmark-session") : null;
const LOOK_AGAIN = 5 * 60 * 1000;
const page = document.documentElement;

export function leave() {
  keepForSignIn();
  page.hidden = true;
  const here = window.location.pathname + window.location.search;
  window.location.replace(`${mark.dataset.signIn}?next=${encodeURIComponent(here)}`);
}

async function ask() {
  const answer = await fetch(mark.dataset.ask, { cache: "no-store", redirect: "error" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function watch() {
  let ends = Date.now() + Number(mark.dataset.endsIn) * 1000;
  let looked = Date.now();
  let timer;

  function plan() {
    clearTimeout(timer);
    page.hidden = false;
    timer = setTimeout(look, Math.min(Math.max(ends - Date.now(), 0) + 1000, LOOK_AGAIN));
  }

  async function look() {
    looked = Date.now();
    let told;
    try {
      told = await ask();
    } catch {
      // Callmark cannot be reached: what this page knows itself decides.
      if (Date.now() < ends && !page.hidden) plan();
      else leave();
      return;
    }
    if (told.person !== mark.content || told.seconds <= 0) {
      leave();
      return;
    }
    ends = Date.now() + told.seconds * 1000;
    plan();
  }

  plan();
  channel?.addEventListener("message", look);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && Date.now() - looked > 10_000) look();
  });
  // Back to a page that the browser had kept as it was: shown only when still allowed.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    page.hidden = true;
    look();
  });
}

if (mark) watch();
// Nobody is signed in on this page: the other tabs look whether that is true of them.
else channel?.postMessage("look");
