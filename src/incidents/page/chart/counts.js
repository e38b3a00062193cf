// How many match, and when they came: first what is known at once, then exactly.

import { Failed, timeline } from "../shared/api.js";
import { at } from "../shared/dom.js";
import { between } from "../shared/time.js";
import { clear, draw } from "./chart.js";
import { colored, showLegend } from "./legend.js";

const EXACT_SECONDS = 5;
const RECOUNT_MS = 3000;
const BIN_PIXELS = 12;
const BINS_MIN = 20;
const BINS_MAX = 120;

export class Counts {
  // `zoom(since, until)` asks for what was selected, `begins(since)` is told when it begins;
  // `asks(path, value, {not})` and `choose(path, value, {not})` are about a value in the legend;
  // `locks(error)` asks for a key, if that is what the error is about, and says whether it did.
  constructor({ zoom, begins, asks, choose, locks }) {
    Object.assign(this, { zoom, begins, asks, choose, locks });
  }

  // Counts what is asked for, until the signal says that something else is.
  count(asked, signal) {
    return this.show(asked, [undefined, EXACT_SECONDS], signal);
  }

  // Counts again what came meanwhile, if `asked()` still says what: not so often that it costs what
  // one waits for, and not while somebody selects.
  async recount(asked, signal) {
    if (this.waits) return;
    this.waits = true;
    await new Promise((done) => setTimeout(done, RECOUNT_MS));
    this.waits = false;
    const now = asked();
    if (now && !at("time").hidden && !at("chart").contains(document.activeElement)) this.show(now, [undefined], signal);
  }

  async show(asked, times, signal) {
    this.by = asked.by;
    const wanted = Math.floor(at("columns").clientWidth / BIN_PIXELS);
    const bins = Math.max(BINS_MIN, Math.min(BINS_MAX, wanted));
    try {
      for (const seconds of times) {
        const found = await timeline({ ...asked, bins, seconds }, signal);
        if (signal.aborted) return;
        this.found = found;
        this.redraw();
        if (!found.estimate) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Failed)) throw error;
      this.clear();
      if (!this.locks(error)) at("count").textContent = error.message;
    }
  }

  // The same counts: in another zone, perhaps.
  redraw() {
    if (!this.found) return;
    const { count, estimate, since, until } = this.found;
    at("count").textContent = `${estimate ? "about " : ""}${count.toLocaleString()} incident${count === 1 ? "" : "s"}`;
    at("span").textContent = between(new Date(since), new Date(until));
    this.begins(since);
    const series = colored(this.found.series ?? []);
    draw({ ...this.found, series }, this.zoom);
    const { by } = this.found;
    showLegend(series, {
      estimate,
      asks: (value, options) => this.asks(by, value, options),
      choose: (value, options) => this.choose(by, value, options),
    });
  }

  // What was drawn is of another question, or of another time.
  clear() {
    this.found = undefined;
    at("span").textContent = "";
    at("legend").hidden = true;
    clear();
  }
}
