// A dialog: it closes with Escape and its button, and with a click beside it, unless one writes in it.

import { at } from "./dom.js";

export function dialog(name, { closesBeside = true } = {}) {
  const element = at(`${name}-dialog`);
  if (closesBeside) element.addEventListener("click", (event) => event.target === element && element.close());
  at(`${name}-close`).addEventListener("click", () => element.close());
  return element;
}
