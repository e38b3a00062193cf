// The keys: / finds, j and k move, enter opens, esc closes.

import { at } from "./dom.js";

export function keyboard({ move, open, close }) {
  addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const writing = event.target.closest("input, select, textarea");
    if (event.key === "Escape") {
      if (writing) writing.blur();
      else close();
    } else if (writing) {
      return;
    } else if (event.key === "/") {
      at("field").focus();
      at("field").select();
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
