// Tries again what the server could not do: after growing pauses, and at once when the network is
// back or the reader looks at the page again.

const PAUSE_MS_MIN = 1_000;
const PAUSE_MS_MAX = 30_000;

export class Retry {
  constructor() {
    this.pause = PAUSE_MS_MIN;
    addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => document.hidden || this.now());
  }

  // Calls `work` once, later. Of two that wait the last one counts.
  later(work) {
    this.cancel();
    this.work = work;
    this.timer = setTimeout(() => this.now(), this.pause);
    this.pause = Math.min(2 * this.pause, PAUSE_MS_MAX);
  }

  now() {
    const { work } = this;
    this.cancel();
    work?.();
  }

  // Nothing waits any more.
  cancel() {
    this.work = undefined;
    clearTimeout(this.timer);
  }

  // It went well: the next pause is short again.
  reset() {
    this.cancel();
    this.pause = PAUSE_MS_MIN;
  }
}
