// What matches from now on, put into the list as it comes.

import { follow } from "../shared/api.js";
import { at } from "../shared/dom.js";
import { Retry } from "../shared/retry.js";

const SEEN_PIXELS = 200;

export class Live {
  // `results` takes what comes, and `came()` is called then; `refused()` when the server does not
  // take the listener.
  constructor({ results, came, refused }) {
    Object.assign(this, { results, came, refused });
    this.retry = new Retry();
    this.unseen = 0;
    at("news").addEventListener("click", () => {
      scrollTo({ top: 0 });
      this.seen();
    });
  }

  // Whether the reader asked for it.
  get isOn() {
    return at("live").getAttribute("aria-checked") === "true";
  }

  // Whether somebody listens: silently, perhaps, for the first incident.
  get listens() {
    return this.source !== undefined;
  }

  listen(q, { silently = false } = {}) {
    this.close();
    at("live").setAttribute("aria-checked", String(!silently));
    this.source = follow(q, {
      told: (text) => this.arrived(text),
      skipped: (skipped) => this.notice(`${skipped.toLocaleString()} more came than can be shown`),
      state: (connected) => {
        at("live").classList.toggle("waiting", !connected);
        if (connected) this.retry.reset();
      },
      refused: () => {
        this.refused();
        this.retry.later(() => this.listen(q, { silently }));
      },
    });
  }

  deafen() {
    this.close();
    at("live").setAttribute("aria-checked", "false");
    at("live").classList.remove("waiting");
  }

  close() {
    this.source?.close();
    this.source = undefined;
    this.retry.cancel();
  }

  arrived(text) {
    const above = scrollY > SEEN_PIXELS;
    const height = document.documentElement.scrollHeight;
    if (!this.results.add(text, { fresh: true })) return;
    if (above) {
      scrollBy(0, document.documentElement.scrollHeight - height);
      this.unseen += 1;
      this.notice(`${this.unseen.toLocaleString()} new`);
    }
    this.came();
  }

  notice(text) {
    at("news").textContent = text;
    at("news").hidden = false;
  }

  seen() {
    this.unseen = 0;
    at("news").hidden = true;
  }
}
