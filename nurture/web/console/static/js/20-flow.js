// The flow by keyboard, while a card of it has the focus: arrows, Delete, Ctrl+Z.  Enter is the card's own link.
const cards = () => [...document.querySelectorAll(".flow a.card-link")];
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
const KEYS = {
  ArrowDown: (card) => step(card, 1)?.focus(),
  ArrowUp: (card) => step(card, -1)?.focus(),
  ArrowRight: (card) => beside(card, 1)?.focus(),
  ArrowLeft: (card) => beside(card, -1)?.focus(),
  Delete: (card) => {
    const form = document.getElementById("deletes");
    if (!form) return;
    form.elements.step.value = card.id.slice("card-".length);
    form.requestSubmit();
  },
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest?.("#panel")) {
    document.querySelector(".flow a.card-link[aria-current]")?.focus();
    return;
  }
  const card = event.target.closest?.(".flow a.card-link");
  if (!card || event.altKey || event.metaKey) return;
  const undo = event.ctrlKey && event.key === "z" ? () => document.getElementById("press-undo")?.click() : null;
  const act = undo || (!event.ctrlKey && !event.shiftKey && KEYS[event.key]);
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
