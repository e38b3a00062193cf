// The open incident, beside the list.

import { Failed, one } from "../shared/api.js";
import { at, make } from "../shared/dom.js";
import { mark } from "../list/highlight.js";
import * as place from "../list/scroll-state.js";
import { showOne } from "./one.js";

export class Panel {
  // `results` is the list; `close()` and `locks(error)` are the page's; `asks`, `choose` … are what
  // showOne takes.
  constructor({ results, close, locks, ...shown }) {
    Object.assign(this, { results, close, locks, shown });
  }

  // Shows the incident of that id; of none, nothing.
  async show(id, signal) {
    this.id = id;
    this.results.mark(id || undefined);
    if (!id) {
      this.hide();
      return;
    }
    try {
      const text = this.results.text(id) ?? (await one(id, signal));
      if (this.id !== id) return;
      showOne(text, { ...this.shown, close: this.close });
      mark(at("one"));
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!(error instanceof Failed)) throw error;
      if (this.locks(error)) return;
      at("one").replaceChildren(make("p", {}, error.message), make("button", { type: "button", onclick: this.close }, "Close"));
    }
    const fresh = at("one").hidden || at("one").dataset.id !== id;
    at("one").hidden = false;
    at("one").dataset.id = id;
    document.body.classList.add("reading");
    if (fresh) place.begin();
  }

  hide() {
    const had = at("one").contains(document.activeElement);
    at("one").hidden = true;
    document.body.classList.remove("reading");
    place.comeBack();
    if (had) this.results.move(0);
  }
}
