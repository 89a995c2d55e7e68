// Shortcuts of single keys for elements marked with data-key. Every one of them is also reached
// with Tab, and nothing needs this script.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const on = event.target;
  const typing = on instanceof HTMLElement && on.closest("input, textarea, select, [contenteditable]");
  const acting = event.key === "Enter" && on instanceof HTMLElement && on.closest("a, button, summary");
  if (typing || acting) return;
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  wanted.focus();
  wanted.click();
});
const first = document.querySelector("[data-focus]");
if (first) first.focus();
