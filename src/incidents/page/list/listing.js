// The list as it grows: a page of matches, and the next one before the reader comes to the end.

import { Away, Failed, find } from "../shared/api.js";
import { at, make } from "../shared/dom.js";
import { Retry } from "../shared/retry.js";
import * as place from "./scroll-state.js";

const PAGE = 50;
const SCREENFUL = 25;
const FRAME_MS_MAX = 100;

export class Listing {
  // `results` takes what comes; `first()` is called when the first page is there, `empty()` when
  // nothing matches; `go(line)` asks for another line, `again()` asks anew; `locks(error)` asks for a key, if that is
  // what the error is about, and says whether it did.
  constructor({ results, first, empty, go, again, locks }) {
    Object.assign(this, { results, first, empty, go, again, locks });
    this.retry = new Retry();
    this.next = undefined; // the cursor of the next page; null at the end, undefined while it comes
    this.end = new IntersectionObserver((seen) => this.seen(seen), { rootMargin: "600px" });
  }

  // Shows what matches, until the signal says that something else is asked. Returns when the first
  // page is on the screen.
  ask(asked, signal) {
    this.stop();
    Object.assign(this, { asked, signal });
    this.results.clear();
    place.beginList();
    at("results").setAttribute("aria-busy", "true");
    return this.page(undefined).then(painted);
  }

  // Nothing is asked again.
  stop() {
    this.retry.cancel();
    this.next = undefined;
  }

  seen(entries) {
    if (this.next && entries.some((each) => each.isIntersecting)) this.page(this.next);
  }

  async page(after) {
    const { signal, results } = this;
    this.next = undefined;
    at("more").textContent = results.size ? "Loading more" : "";
    try {
      const add = (text) => !signal.aborted && this.add(text);
      const { next, hints } = await find({ ...this.asked, after, limit: PAGE }, add, signal);
      if (!signal.aborted) this.came(next ?? null, after, hints);
    } catch (error) {
      if (!signal.aborted) this.fail(error, after);
    } finally {
      if (!signal.aborted) at("results").removeAttribute("aria-busy");
    }
  }

  // A screenful is shown before more is worked on.
  add(text) {
    this.results.add(text);
    return this.results.size === SCREENFUL && Promise.race([painted(), later(FRAME_MS_MAX)]);
  }

  came(next, after, hints = []) {
    const { size } = this.results;
    this.next = next;
    this.retry.reset();
    const isEmpty = !size && next === null;
    at("more").replaceChildren(...(isEmpty ? ["Nothing matches.", ...hints.map((each) => this.hint(each))] : []));
    if (!after) this.first();
    if (isEmpty) this.empty();
    if (next && place.needs(size)) {
      this.page(next);
    } else {
      place.restore();
      this.watch();
    }
  }

  // A line that is less strict, and how many match it.
  hint({ query, count, reason }) {
    const button = make("button", { type: "button", title: reason, onclick: () => this.go(query) }, make("code", {}, query));
    return make("span", { class: "hint" }, ` ${reason}: `, button, ` ${count.toLocaleString()}`);
  }

  // Says why the page behind `after` did not come. What comes by itself needs no click.
  fail(error, after) {
    if (!(error instanceof Failed)) throw error;
    if (this.locks(error)) return;
    const again = after ? () => this.page(after) : this.again;
    at("more").replaceChildren(error.message, " ", make("button", { type: "button", onclick: again }, "Try again"));
    if (error instanceof Away) this.retry.later(again);
  }

  // An observer tells of changes only: one who was at the end while lines came, and is again before
  // the next frame, would have gone unseen. Anew, it tells where the end is now.
  watch() {
    this.end.unobserve(at("sentinel"));
    this.end.observe(at("sentinel"));
  }
}

const later = (ms) => new Promise((done) => setTimeout(done, ms));

// What was put into the page is on the screen.
const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
