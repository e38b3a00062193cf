// By which field the bars are stacked: the reader chooses, the address says it.

import { at, make } from "../shared/dom.js";

const USUAL = ["level", "severity", "service"];
const NAME_OF_NONE = "nothing";
const NONE = "-";

export class By {
  // `go(by)` shows them by that field.
  constructor({ go }) {
    this.known = [];
    at("by").addEventListener("change", () => go(at("by").value));
  }

  // The field of a view, undefined where the bars are in one piece.
  static of(view) {
    return view.by === NONE ? undefined : view.by || USUAL[0];
  }

  show(view) {
    this.chosen = view.by || USUAL[0];
    this.redraw();
  }

  // The fields that there are.
  offer(fields) {
    this.known = fields;
    this.redraw();
  }

  redraw() {
    const named = new Set([...USUAL, ...this.known]);
    if (this.chosen !== NONE) named.add(this.chosen);
    at("by").replaceChildren(make("option", { value: NONE }, NAME_OF_NONE), ...[...named].map((name) => make("option", { value: name }, name)));
    at("by").value = this.chosen;
  }
}
