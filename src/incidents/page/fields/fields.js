// The fields of what matches, beside the list: of each, its most frequent values, to be asked for or
// excluded.

import { Failed, fields, values } from "../shared/api.js";
import { at, make } from "../shared/dom.js";
import { compact, percent } from "../shared/number.js";
import { compared, timeBefore } from "./comparison.js";
import { showValue } from "../bar/terms.js";

const FIELDS_SHOWN = 40;
const VALUES_SHOWN = 8;
// These tell most: they stand on top, and two of them are open.
const FIRST = ["level", "severity", "labels.severity", "service", "app", "job", "host", "message"];
const OPEN_FIRST_MAX = 2;
// Of a group, so many are looked through for what varies.
const VARIED_MAX = 15;
const NESTED = ["object", "array"];
const COMPARED_MAX = 1000;
const FIELDS_SECONDS = 1;
const EXACT_SECONDS = 5;
const WIDE = matchMedia("(min-width: 1100px)");

export class Fields {
  // `asks(path, value, {not})` says whether the line does, `choose(path, value, {not})` asks for it;
  // `found(paths)` is told which fields there are; `locks(error)` asks for a key, if that is what
  // the error is about, and says whether it did.
  constructor({ asks, choose, found, locks }) {
    Object.assign(this, { asks, choose, found, locks });
    this.open = undefined; // the paths that the reader opened
    this.isShown = WIDE.matches;
    at("fields-button").addEventListener("click", () => this.toggle(!this.isShown));
    at("fields-close").addEventListener("click", () => this.toggle(false));
    at("fields").addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || WIDE.matches) return;
      event.stopPropagation();
      this.toggle(false);
    });
    at("fields-compare").addEventListener("click", () => this.compare(!this.compares));
    WIDE.addEventListener("change", () => this.toggle(WIDE.matches));
    this.toggle(this.isShown);
  }

  // Shows the column, or hides it.
  toggle(isShown) {
    const had = at("fields").contains(document.activeElement);
    this.isShown = isShown;
    at("fields").hidden = !isShown;
    at("fields-button").setAttribute("aria-expanded", String(isShown));
    document.body.classList.toggle("with-fields", isShown);
    if (isShown && !WIDE.matches) at("fields-close").focus();
    if (!isShown && had) at("fields-button").focus();
    if (isShown && this.stale) this.show();
  }

  // Compares each field with the time before, or no longer.
  compare(compares) {
    this.compares = compares;
    at("fields-compare").setAttribute("aria-pressed", String(compares));
    if (this.asked) this.show();
  }

  // What is asked is another question, until the signal says that something else is.
  ask(asked, signal) {
    Object.assign(this, { asked, signal, stale: true });
    return this.isShown ? this.show() : undefined;
  }

  async show() {
    const { asked, signal } = this;
    this.stale = false;
    at("fields-title").textContent = asked.group ? "What varies" : "Fields";
    at("fields-note").hidden = !this.compares;
    at("fields-note").textContent = timeBefore(asked) ? "Compared with as long a time right before." : "Choose a time to compare it with the one before.";
    if (!at("fields-list").childElementCount) at("fields-said").textContent = "Looking…";
    try {
      const found = await fields({ ...asked, seconds: FIELDS_SECONDS }, signal);
      if (signal.aborted) return;
      const scalar = ordered(found.fields).slice(0, FIELDS_SHOWN);
      const shown = asked.group ? await this.variedFirst(scalar) : scalar;
      if (signal.aborted) return;
      this.open ??= new Set(shown.map(({ field }) => field).filter((name) => FIRST.includes(name)).slice(0, OPEN_FIRST_MAX));
      this.found(shown.map(({ field }) => field));
      at("fields-said").textContent = shown.length ? "" : "No fields.";
      at("fields-list").replaceChildren(...shown.map((each) => this.field(each, found.estimate)));
    } catch (error) {
      this.fail(error, at("fields-said"), signal);
    }
  }

  // Of the incidents of one group: first the fields that have several values, which are open.
  async variedFirst(scalar) {
    const { asked, signal } = this;
    const varied = [];
    for (const each of scalar.slice(0, VARIED_MAX)) {
      const { values: found } = await values({ ...asked, field: each.field, limit: 2 }, signal);
      if (found.length > 1) varied.push(each);
    }
    this.open = new Set(varied.slice(0, OPEN_FIRST_MAX + 1).map(({ field }) => field));
    return [...varied, ...scalar.filter((each) => !varied.includes(each))];
  }

  field({ field: path, share, types }, estimate) {
    const list = make("ul");
    const details = make(
      "details",
      { open: this.open.has(path) },
      make(
        "summary",
        { title: `${path}: ${types.join(", ")}` },
        make("span", { class: "label" }, path),
        make("span", { class: "share" }, share < 1 ? `${estimate ? "~" : ""}${percent(share)}` : ""),
      ),
      list,
    );
    details.addEventListener("toggle", () => {
      if (!details.open) this.open.delete(path);
      else this.open.add(path);
      if (details.open) this.values(path, list);
    });
    return make("li", {}, details);
  }

  // Asks for the values of a field that is open.
  async values(path, list) {
    const { asked, signal } = this;
    if (list.childElementCount || signal.aborted) return;
    list.replaceChildren(make("li", { class: "faint" }, "Counting…"));
    try {
      // What is known at once, then exactly.
      for (const seconds of [undefined, EXACT_SECONDS]) {
        const found = await values({ ...asked, field: path, limit: VALUES_SHOWN, seconds }, signal);
        const before = this.compares && timeBefore(asked);
        const then = before && (await values({ ...before, field: path, limit: COMPARED_MAX, seconds }, signal));
        if (signal.aborted) return;
        list.replaceChildren(...this.lines(path, found, then));
        if (!found.estimate) return;
      }
    } catch (error) {
      this.fail(error, list, signal);
    }
  }

  lines(path, { values: now, count, other, missing, estimate }, then) {
    const found = then ? compared(now, then.values) : now;
    const most = Math.max(1, ...found.map((each) => each.count));
    const rest = [["other values", other], ["without it", missing]].filter(([, n]) => n);
    return [
      ...found.map((each) => this.value(path, each, { count, most, estimate })),
      ...rest.map(([name, n]) => make("li", { class: "rest" }, make("span", {}, name), make("span", { class: "share" }, compact(n)))),
    ];
  }

  // One value: a click asks for it; with Alt, or on the button behind it, excludes it.
  value(path, { value, count: matches, change, said: growth }, { count, most, estimate }) {
    const text = showValue(value);
    const about = estimate ? "about " : "";
    const said = `${path}: ${text}, ${about}${matches.toLocaleString()}${growth ? `, ${growth}` : ""}`;
    const choose = (not) => {
      if (!WIDE.matches) this.toggle(false);
      this.choose(path, value, { not });
    };
    const meter = make("span", { class: "meter" });
    meter.style.width = `${(matches / most) * 100}%`;
    return make(
      "li",
      {},
      make(
        "button",
        {
          type: "button",
          class: "take",
          title: `${said} (${percent(count && matches / count)}). With Alt: exclude`,
          "aria-label": `${said}. Ask for it`,
          "aria-pressed": String(this.asks(path, value)),
          onclick: (event) => choose(event.altKey),
        },
        meter,
        make("span", { class: "label" }, text),
        growth ? make("span", { class: `change ${change}` }, growth) : make("span", { class: "part" }, count ? percent(matches / count) : ""),
        make("span", { class: "share" }, `${estimate ? "~" : ""}${compact(matches)}`),
      ),
      make(
        "button",
        {
          type: "button",
          class: "leave",
          title: "Exclude",
          "aria-label": `${said}. Exclude it`,
          "aria-pressed": String(this.asks(path, value, { not: true })),
          onclick: () => choose(true),
        },
        "−",
      ),
    );
  }

  fail(error, place, signal) {
    if (signal.aborted) return;
    if (!(error instanceof Failed)) throw error;
    if (!this.locks(error)) place.textContent = error.message;
  }
}

// Those with values of their own: what tells most, then the others, headers last.
function ordered(found) {
  const scalar = found.filter(({ types }) => types.some((type) => !NESTED.includes(type)));
  const first = FIRST.flatMap((name) => scalar.filter(({ field }) => field === name));
  const others = scalar.filter(({ field }) => !FIRST.includes(field));
  const isHeader = ({ field }) => field.startsWith("headers.");
  return [...first, ...others.filter((each) => !isHeader(each)), ...others.filter(isHeader)];
}
