// The list: one incident a line, the newest first.

import { at, make } from "../shared/dom.js";
import { digitsKept } from "../shared/json.js";
import { BadFields, Field, readFields } from "./fields.js";
import { mark } from "./highlight.js";
import { summarize } from "./summary.js";
import { long, short, zone } from "../shared/time.js";

// The page holds so many; more are there again when the list is asked anew.
const LIVE_MAX = 1000;

// Where one chose no columns. Behind them it says who sent it.
const USUAL = ["received", "level", "service", "message"].map((name) => new Field(name));
const WIDTHS = { received: "132px", level: "64px", service: "130px", id: "80px", message: "minmax(0, 3fr)" };
const KNOWN = ["level", "service", "message"];

function received(incident) {
  const date = new Date(incident.received_at);
  return make("time", { datetime: incident.received_at, title: long(date) }, short(date));
}

function cell(name, text, tone) {
  if (name === "level") return make("span", { class: `level ${tone}` }, text);
  return make("span", KNOWN.includes(name) ? { class: name } : { class: "cell", title: text }, text);
}

export class Results {
  // `href(id)` is the address of an incident beside this list, `open(id)` shows it.
  constructor({ href, open }) {
    this.href = href;
    this.open = open;
    this.fields = [];
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
    mark(line);
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

  // From now on lines have the columns that a text names; where it names none, the usual ones.
  choose(columns) {
    if (columns === this.columns) return;
    this.columns = columns;
    try {
      this.show(readFields(columns));
    } catch (error) {
      if (!(error instanceof BadFields)) throw error;
      this.show([]);
    }
  }

  show(fields) {
    this.fields = fields;
    at("found").classList.toggle("chosen", fields.length > 0);
    at("found").style.setProperty("--columns", fields.map(({ name }) => WIDTHS[name] ?? "minmax(0, 1fr)").join(" "));
    this.redraw();
  }

  // The same lines anew: other columns, or times in another zone.
  redraw() {
    const names = this.fields.length ? this.fields.map(({ name }) => name) : [...USUAL.map(({ name }) => name), "source"];
    at("heads").replaceChildren(...names.map((name) => make("span", {}, name === "received" ? `received, ${zone()}` : name)));
    const open = at("results").querySelector("[aria-current]")?.parentElement.dataset.id;
    for (const line of at("results").children) {
      const { id } = line.dataset;
      line.replaceChildren(...this.line(id, digitsKept(this.text(id))).children);
      mark(line);
    }
    this.mark(open);
  }

  cells(incident) {
    const summary = summarize(incident);
    const of = (field) => (field.name === "received" ? received(incident) : cell(field.name, field.of(incident, summary), summary.tone));
    return this.fields.length ? this.fields.map(of) : [...USUAL.map(of), make("span", { class: "source" }, summary.source)];
  }

  line(id, incident) {
    const link = make("a", { href: this.href(id) }, ...this.cells(incident));
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
