// What the address asks: its query line is understood, its groups or incidents are listed, and counted.

import { BadLine, isEmpty } from "./shared/api.js";
import { By } from "./chart/by.js";
import { at } from "./shared/dom.js";
import { EVERYTHING, asksForGroup, indexOf, toggled } from "./bar/terms.js";
import { warn } from "./shared/notices.js";
import { lookFor } from "./list/highlight.js";
import * as views from "./shared/view.js";
import { welcome } from "./list/welcome.js";

const LIST_FIRST_MS = 250;

export class Asking {
  // `parts` are those of the page, by their names: they show the answers. `begun()` is called when the
  // first page of one is there.
  constructor(parts, begun) {
    Object.assign(this, parts, { begun });
    this.meaning = EVERYTHING; // of the query line that is asked
    this.asking = new AbortController();
    this.shown = undefined; // the question whose answer is in the list
  }

  // Until something else is asked.
  get signal() {
    return this.asking.signal;
  }

  get isGrouping() {
    return this.view.show === "groups";
  }

  // Asks what a view asks, unless its answer is there. Says whether it had to.
  async show(view) {
    this.view = view;
    const other = views.question(view) !== this.shown;
    if (other) await this.ask();
    else if (By.of(view) !== this.counts.by) this.recountBy();
    if (Boolean(view.live) !== this.live.isOn) this.hear();
    return other;
  }

  // The next view is asked for anew.
  forget() {
    this.shown = undefined;
  }

  // Whether the query line asks for a field with that value; with `not`, excludes it.
  asks(field, value, options) {
    return indexOf(this.meaning, field, value, options) >= 0;
  }

  // The line that asks for that, or no longer.
  toggled(field, value, options) {
    return toggled(this.view.q, this.meaning, field, value, options);
  }

  // Returns when it is known what the line means.
  async ask() {
    const { view, listing, groups, live } = this;
    this.shown = views.question(view);
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this;
    listing.stop();
    live.seen();
    this.offers.forget();
    at("welcome").hidden = true;
    at("field").value = view.q;
    this.range.show(view);
    this.by.show(view);
    if (!(await this.understand(signal))) return;
    this.count(this.isGrouping ? groups.ask(this.asked, signal) : listing.ask(this.question, signal));
    this.hear();
  }

  get question() {
    const { q, since, until } = this.view;
    return { q, since, until };
  }

  get asked() {
    return { ...this.question, sort: this.view.sort, state: this.view.state };
  }

  get counted() {
    return { ...this.question, by: By.of(this.view) };
  }

  hear() {
    if (this.view.live) this.live.listen(this.view.q);
    else this.live.deafen();
  }

  // Whether the query line can be asked.
  async understand(signal) {
    try {
      const known = await this.line.read(this.view.q);
      if (signal.aborted) return false;
      this.meaning = known;
      lookFor(known.tree);
    } catch (error) {
      if (signal.aborted || error.name === "AbortError") return false;
      this.results.clear();
      this.counts.clear();
      this.live.deafen();
      if (error instanceof BadLine) at("more").textContent = "";
      else this.listing.fail(error);
      return false;
    }
    return true;
  }

  // The first page of the answer is there.
  first() {
    warn();
    this.begun();
    this.results.mark(this.view.id || undefined);
  }

  // Nothing matches, perhaps because nothing is stored: then it says what to do, and waits for the first.
  async empty() {
    if (this.view.q || this.view.state || !(await isEmpty(this.signal))) return;
    at("time").hidden = true;
    at("groups").hidden = true;
    at("more").textContent = "";
    welcome();
    if (!this.live.listens) this.live.listen("", { silently: true });
  }

  // Counting would take the processors from what one waits for: the list comes first.
  async count(listed) {
    const { signal } = this;
    at("time").hidden = false;
    await Promise.race([listed, later(LIST_FIRST_MS)]);
    if (signal.aborted) return;
    this.fields.ask({ ...this.question, group: asksForGroup(this.meaning) }, signal);
    await this.counts.count(this.counted, signal);
  }

  // The same matches, by another field.
  recountBy() {
    this.by.show(this.view);
    this.counts.count(this.counted, this.signal);
  }

  // Something came that matches. Says whether all has to be asked anew.
  arrived() {
    if (at("welcome").hidden) {
      this.counts.recount(() => this.live.isOn && this.counted, this.signal);
      return false;
    }
    at("welcome").hidden = true;
    at("more").textContent = "";
    if (!this.view.live) this.live.deafen();
    if (this.isGrouping) return true;
    this.count();
    return false;
  }
}

const later = (ms) => new Promise((done) => setTimeout(done, ms));
