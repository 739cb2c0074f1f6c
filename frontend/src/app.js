// What pages gain from a script: swaps (htmx), a summary that takes focus, totals said aloud, quantity buttons.
// Every page is whole without it.
import "htmx.org/dist/htmx.esm.js";

const QUIET_MS = 400; // shorter waits are not announced

document.documentElement.dataset.js = "on";

// The status region is heard by everybody; waits and failures are seen too.
const region = () => document.getElementById("status");
const say = (text, seen = false) => {
  if (!region()) return;
  if (region().textContent !== text) region().textContent = text;
  region().className = seen ? "status" : "visually-hidden";
};

// A failed form: the summary takes focus, so that it is read first.
const focusSummary = (root) => root.querySelector("[data-error-summary]")?.focus();

// A part marked data-announce is said once each time its words change.
const said = new Map();
const announce = (aloud) => {
  for (const part of document.querySelectorAll("[data-announce]")) {
    const key = part.dataset.announce || part.id;
    const text = part.textContent.replace(/\s+/g, " ").trim();
    if (aloud && said.get(key) !== text) say(text);
    said.set(key, text);
  }
};

// − and + beside a quantity. They are hidden without a script: the number field does the job alone.
const enliven = () => {
  for (const button of document.querySelectorAll("button[data-step][hidden]")) button.hidden = false;
};

document.addEventListener("click", (event) => {
  const step = event.target.closest?.("button[data-step]");
  if (step) {
    const field = step.parentElement.querySelector("input");
    const before = field.value;
    if (step.dataset.step === "1") field.stepUp();
    else field.stepDown();
    if (field.value !== before) field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const copy = event.target.closest?.("button[data-copy]");
  if (copy) navigator.clipboard.writeText(copy.dataset.copy).then(() => say(copy.dataset.copied), () => {});
});

// Codes typed one a line (a scanner ends each by Enter) are counted as they come; the server counts them again.
document.addEventListener("input", (event) => {
  const shown = event.target.id && document.querySelector(`[data-count-of="${CSS.escape(event.target.id)}"]`);
  if (!shown) return;
  const codes = event.target.value.split("\n").filter((line) => line.trim()).length;
  shown.textContent = (codes > 1 ? shown.dataset.many : codes ? shown.dataset.one : shown.dataset.none).replace("{n}", codes);
});

// One menu open at a time; Escape closes it and gives focus back.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("focusin", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A form that is being sent is not sent again by a second click; the server's idempotency key is the real guard.
document.addEventListener("submit", (event) => {
  const form = event.target;
  // data-repeat: the answer is a file, the page stays and may ask again.
  if (event.defaultPrevented || form.method !== "post" || "repeat" in form.dataset) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

let waiting;
document.addEventListener("htmx:before:request", (event) => {
  // A request that waited for the one before it carries the version which that answer brought, not the one it was made with.
  const { form, body } = event.detail?.ctx?.request ?? {};
  const version = form?.elements.namedItem("version");
  if (version && body?.has?.("version")) body.set("version", version.value);
  clearTimeout(waiting);
  waiting = setTimeout(() => say(region()?.dataset.loading ?? "", true), QUIET_MS);
});
document.addEventListener("htmx:finally:request", () => {
  clearTimeout(waiting);
  if (region()?.textContent === region()?.dataset.loading) say("");
});
document.addEventListener("htmx:error", () => {
  clearTimeout(waiting);
  say(region()?.dataset.failed ?? "", true);
});
document.addEventListener("htmx:after:swap", () => {
  enliven();
  announce(true);
  focusSummary(document);
});

enliven();
announce(false);
focusSummary(document);
