// The phone of "Test a call": its keys, the caller's pauses, and the prompts one hears.
let pause; // Ends an entry after silence between digits, as the real gate does.
let playing = 0; // Grows with every new thing to hear, so that an older sequence stops.
let sounding = null;

const phone = () => document.getElementById("test-call");
const calling = () => phone()?.hasAttribute("data-calling");
const field = () => phone()?.querySelector(calling() ? "[data-keys]" : "[name=dialed]");

function beQuiet() {
  playing += 1;
  sounding?.pause();
  sounding = null;
}

async function playAll(sounds) {
  beQuiet();
  const turn = playing;
  for (const sound of sounds) {
    if (turn !== playing) return;
    await playOne(sound);
  }
}

function playOne(sound) {
  return new Promise((done) => {
    sounding = sound;
    for (const end of ["ended", "error", "pause"])
      sound.addEventListener(end, done, { once: true });
    sound.currentTime = 0;
    sound.play().catch(done); // The words are on the page, so a missing sound is no obstacle.
  });
}

function showDots() {
  const dots = phone()?.querySelector("[data-dots]");
  if (!dots) return;
  const length = Number(phone().dataset.maxDigits);
  const typed = field().value.length;
  dots.replaceChildren(
    ...Array.from({ length }, (_, index) => {
      const dot = document.createElement("i");
      if (index < typed) dot.className = "on";
      return dot;
    }),
  );
}

function enter() {
  clearTimeout(pause);
  // A click, not requestSubmit(): htmx sends the name of the button that was clicked.
  phone().querySelector("button[value=keys]").click();
}

function press(key) {
  beQuiet(); // Digits interrupt a prompt.
  const input = field();
  if (!input) return;
  if (!calling()) {
    input.value += key;
    return;
  }
  clearTimeout(pause);
  input.value += key;
  if (key === "#" || input.value === phone().dataset.alone) {
    enter();
    return;
  }
  showDots();
  if (input.value.length >= Number(phone().dataset.maxDigits)) enter();
  else pause = setTimeout(enter, Number(phone().dataset.gapSeconds) * 1000);
}

document.addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]");
  if (key) press(key.dataset.key);
  const play = event.target.closest("[data-play]");
  if (play) playAll([play.closest("li").querySelector("audio")]);
});

// On a call the whole keyboard is the phone's keypad, wherever the focus is.
document.addEventListener("keydown", (event) => {
  if (!calling() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^[0-9*#]$/.test(event.key)) {
    event.preventDefault();
    const key = phone().querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    key.classList.add("pressed");
    setTimeout(() => key.classList.remove("pressed"), 120);
    press(event.key);
  } else if (event.key === "Backspace" && event.target === field()) {
    event.preventDefault(); // A phone cannot take a digit back.
  }
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id === "test-call") {
    clearTimeout(pause);
    beQuiet();
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "test-call" && event.detail.elt.id !== "test-call") return;
  if (!phone()) return;
  showDots();
  playAll(phone().querySelectorAll("[data-new] audio"));
  if (calling()) field().focus({ preventScroll: true });
  // The button that ended the call is gone: the next thing is another one.
  else if (document.activeElement === document.body)
    phone().querySelector(".phone-call").focus({ preventScroll: true });
  // Beside each other, both can be seen; beneath, the phone itself says what was heard last.
  if (window.matchMedia("(min-width: 992px)").matches) {
    phone().querySelector(".steps-told li:last-child")?.scrollIntoView({ block: "nearest" });
  }
});

document.addEventListener("DOMContentLoaded", () => {
  if (phone()) showDots();
});
