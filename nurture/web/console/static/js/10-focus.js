// After a piece of a page was exchanged: the answer may name what takes the focus, and what is said aloud.
document.addEventListener("said", (event) => {
  const line = document.getElementById("said");
  if (line) line.textContent = event.detail.value || event.detail;
});
document.addEventListener("focused", (event) => {
  const id = event.detail.value || event.detail;
  requestAnimationFrame(() => document.getElementById(id)?.focus());
});
// A slash leads to the search from anywhere but a field.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  document.getElementById("find")?.focus();
});
