// The list: one incident a line, the newest first.

import { at, make } from "../shared/dom.js";
import { digitsKept } from "../shared/json.js";
import { summarize } from "./summary.js";
import { long, short } from "../shared/time.js";

// The page holds so many; more are there again when the list is asked anew.
const LIVE_MAX = 1000;

export class Results {
  // `href(id)` is the address of an incident beside this list, `open(id)` shows it.
  constructor({ href, open }) {
    this.href = href;
    this.open = open;
    this.clear();
  }

  clear() {
    this.texts = new Map();
    this.current = undefined;
    at("results").replaceChildren();
  }

  get size() {
    return this.texts.size;
  }

  text(id) {
    return this.texts.get(id);
  }

  // Adds an incident at the end, or (fresh) at the beginning. Says whether it is new here.
  add(text, { fresh = false } = {}) {
    const incident = digitsKept(text);
    const id = String(incident.id);
    if (this.texts.has(id)) return false;
    this.texts.set(id, text);
    const line = this.line(id, incident);
    if (fresh) {
      line.classList.add("fresh");
      this.place(id, line);
      if (this.size > LIVE_MAX) this.drop(at("results").lastElementChild);
    } else {
      at("results").append(line);
    }
    return true;
  }

  // Where it belongs: mostly on top, but one that was committed late stands below.
  place(id, line) {
    let before = at("results").firstElementChild;
    while (before && BigInt(before.dataset.id) > BigInt(id)) before = before.nextElementSibling;
    at("results").insertBefore(line, before);
  }

  drop(line) {
    this.texts.delete(line.dataset.id);
    line.remove();
  }

  line(id, incident) {
    const summary = summarize(incident);
    const received = new Date(incident.received_at);
    const link = make(
      "a",
      { href: this.href(id) },
      make("time", { datetime: incident.received_at, title: long(received) }, short(received)),
      make("span", { class: `level ${summary.tone}` }, summary.level ?? ""),
      make("span", { class: "service" }, summary.service ?? ""),
      make("span", { class: "message" }, summary.message),
      make("span", { class: "source" }, summary.source),
    );
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      this.open(id);
    });
    return make("li", { "data-id": id }, link);
  }

  lineOf(id) {
    return at("results").querySelector(`li[data-id="${CSS.escape(id)}"]`);
  }

  // Marks the open incident, or none.
  mark(id) {
    for (const link of at("results").querySelectorAll("[aria-current]")) link.removeAttribute("aria-current");
    this.lineOf(id ?? "")?.firstElementChild.setAttribute("aria-current", "true");
    if (id !== undefined) this.current = id;
  }

  // Moves the focus to the next line (1) or the one before (-1). Returns its id.
  move(step) {
    const lines = [...at("results").children];
    if (!lines.length) return undefined;
    const now = lines.findIndex((line) => line.dataset.id === this.current);
    const line = lines[now < 0 ? 0 : Math.min(lines.length - 1, Math.max(0, now + step))];
    this.current = line.dataset.id;
    line.firstElementChild.focus({ preventScroll: true });
    line.scrollIntoView({ block: "nearest" });
    return this.current;
  }
}
