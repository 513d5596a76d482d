// Fields that save themselves: a form with data-autosave is sent a moment after somebody stopped typing; where that is
// "asked", only when its button is pressed, and then too its text stays.
// Whatever happens to the network, the session or the document, what was typed stays where it is, and the line says so.
document.documentElement.classList.add("js");
const MOMENT = 800; // milliseconds without a key
const AGAIN = 15000; // milliseconds until the next try; the network's return and the window's do not wait for it
let timer, sending;
let failed = ""; // why the last try did not save: "", "network", "out", "renewed", "refused"
const changed = () => document.querySelector("form[data-autosave][data-changed]");
const mark = (form, yes) => form.toggleAttribute("data-changed", yes);
const line = (text, tone) => {
  const saved = document.getElementById("saved");
  if (saved) Object.assign(saved, { textContent: text, className: `saved ${tone}` });
};
const later = (wait) => {
  clearTimeout(timer);
  timer = setTimeout(flush, wait);
};
const every = (name, value) => {
  for (const field of document.getElementsByName(name)) if (!field.closest("#toasts")) field.value = value;
};

// The pieces of an answer take the places of those with the same ids; never one in which somebody is typing.
const put = (html) => {
  const box = document.createElement("template");
  box.innerHTML = html;
  for (const piece of [...box.content.children]) {
    const old = piece.id && document.getElementById(piece.id);
    const here = document.activeElement;
    if (!old || (old.contains(here) && here.matches("input, textarea, select"))) continue;
    old.replaceWith(piece);
    window.htmx?.process(piece);
    if (!here.isConnected && here.id) document.getElementById(here.id)?.focus();
  }
};

// Somebody who signed in again in another tab has another token: take it from the page as it is now.
const renew = async () => {
  const page = await fetch(location.href);
  const token = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[name=csrf]");
  if (token) every("csrf", token.value);
  return Boolean(page.ok && token);
};

const send = async (form) => {
  mark(form, false);
  line("Saving…", "");
  const body = new URLSearchParams(new FormData(form));
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Autosave: "yes" } });
    if (answer.status >= 500) throw new Error(answer.status);
    if (answer.status === 400 || answer.status === 401) {
      mark(form, true);
      const back = failed !== "renewed" && (await renew());
      failed = back ? "renewed" : "out";
      if (!back) line("Not saved: signed out. Sign in in another tab; what you typed is still here.", "stops");
      return later(back ? 0 : AGAIN);
    }
    failed = answer.ok ? "" : "refused";
    const revision = answer.headers.get("Draft");
    if (revision) every("draft", revision);
    if (revision && answer.ok) {
      every("base", revision);
      document.getElementById("toasts")?.replaceChildren(); // it offers to take back what is not the latest any more
    }
    put(await answer.text());
    for (const told of form.querySelectorAll(".field-told")) {
      form.elements[told.id.slice("told-".length)]?.setAttribute?.("aria-invalid", String(!told.hidden));
    }
  } catch {
    mark(form, true);
    failed = "network";
    line("Not saved — retrying. What you typed is still here.", "waits");
    later(AGAIN);
  }
};

// Send what waits, one at a time; true once nothing is unsaved.
const flush = async () => {
  clearTimeout(timer);
  while (sending) await sending;
  const form = changed();
  if (form) {
    sending = send(form);
    await sending;
    sending = null;
  }
  return !changed() && !failed;
};

// Whoever goes on takes what they typed along; where that cannot be, they are asked.
const first = (event, again) => {
  if (!changed() && !sending && !failed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  flush().then((saved) => {
    if (!saved && !confirm("What you typed is not saved. Leave it behind?")) return;
    failed = "";
    document.querySelectorAll("form[data-changed]").forEach((form) => mark(form, false));
    again();
  });
};

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-autosave]");
  if (!form) return;
  mark(form, true);
  if (form.dataset.autosave !== "asked") later(MOMENT);
});
document.addEventListener("change", (event) => event.target.closest("form[data-autosave=saved]") && flush());
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (form.matches("[data-autosave]")) {
    event.preventDefault();
    mark(form, true);
    flush();
    return;
  }
  first(event, () => (form.isConnected ? form.requestSubmit(submitter) : document.getElementById(submitter?.id)?.click()));
}, true);
document.addEventListener("click", (event) => {
  const keep = event.target.closest("[data-keep]");
  const form = keep && document.querySelector("form[data-autosave]");
  if (form) {
    every("draft", keep.dataset.keep);
    mark(form, true);
    flush();
    return;
  }
  const link = event.target.closest("a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.matches("[data-take]")) {
    failed = "";
    return;
  }
  const href = link.getAttribute("href");
  first(event, () => [...document.links].find((one) => one.getAttribute("href") === href)?.click());
}, true);
addEventListener("online", () => changed() && flush());
addEventListener("focus", () => changed() && flush());
addEventListener("beforeunload", (event) => {
  if (changed() || sending || failed) event.preventDefault();
});
