// The flow by keyboard, while a card of it has the focus: arrows, Delete, Ctrl+Z; with Alt an arrow moves the step.
// Enter is the card's own link.  F8 leads to the next problem from anywhere on the page, Shift+F8 to the one before.
const cards = () => [...document.querySelectorAll(".flow a.card-link")].filter((card) => card.checkVisibility());
const step = (card, by) => cards()[cards().indexOf(card) + by];
// The first card of the path beside this one, on the innermost split that has one.
const beside = (card, by) => {
  for (let lane = card.closest(".lanes > li"); lane; lane = lane.parentElement.closest(".lanes > li")) {
    for (let other = lane; (other = by < 0 ? other.previousElementSibling : other.nextElementSibling); ) {
      const found = other.querySelector("a.card-link");
      if (found) return found;
    }
  }
};
const press = (act) => (card) => {
  const form = document.getElementById("press-keys");
  if (!form) return;
  form.elements.do.value = act;
  form.elements.step.value = card.id.slice("card-".length);
  form.requestSubmit();
};
const KEYS = {
  ArrowDown: (card) => step(card, 1)?.focus(),
  ArrowUp: (card) => step(card, -1)?.focus(),
  ArrowRight: (card) => beside(card, 1)?.focus(),
  ArrowLeft: (card) => beside(card, -1)?.focus(),
  Delete: press("delete"),
};
const MOVES = { ArrowDown: press("down"), ArrowUp: press("up") };
// The problem behind the place that has the focus, or before it; round and round.
const nextProblem = (by) => {
  const all = [...document.querySelectorAll(".flow .wrong-line, .problem-list a")];
  const here = document.activeElement;
  const follows = (one) => here.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
  const found = by > 0 ? all.find(follows) : all.filter((one) => one !== here && !follows(one)).at(-1);
  const next = found || all.at(by > 0 ? 0 : -1);
  for (let path = next; (path = path?.parentElement?.closest("details")); ) path.open = true;
  next?.focus();
  return Boolean(next);
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest?.("#panel")) {
    document.querySelector(".flow a.card-link[aria-current]")?.focus();
    return;
  }
  if (event.key === "F8" && nextProblem(event.shiftKey ? -1 : 1)) return event.preventDefault();
  const card = event.target.closest?.(".flow a.card-link");
  if (!card || event.metaKey) return;
  const undo = event.ctrlKey && !event.altKey && event.key === "z" ? () => document.getElementById("press-undo")?.click() : null;
  const act = undo || (!event.ctrlKey && !event.shiftKey && (event.altKey ? MOVES : KEYS)[event.key]);
  if (!act) return;
  event.preventDefault();
  act(card);
});
// What was refused is a page of its own: it takes the place of the whole page, not of the flow.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, boosted } = event.detail;
  if (!boosted || xhr.status < 400) return;
  Object.assign(event.detail, { shouldSwap: true, isError: false, selectOverride: "main", swapOverride: "outerHTML" });
  event.detail.target = document.querySelector("main");
});
// A problem's line in a text: the cursor goes there.
for (const text of document.querySelectorAll("textarea[data-line]")) {
  const from = text.value.split("\n").slice(0, text.dataset.line - 1).join("\n").length + 1;
  text.focus();
  text.setSelectionRange(from, from);
}
// A menu that is long is sifted by typing; Enter takes the first that is left.
const offers = (field) => [...document.querySelectorAll(`#${field.dataset.sifts} li`)];
const sifting = () => {
  for (const line of document.querySelectorAll(".sift[hidden]")) line.hidden = false;
};
sifting();
document.addEventListener("htmx:afterSettle", sifting);
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.matches("[data-sifts]")) return;
  const wanted = field.value.trim().toLowerCase();
  for (const offer of offers(field)) offer.hidden = !offer.textContent.toLowerCase().includes(wanted);
  for (const more of document.querySelectorAll(`#${field.dataset.sifts} details`)) more.open = wanted !== "";
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.("[data-sifts]")) return;
  event.preventDefault();
  offers(event.target).find((offer) => !offer.hidden)?.querySelector("button").click();
});
// Paths that somebody opened stay open when the flow is drawn anew.
let opened = [];
document.addEventListener("htmx:beforeSwap", () => {
  opened = [...document.querySelectorAll("details.path[open]")].map((path) => path.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened) document.getElementById(id)?.toggleAttribute("open", true);
});
