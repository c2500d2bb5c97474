// Comfort only: everything works without it.
"use strict";
addEventListener("keydown", (event) => {
  const box = document.querySelector("input[type=search]");
  if (event.key === "/" && box && !event.target.closest("input, textarea, select")) {
    event.preventDefault();
    box.focus();
    box.select();
  }
});
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent;
    await navigator.clipboard.writeText(text);
    const said = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = said; }, 1500);
  });
}

// Facets are folded on phones; browsers without ::details-content need them opened on wide screens
if (!CSS.supports("selector(::details-content)") && matchMedia("(min-width: 62rem)").matches) {
  for (const narrow of document.querySelectorAll(".narrow")) narrow.open = true;
}

// Next and previous marked word of an article, also by the keys n and p
const marks = [...document.querySelectorAll("mark[id^=hit-]")];
let markAt = -1;
function goToMark(step) {
  markAt = (markAt + step + marks.length + (markAt < 0 && step < 0 ? 1 : 0)) % marks.length;
  marks[markAt].focus({ preventScroll: true });
  marks[markAt].scrollIntoView({ block: "center" });
  for (const count of document.querySelectorAll("[data-hit-count]")) count.textContent = `${markAt + 1} of ${marks.length}`;
}
if (marks.length) {
  for (const button of document.querySelectorAll("[data-hit]")) {
    button.hidden = false;
    button.addEventListener("click", () => goToMark(Number(button.dataset.hit)));
  }
  addEventListener("keydown", (event) => {
    const step = { n: 1, p: -1 }[event.key];
    if (step && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input, textarea, select")) {
      event.preventDefault();
      goToMark(step);
    }
  });
}
