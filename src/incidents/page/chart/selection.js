// What is selected of the histogram, with a pointer or with the keys.

import { at, shape } from "../shared/dom.js";

const HEIGHT = 56;
const PAGE = 10; // bins

export class Selection {
  // `zoom(since, until)` is called with the dates of what was selected.
  constructor(frame, bins, zoom) {
    this.frame = frame;
    this.bins = bins;
    this.zoom = zoom;
    this.shape = shape("rect", { class: "selection", y: 0, height: HEIGHT, width: 0 });
    this.from = undefined; // where a drag, or a selection with the keys, began
    this.at = bins.length - 1;
    frame.addEventListener("pointerdown", (event) => this.press(event));
    frame.addEventListener("pointermove", (event) => this.from !== undefined && this.drag(event));
    frame.addEventListener("pointerup", (event) => this.release(event));
    frame.addEventListener("pointercancel", () => this.drop());
    frame.addEventListener("keydown", (event) => this.key(event));
    frame.addEventListener("focus", () => frame.matches(":focus-visible") && this.show());
    frame.addEventListener("blur", () => this.drop());
  }

  // Where the keys are, for other counts of the same bins.
  placeIn(bins) {
    const isSame = bins.length === this.bins.length && Number(bins[0].since) === Number(this.bins[0].since);
    return isSame ? { from: this.from, at: this.at } : {};
  }

  binAt(event) {
    const box = this.frame.getBoundingClientRect();
    const bin = Math.floor(((event.clientX - box.left) / box.width) * this.bins.length);
    return Math.min(this.bins.length - 1, Math.max(0, bin));
  }

  press(event) {
    if (event.button !== 0) return;
    this.from = this.at = this.binAt(event);
    this.frame.setPointerCapture(event.pointerId);
  }

  drag(event) {
    this.at = this.binAt(event);
    this.show();
  }

  release(event) {
    if (this.from === undefined) return;
    this.at = this.binAt(event);
    this.take();
  }

  // Arrows move, with Shift they extend, Enter zooms.
  key(event) {
    const last = this.bins.length - 1;
    const to = { ArrowLeft: this.at - 1, ArrowRight: this.at + 1, PageUp: this.at - PAGE, PageDown: this.at + PAGE, Home: 0, End: last };
    if (event.key in to) {
      this.from = event.shiftKey ? (this.from ?? this.at) : undefined;
      this.at = Math.min(last, Math.max(0, to[event.key]));
      this.show();
    } else if (event.key === "Enter") {
      this.take();
    } else if (event.key === "Escape" && this.from !== undefined) {
      this.from = undefined;
      this.show();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  get ends() {
    const from = this.from ?? this.at;
    return [Math.min(from, this.at), Math.max(from, this.at)];
  }

  show() {
    const [low, high] = this.ends;
    this.shape.setAttribute("x", String(low));
    this.shape.setAttribute("width", String(high - low + 1));
    this.frame.setAttribute("aria-valuenow", String(this.at + 1));
    this.frame.setAttribute("aria-valuetext", this.bins[this.at].text);
    at("bin").textContent = this.bins[this.at].text;
  }

  take() {
    const [low, high] = this.ends;
    this.from = undefined;
    this.zoom(this.bins[low].since, this.bins[high].until);
  }

  drop() {
    this.from = undefined;
    this.shape.setAttribute("width", "0");
    at("bin").textContent = "";
  }
}
