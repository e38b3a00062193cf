// What the parts of the bars are: a button for each value, which asks for it, or excludes it.

import { at, make } from "../shared/dom.js";
import { compact } from "../shared/number.js";
import { showValue } from "../bar/terms.js";
import { toneOf } from "../list/summary.js";

const COLORS = 6;
const TONED = ["bad", "warn", "good"];

// The series of a timeline, each with the class of its color: those that tell of a level by that.
export function colored(series) {
  const values = series.filter(({ kind }) => kind === "value");
  const tones = values.map(({ name }) => toneOf(name));
  const areLevels = tones.some((tone) => TONED.includes(tone));
  const seen = new Map();
  return series.map((each) => {
    if (each.kind !== "value") return { ...each, color: each.kind };
    const family = areLevels ? toneOf(each.name) : "color";
    const n = seen.get(family) ?? 0;
    seen.set(family, n + 1);
    return { ...each, color: `${family}-${n % COLORS}` };
  });
}

// Shows the legend; `asks(value, {not})` and `choose(value, {not})` are about the field by which the
// bars are stacked.
export function showLegend(series, { estimate, asks, choose }) {
  const about = estimate ? "about " : "";
  at("legend").hidden = !series.some(({ kind }) => kind === "value");
  at("legend").replaceChildren(...(at("legend").hidden ? [] : series.map((each) => {
    const said = [make("span", { class: `swatch ${each.color}`, "aria-hidden": "true" }), make("span", { class: "label" }, each.kind === "value" ? showValue(each.value) : each.name), make("span", { class: "share" }, compact(each.count))];
    if (each.kind !== "value") return make("li", { class: "rest" }, ...said);
    const button = make(
      "button",
      {
        type: "button",
        title: "Ask for it. With Alt: exclude",
        "aria-label": `${showValue(each.value)}: ${about}${each.count.toLocaleString()}. Ask for it`,
        "aria-pressed": String(asks(each.value)),
        onclick: (event) => choose(each.value, { not: event.altKey }),
      },
      ...said,
    );
    return make("li", {}, button);
  })));
}
