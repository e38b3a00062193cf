// Completion of the query line: a list below it, for keys and pointers.
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

import { Failed } from "../shared/api.js";
import { at, make } from "../shared/dom.js";
import { percent } from "../shared/number.js";
import { pieceAt } from "./offers.js";

const PAUSE_MS = 120;

export class Completion {
  // `offers` knows what can follow; `changed()` is called when the line is another one.
  constructor({ offers, changed }) {
    Object.assign(this, { offers, changed });
    this.asking = new AbortController();
    this.shown = [];
    this.field = at("field");
    this.field.addEventListener("input", () => this.later());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("blur", () => this.close());
    at("offers").addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays
    at("offers").addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.take(Number(option.dataset.n));
    });
  }

  get isOpen() {
    return !at("offers").hidden;
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE_MS);
  }

  // Shows what fits where the caret is.
  async look() {
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const { selectionStart, selectionEnd, value } = this.field;
    this.piece = selectionStart === selectionEnd ? pieceAt(value, selectionEnd) : undefined;
    if (!this.piece) {
      this.close();
      return;
    }
    try {
      const shown = await this.offers.of(this.piece, signal);
      if (!signal.aborted) this.show(shown);
    } catch (error) {
      if (error.name !== "AbortError" && !(error instanceof Failed)) throw error;
      if (!signal.aborted) this.close(); // the line itself says what is wrong
    }
  }

  show(shown) {
    this.shown = shown;
    this.active = -1;
    at("offers").hidden = !shown.length || document.activeElement !== this.field;
    this.field.setAttribute("aria-expanded", String(this.isOpen));
    at("offers").replaceChildren(...shown.map(({ label, share }, n) => make(
      "li",
      { role: "option", id: `offer-${n}`, "data-n": n, "aria-selected": "false" },
      make("span", { class: "label" }, label),
      make("span", { class: "share" }, share === undefined ? "" : percent(share)),
    )));
    this.mark();
  }

  close() {
    clearTimeout(this.timer);
    this.asking.abort();
    this.show([]);
  }

  mark() {
    for (const [n, option] of [...at("offers").children].entries()) {
      option.setAttribute("aria-selected", String(n === this.active));
      if (n === this.active) option.scrollIntoView({ block: "nearest" });
    }
    if (this.active < 0) this.field.removeAttribute("aria-activedescendant");
    else this.field.setAttribute("aria-activedescendant", `offer-${this.active}`);
  }

  // Arrows choose, Tab takes the first one or the chosen one, Enter the chosen one, Escape closes.
  key(event) {
    if (event.metaKey || event.ctrlKey || event.altKey || event.shiftKey || event.isComposing) return;
    if (!this.isOpen) {
      if (event.key === "ArrowDown") this.look();
      if (event.key === "Enter") this.close();
      return;
    }
    const last = this.shown.length - 1;
    if (event.key === "ArrowDown") this.active = this.active < last ? this.active + 1 : -1;
    else if (event.key === "ArrowUp") this.active = this.active < 0 ? last : this.active - 1;
    else if (event.key === "Tab") this.take(Math.max(0, this.active));
    else if (event.key === "Enter" && this.active >= 0) this.take(this.active);
    else if (event.key === "Escape") this.close();
    else {
      if (event.key === "Enter") this.close();
      return;
    }
    this.mark();
    event.preventDefault();
    event.stopPropagation();
  }

  take(n) {
    const { text, more } = this.shown[n];
    const end = this.field.selectionEnd;
    this.field.setRangeText(text, this.piece.start, end, "end");
    this.close();
    this.changed();
    if (more) this.look();
  }
}
