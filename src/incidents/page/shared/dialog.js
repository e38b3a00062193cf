// A dialog: it closes with Escape, its button, and a click beside it.

import { at } from "./dom.js";

export function dialog(name) {
  const element = at(`${name}-dialog`);
  element.addEventListener("click", (event) => event.target === element && element.close());
  at(`${name}-close`).addEventListener("click", () => element.close());
  return element;
}
