// Groups or incidents: one takes the place of the other.

import { at } from "../shared/dom.js";

export class Switch {
  // `go(show)` shows "groups" or "incidents".
  constructor({ go }) {
    for (const name of ["groups", "incidents"]) at(`show-${name}`).addEventListener("click", () => go(name));
  }

  show(name) {
    const areGroups = name === "groups";
    at("welcome").hidden = true;
    at("groups").hidden = !areGroups;
    at("found").hidden = areGroups;
    document.body.classList.toggle("grouping", areGroups);
    at("show-groups").setAttribute("aria-pressed", String(areGroups));
    at("show-incidents").setAttribute("aria-pressed", String(!areGroups));
  }
}
