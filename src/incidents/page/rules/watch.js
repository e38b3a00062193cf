// Asks again and again what fires: for the title, the icon, the bell, and the view of the rules. This is
// the one way by which rules come to the page; nothing is asked in a tab that nobody sees, unless its
// bell is on.

import { Away, Failed } from "../shared/api.js";
import { firing } from "./api.js";
import { showNumber } from "./icon.js";
import { newsOf } from "./news.js";

const SEEN_MS = 5_000;
const UNSEEN_MS = 20_000;
const NO_RULES_MS = 60_000;
// Where no key is needed there is no scope, and everybody may.
const MAY_MANAGE = [null, "manage", "admin"];

export class Watch {
  // `bell` rings; `told(now)` is called with each answer, `failed(error)` with each error;
  // `locks(error)` asks for a key, if that is what the error is about.
  constructor({ bell, told, failed, locks }) {
    Object.assign(this, { bell, told, failed, locks });
    this.now = undefined; // the last answer
    this.rings = false; // whether the mark of the bell is shown
    document.addEventListener("visibilitychange", () => this.isWatching && (document.hidden ? this.later() : this.look()));
  }

  // Whether who asks may change rules; not before it is known.
  get mayManage() {
    return this.now !== undefined && MAY_MANAGE.includes(this.now.scope);
  }

  // From now on it asks.
  start() {
    if (this.isWatching) return;
    this.isWatching = true;
    this.look();
  }

  // Asks now. Returns when it is told.
  async look() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const now = await firing(signal);
      if (!signal.aborted) this.tell(now);
    } catch (error) {
      if (signal.aborted) return;
      this.fail(error);
    }
    if (this.isWatching && !signal.aborted) this.later();
  }

  tell(now) {
    const { news, known } = newsOf(now.states, this.known);
    Object.assign(this, { now, known });
    if (this.bell.isOn && news.length) this.rings = true;
    this.showNumber();
    this.bell.ring(news);
    this.told(now);
  }

  showNumber() {
    showNumber(this.now?.rules_firing ?? 0, { rings: this.rings });
  }

  // Somebody looks at the rules: the mark of the bell goes away.
  seen() {
    this.rings = false;
    this.showNumber();
  }

  fail(error) {
    if (!(error instanceof Failed)) throw error;
    if (this.locks(error)) this.isWatching = false; // until there is a key
    this.failed(error instanceof Away ? "The server does not answer: what is shown may be old." : error.message);
  }

  later() {
    clearTimeout(this.timer);
    if (document.hidden && !this.bell.isOn) return;
    const pause = document.hidden ? UNSEEN_MS : SEEN_MS;
    this.timer = setTimeout(() => this.look(), this.now?.rules === 0 ? NO_RULES_MS : pause);
  }
}
