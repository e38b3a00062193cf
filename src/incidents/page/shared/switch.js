// Groups, incidents or rules: one takes the place of the others.

import { at } from "./dom.js";

const VIEWS = ["groups", "incidents", "rules"];

export class Switch {
  // `go(show)` shows one of them.
  constructor({ go }) {
    for (const name of VIEWS) at(`show-${name}`).addEventListener("click", () => go(name));
  }

  // None, where something else takes the place of all of them.
  show(name) {
    at("groups").hidden = name !== "groups";
    at("found").hidden = name !== "incidents";
    document.body.classList.toggle("grouping", name === "groups");
    document.body.classList.toggle("ruling", name === "rules");
    for (const each of VIEWS) at(`show-${each}`).setAttribute("aria-pressed", String(each === name));
  }
}
