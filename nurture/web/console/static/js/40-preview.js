// Emails: what is typed is looked at before it is saved; the newest text wins, and nothing typed is lost on the way.
(() => {
  const looks = document.getElementById("looks");
  if (!looks) return;
  const frame = document.getElementById("frame"), said = document.getElementById("preview-said");
  const test = document.getElementById("test"), key = looks.dataset.frame;
  const writing = [...document.querySelectorAll("form[data-sketch]")];
  let word = "saved", newest = 0, timer = 0, last = writing[0]?.elements.subject;

  const query = () => {
    const chosen = new URLSearchParams(new FormData(looks));
    chosen.delete("q");
    for (const [name, value] of [...chosen]) if (!value) chosen.delete(name);
    return chosen;
  };
  const show = () => {
    const chosen = query();
    frame.className = `w${chosen.get("width")} ${chosen.get("dark") === "own" ? "dark" : "light"}`;
    const address = `${key}${word}?${chosen}`;
    if (frame.getAttribute("src") !== address) frame.setAttribute("src", address);
  };
  const look = () => {
    const chosen = query(), here = `${location.pathname}?${chosen}`;
    history.replaceState(null, "", here);
    for (const field of document.querySelectorAll("input[name=here]")) field.value = here;
    for (const name of ["persona", "language", "customer", "date"]) if (test?.elements[name]) test.elements[name].value = chosen.get(name) || "";
    sketch(0);
  };
  const sketch = (pause) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++newest, body = new FormData();
      for (const [name, value] of query()) body.set(name, value);
      for (const form of writing) for (const [name, value] of new FormData(form)) body.set(name, value);
      if (!writing.length) return show();
      try {
        const answer = await fetch(key.slice(0, -1), { method: "POST", body: new URLSearchParams(body) });
        const told = await answer.json();
        if (mine !== newest) return;
        said.textContent = !told.why ? "" : `Not shown yet: ${told.why}`;
        frame.classList.toggle("stale", Boolean(told.why));
        if (told.why) return;
        word = told.word;
        if (test) test.elements.sketch.value = word;
        for (const part of document.querySelectorAll("[data-inbox]")) part.textContent = told[part.dataset.inbox];
        frame.height = told.tall;
        show();
      } catch {
        if (mine === newest) said.textContent = "Not shown: there is no connection, or you are signed out. What you typed is still here.";
      }
    }, pause);
  };

  looks.addEventListener("change", (event) => event.target.name !== "q" && look());
  looks.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("customer").addEventListener("htmx:afterSwap", look);
  for (const form of writing) {
    form.addEventListener("input", () => sketch(300));
    form.addEventListener("focusin", (event) => { if (event.target.matches("textarea, input[type=text]")) last = event.target; });
  }
  for (const button of document.querySelectorAll("[data-insert]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      if (!last) return;
      const from = last.selectionStart;
      last.setRangeText(button.dataset.insert, from, last.selectionEnd, "end");
      last.focus();
      const gap = button.dataset.insert.indexOf("…");
      if (gap >= 0) last.setSelectionRange(from + gap, from + gap + 1);
      last.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
})();
