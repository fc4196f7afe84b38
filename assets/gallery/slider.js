// Turns each pair of pictures into one with a movable edge. Without this script they stand side by side.
"use strict";
for (const pair of document.querySelectorAll("[data-compare]")) {
  const slider = pair.querySelector(".slider");
  const range = slider.querySelector("input");
  const move = () => {
    pair.style.setProperty("--at", range.value + "%");
    range.setAttribute("aria-valuetext", range.value + " % before, " + (100 - range.value) + " % after");
  };
  slider.hidden = false;
  pair.classList.add("compared");
  range.addEventListener("input", move);
  move();
}
