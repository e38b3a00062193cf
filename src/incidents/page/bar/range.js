// The time of receipt that is asked for: one of the usual ones, or from one time to another.

import { dialog } from "../shared/dialog.js";
import { at, make } from "../shared/dom.js";
import { between, dateOf, fromField, isUTC, localZone, toField, useUTC } from "../shared/time.js";

const USUAL = [
  ["", "All time"],
  ["15m", "Last 15 minutes"],
  ["1h", "Last hour"],
  ["24h", "Last 24 hours"],
  ["7d", "Last 7 days"],
  ["30d", "Last 30 days"],
];
const DURATION = /^\d+[smhdw]$/;

export class Range {
  // `go({ since, until })` asks for that time; `zoned()` shows all times anew.
  constructor({ go, zoned }) {
    this.go = go;
    this.zoned = zoned;
    this.dialog = dialog("range");
    at("range").addEventListener("click", () => this.open());
    at("range-usual").append(...USUAL.map(([since, name]) => {
      const take = () => this.take({ since, until: "" });
      return make("button", { type: "button", "data-since": since, onclick: take }, name);
    }));
    at("zone-local").append(` (${localZone()})`);
    for (const choice of document.getElementsByName("zone")) {
      choice.checked = (choice.value === "utc") === isUTC();
      choice.addEventListener("change", () => this.choose(choice.value === "utc"));
    }
    at("range-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  // Shows what is asked for.
  show({ since, until }) {
    this.asked = { since, until };
    at("range").textContent = this.name();
    for (const button of at("range-usual").children) {
      button.setAttribute("aria-pressed", String(!until && button.dataset.since === since));
    }
    at("zoom-out").hidden = !since && !until;
  }

  // When the answer begins: so does the field, where no time is asked for.
  begins(since) {
    this.begin = new Date(since);
  }

  name() {
    const { since, until } = this.asked;
    const usual = USUAL.find(([each]) => each === since);
    if (usual && !until) return usual[1];
    if (DURATION.test(since) && !until) return `Last ${since}`;
    return between(...[since, until].map(dateOf));
  }

  open() {
    this.fill();
    at("range-wrong").textContent = "";
    this.dialog.showModal();
  }

  fill() {
    const since = dateOf(this.asked.since) ?? this.begin;
    const until = dateOf(this.asked.until);
    at("range-since").value = since ? toField(since) : "";
    at("range-until").value = until ? toField(until) : "";
  }

  choose(utc) {
    const ends = [at("range-since"), at("range-until")].map(({ value }) => value && fromField(value));
    useUTC(utc);
    at("range-since").value = ends[0] ? toField(ends[0]) : "";
    at("range-until").value = ends[1] ? toField(ends[1]) : "";
    this.show(this.asked);
    this.zoned();
  }

  submit() {
    const [since, until] = [at("range-since"), at("range-until")].map(({ value }) => value && fromField(value));
    if (since && until && since >= until) {
      at("range-wrong").textContent = "The end must be later than the beginning.";
      return;
    }
    this.take({ since: since ? since.toISOString() : "", until: until ? until.toISOString() : "" });
  }

  take(asked) {
    this.dialog.close();
    this.go(asked);
  }
}
