// One rule: what it says, when it fired, its members, and all that it did.

import { link, make, refill, shape } from "../shared/dom.js";
import { between, short, ticks } from "../shared/time.js";
import { lanesOf, secondsOf } from "./lanes.js";
import { memberText } from "./object.js";
import { stateLine, time, titleOf } from "./states.js";

const SPANS = [["24h", "Day", 86_400_000], ["7d", "Week", 7 * 86_400_000]];
const ENTRIES_FIRST = 50;
const STATES_FIRST = 50;
const WIDTH = 1000;
const WIDTH_MIN = 3;
const TICKS = 6;
const ENDS = { firing: "firing", failed: "firing", undelivered: "firing", resolved: "good", delivered: "good" };

export class RulePart {
  // `ways` leads to other views; `edit`, `mute(query, name)` and `remove` are for those who may.
  constructor(place, { ways, edit, mute, remove }) {
    Object.assign(this, { place, ways, edit, mute, remove });
    this.span = SPANS[0];
    this.states = make("ol", { class: "lines" });
    this.entries = make("ol", { class: "entries" });
  }

  clear() {
    this.rule = undefined;
    this.place.replaceChildren();
  }

  // Shows a rule, with its states, and its history. `mayManage` offers what changes it.
  show({ rule, history, mayManage }) {
    const isOther = this.rule?.name !== rule.name;
    Object.assign(this, { rule, history, mayManage });
    if (isOther) Object.assign(this, { statesShown: STATES_FIRST, entriesShown: ENTRIES_FIRST });
    const text = JSON.stringify([{ ...rule, states: [] }, mayManage]);
    if (isOther || text !== this.text) this.build();
    this.text = text;
    // The link that led here is gone.
    if (isOther && document.activeElement === document.body) this.place.querySelector("h2").focus();
    this.draw();
    this.fill();
  }

  build() {
    const { rule, ways } = this;
    this.lanes = make("div", { class: "lanes" });
    this.moreStates = make("button", { type: "button", onclick: () => this.more("statesShown") }, "Show more members");
    this.moreEntries = make("button", { type: "button", onclick: () => this.more("entriesShown") }, "Show more");
    this.place.replaceChildren(
      make("p", {}, link({ href: ways.href({ rule: "" }) }, () => ways.go({ rule: "" }), "‹ All rules")),
      make("header", {}, make("h2", { tabindex: "-1" }, rule.name), ...this.actions()),
      this.facts(),
      make("header", {}, make("h3", {}, "When it fired"), make("div", { class: "shows", role: "group", "aria-label": "Time shown" }, ...SPANS.map((span) => this.choice(span)))),
      this.lanes,
      make("h3", {}, "Members"),
      this.states,
      this.moreStates,
      make("h3", {}, "What it did"),
      this.entries,
      this.moreEntries,
    );
  }

  actions() {
    if (!this.mayManage) return [];
    const button = (name, onclick) => make("button", { type: "button", onclick }, name);
    return [make("div", { class: "line-actions" }, button("Edit", () => this.edit(this.rule)), button("Mute", () => this.mute(this.rule)), button("Delete", () => this.remove(this.rule)))];
  }

  facts() {
    const { rule: said, applied, updated_at: changed, not_followed: lost } = this.rule;
    const { query, channels = [], ...others } = said;
    const rows = [
      ["query", make("span", {}, make("code", {}, query || "(everything)"), " ", make("a", { href: this.ways.hrefOfQuery(query) }, "its incidents"))],
      ...Object.entries(others).map(([name, value]) => [name, [value].flat().map(written).join(", ")]),
      ["channels", channels.join(", ") || "none: nobody is told"],
      ["changed", time(changed)],
    ];
    if (!applied) rows.push(["evaluated", make("span", { class: "wrong" }, "not yet, or this version cannot read it: see the log")]);
    if (lost) rows.push(["not followed", make("span", { class: "wrong" }, `${lost.toLocaleString()} matches of members beyond the limit`)]);
    return make("dl", {}, ...rows.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
  }

  choice(span) {
    const choose = () => {
      this.span = span;
      for (const button of this.place.querySelectorAll("[data-span]")) button.setAttribute("aria-pressed", String(button.dataset.span === span[0]));
      this.draw();
    };
    return make("button", { type: "button", "data-span": span[0], "aria-pressed": String(span === this.span), onclick: choose }, span[1]);
  }

  more(name) {
    this[name] = Infinity;
    this.fill();
  }

  fill() {
    const { rule, history, ways } = this;
    refill(this.states, rule.states.slice(0, this.statesShown), ({ by }) => JSON.stringify(by), (state) => stateLine(state, rule.rule, { title: make("span", {}, titleOf({ ...state, rule: "" })), ways }));
    if (!rule.states.length) this.states.replaceChildren(make("li", { class: "faint" }, "It has no members now: nothing matched of late."));
    refill(this.entries, history.slice(0, this.entriesShown), ({ id }) => String(id), (entry) => this.entry(entry));
    if (!history.length) this.entries.replaceChildren(make("li", { class: "faint" }, "Nothing yet."));
    this.moreStates.hidden = rule.states.length <= this.statesShown;
    this.moreEntries.hidden = history.length <= this.entriesShown;
  }

  entry({ at: when, event, title, detail, muted_by: mute, incidents }) {
    const ids = incidents.slice(0, 1).map((id) => make("a", { href: this.ways.hrefOfIncident(id) }, `#${id}`));
    const more = [mute && `held back by ${mute}`, detail].filter(Boolean).join("; ");
    return make("li", {}, time(when), make("span", { class: `badge ${ENDS[event] ?? ""}` }, event), make("span", {}, title, more && make("span", { class: "faint" }, ` ${more}`)), ...ids);
  }

  // The lanes of the time that is chosen, until now.
  draw() {
    const until = new Date();
    const since = new Date(until - this.span[2]);
    const lanes = lanesOf(this.history, this.rule.states, { since, until });
    if (!lanes.length) {
      this.lanes.replaceChildren(make("p", { class: "faint" }, `It did not fire in this time: ${between(since, until)}.`));
      return;
    }
    this.lanes.replaceChildren(...lanes.map((lane) => drawn(lane, since, until)), axis(since, until));
  }
}

const written = (value) => (typeof value === "string" ? value : JSON.stringify(value));

function drawn(lane, since, until) {
  const name = lane.by ? memberText(lane.by) || "it" : `${lane.count} others`;
  const said = `${name} fired ${lane.spans.length === 1 ? "once" : `${lane.spans.length} times`}, ${lasted(secondsOf(lane))} in all`;
  const place = (date) => ((date - since) / (until - since)) * WIDTH;
  const spans = lane.spans.map(({ from, to, isOpen }) => {
    const title = shape("title", {});
    title.textContent = `${short(from)} – ${isOpen ? "now" : short(to)}`;
    const width = Math.max(WIDTH_MIN, place(to) - place(from));
    return shape("rect", { class: isOpen ? "open" : "", x: Math.min(place(from), WIDTH - width), y: 0, width, height: 10 }, title);
  });
  return make("div", { class: "lane" }, make("span", { class: "label", title: said }, name), shape("svg", { viewBox: `0 0 ${WIDTH} 10`, preserveAspectRatio: "none", role: "img", "aria-label": said }, ...spans));
}

function axis(since, until) {
  const line = make("p", { class: "axis", "aria-hidden": "true" });
  for (const { date, text } of ticks(since, until, TICKS)) {
    const tick = make("span", {}, text);
    tick.style.left = `${((date - since) / (until - since)) * 100}%`;
    line.append(tick);
  }
  return make("div", { class: "lane" }, make("span"), line);
}

function lasted(seconds) {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.round((seconds % 3600) / 60)];
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min` : `${Math.round(seconds)} s`;
}
