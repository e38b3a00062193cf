// The keys: / finds, g shows groups, l the list, r the rules, j and k move, enter opens, esc closes, t chooses a time,
// ? helps.

import { dialog } from "./dialog.js";
import { at } from "./dom.js";

const VIEWS = { g: "groups", l: "incidents", r: "rules" };

export function keyboard({ move, open, close, show }) {
  const help = dialog("help");
  at("help-button").addEventListener("click", () => help.showModal());
  addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || document.querySelector("dialog[open], .locked")) return;
    const writing = event.target.closest("input, select, textarea");
    if (event.key === "Escape") {
      if (writing) writing.blur();
      else close();
    } else if (writing) {
      return;
    } else if (event.key === "/") {
      at("field").focus();
      at("field").select();
    } else if (event.key === "?") {
      help.showModal();
    } else if (event.key === "t") {
      at("range").click();
    } else if (event.key in VIEWS) {
      show(VIEWS[event.key]);
    } else if (event.key === "j" || event.key === "k") {
      move(event.key === "j" ? 1 : -1);
    } else if (event.key === "Enter" && event.target === document.body) {
      open();
    } else {
      return;
    }
    event.preventDefault();
  });
}
