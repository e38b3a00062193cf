// What is wrong: one line for each problem, in place of each incident.

import { Failed, groups } from "../shared/api.js";
import { at, make } from "../shared/dom.js";
import { compact } from "../shared/number.js";
import { between, long, short } from "../shared/time.js";
import { mark } from "../list/highlight.js";
import { toneOf } from "../list/summary.js";
import { timeBefore } from "../fields/comparison.js";
import { actions } from "./actions.js";
import { spark } from "./spark.js";

const PAGE = 50;
const COMPARED_MAX = 1000;
const GREW = 2;
const SORTS = [["last", "Latest"], ["first", "New"], ["count", "Most"]];
const STATES = [["", "All"], ["open,back", "Open"], ["back", "Back"], ["muted", "Muted"], ["resolved", "Resolved"]];

export class Groups {
  // `open(id)` shows the incidents of a group, `href(id)` is the address of that; `go({sort, state})`
  // asks for others; `first()` is called when the first page is there, `empty()` when nothing
  // matches; `tell(group)` makes a rule about a group; `locks(error)` asks for a key, if that is what the
  // error is about.
  constructor({ open, href, go, first, empty, tell, locks }) {
    Object.assign(this, { open, href, first, empty, tell, locks });
    at("groups-more").addEventListener("click", () => this.page());
    this.choice("groups-sort", SORTS, (sort) => go({ sort }));
    this.choice("groups-state", STATES, (state) => go({ state }));
  }

  choice(id, options, choose) {
    at(id).append(...options.map(([value, name]) => make("option", { value }, name)));
    at(id).addEventListener("change", () => choose(at(id).value));
  }

  // Shows the groups of what is asked, until the signal says that something else is.
  ask(asked, signal) {
    Object.assign(this, { asked, signal, next: undefined, before: undefined });
    at("groups-sort").value = asked.sort || SORTS[0][0];
    at("groups-state").value = asked.state;
    this.lines = new Map();
    at("groups-list").replaceChildren();
    at("groups-list").setAttribute("aria-busy", "true");
    return this.page().then(() => {
      this.compare();
    });
  }

  // Says which groups are new, and which grow, once the time before is known.
  async compare() {
    const { asked, signal } = this;
    const before = timeBefore(asked);
    if (signal.aborted || !before || !at("groups-list").childElementCount) return;
    try {
      const found = await groups({ ...before, sort: "count", state: "", limit: COMPARED_MAX }, signal);
      if (signal.aborted) return;
      this.before = { counts: new Map(found.groups.map(({ id, count }) => [id, count])), isWhole: found.next === null };
      for (const [line, group] of this.lines) line.querySelector(".badges").replaceChildren(...this.badges(group));
    } catch (error) {
      if (!signal.aborted && !(error instanceof Failed)) throw error; // nothing is said of it then
    }
  }

  async page() {
    const { asked, signal } = this;
    at("groups-more").hidden = true;
    at("groups-said").textContent = "";
    try {
      const found = await groups({ ...asked, limit: PAGE, after: this.next }, signal);
      if (signal.aborted) return;
      if (!this.next) this.first();
      this.next = found.next;
      at("groups-list").append(...found.groups.map((group) => this.line(group)));
      at("groups-more").hidden = !this.next;
      if (at("groups-list").childElementCount || this.next) return;
      at("groups-said").textContent = "No group matches.";
      this.empty();
    } catch (error) {
      this.fail(error, signal);
    } finally {
      if (!signal.aborted) at("groups-list").removeAttribute("aria-busy");
    }
  }

  line(group) {
    const { id, count, first, last } = group;
    const [since, until] = [first, last].map((each) => new Date(each.received_at));
    const link = make(
      "a",
      { href: this.href(id) },
      make("span", { class: "group-head" }, make("span", { class: "badges" }, ...this.badges(group)), this.about(group)),
      spark(group.histogram),
      make("span", { class: "group-count", title: `${count.toLocaleString()} incidents` }, compact(count)),
      make("time", { datetime: last.received_at, title: between(since, until) }, short(until)),
      make("span", { class: "since", title: long(since) }, `since ${short(since)}`),
    );
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      this.open(id);
    });
    const line = make("li", { "data-id": id }, link, actions(group, { changed: (now) => this.replace(line, { ...group, ...now }), tell: this.tell, locks: this.locks }));
    mark(link);
    this.lines.set(line, group);
    return line;
  }

  // The title, and under it what tells the group apart from others of the same title.
  about({ title, service, level }) {
    const apart = make("span", { class: "group-apart" }, service && make("span", { class: "group-service" }, service), level && make("span", { class: `level ${toneOf(level)}` }, level));
    return make("span", { class: "group-about" }, make("span", { class: "group-title" }, title), apart);
  }

  replace(line, group) {
    this.lines.delete(line);
    line.replaceWith(this.line(group));
  }

  // What is to be known of it at once.
  badges({ id, state, count }) {
    const before = this.before?.counts.get(id);
    const told = [
      [state, state !== "open"],
      ["new", this.before?.isWhole && before === undefined && state === "open"],
      ["growing", before !== undefined && count >= GREW * before],
    ];
    return told.filter(([, is]) => is).map(([name]) => make("span", { class: `badge ${name}` }, name));
  }

  fail(error, signal) {
    if (signal.aborted) return;
    if (!(error instanceof Failed)) throw error;
    if (this.locks(error)) return;
    at("groups-said").replaceChildren(error.message, " ", make("button", { type: "button", onclick: () => this.ask(this.asked, this.signal) }, "Try again"));
  }

  // Moves the focus to the next line (1) or the one before (-1).
  move(step) {
    const links = [...at("groups-list").querySelectorAll("li > a")];
    const now = links.indexOf(document.activeElement?.closest("li")?.querySelector("a"));
    const link = links[now < 0 ? 0 : Math.min(links.length - 1, Math.max(0, now + step))];
    link?.focus();
  }
}
