// Matches by time: bars, stacked by the values of a field. A drag across them zooms, and so do the
// keys.

import { at, make, shape } from "../shared/dom.js";
import { between, ticks } from "../shared/time.js";
import { Selection } from "./selection.js";

const HEIGHT = 56;
const TICK_PIXELS = 90;
const TEXT_PIXELS = 60;
const NAMED = 3; // parts of a bar

let selection; // of what is drawn

// Draws a timeline whose series have colors; `zoom(since, until)` is called with the dates of what was selected.
export function draw(timeline, zoom) {
  const bins = binsOf(timeline);
  const chart = bars(bins);
  const frame = make(
    "div",
    {
      class: "bins",
      role: "slider",
      tabindex: "0",
      "aria-label": described(bins, timeline),
      "aria-describedby": "chart-keys",
      "aria-valuemin": "1",
      "aria-valuemax": String(bins.length),
      "aria-valuenow": String(bins.length),
      "aria-valuetext": bins.at(-1).text,
    },
    chart,
  );
  const hadFocus = at("chart").contains(document.activeElement);
  const place = hadFocus ? selection.placeIn(bins) : {};
  at("chart").replaceChildren(frame, axis(timeline));
  at("chart").classList.toggle("estimate", timeline.estimate);
  selection = Object.assign(new Selection(frame, bins, zoom), place);
  chart.append(selection.shape);
  if (hadFocus) frame.focus();
}

// Nothing is known: what was drawn is of another question, or of another time.
export function clear() {
  at("chart").replaceChildren();
  at("bin").textContent = "";
}

// Each with its ends, its parts, and what is said of it.
function binsOf(timeline) {
  const ends = [...timeline.bins.slice(1).map((bin) => bin.since), timeline.until].map((end) => new Date(end));
  return timeline.bins.map(({ since, count }, n) => {
    const about = timeline.estimate ? "about " : "";
    const parts = partsOf(timeline.series, n, count);
    const text = `${between(new Date(since), ends[n])}: ${about}${count.toLocaleString()}${named(parts)}`;
    return { since: new Date(since), until: ends[n], count, parts, text };
  });
}

// What one bin has of each series; an incident with two values is in two of them.
function partsOf(series, n, count) {
  const parts = series.map(({ name, color, bins }) => ({ name, color, count: bins[n].count })).filter((part) => part.count);
  const whole = parts.reduce((sum, part) => sum + part.count, 0);
  if (!whole) return [{ color: "plain", count, share: 1 }];
  return parts.map((part) => ({ ...part, share: part.count / whole }));
}

function named(parts) {
  const most = parts.filter(({ name }) => name).sort((one, other) => other.count - one.count).slice(0, NAMED);
  return most.length ? ` (${most.map(({ name, count }) => `${name} ${count.toLocaleString()}`).join(", ")})` : "";
}

function bars(bins) {
  const largest = Math.max(1, ...bins.map((bin) => bin.count));
  const chart = shape("svg", {
    viewBox: `0 0 ${bins.length} ${HEIGHT}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  for (const [n, { count, parts, text }] of bins.entries()) {
    const height = count && Math.max(2, (count / largest) * HEIGHT);
    const title = shape("title", {});
    title.textContent = text;
    const slot = shape("rect", { class: "slot", x: n, y: 0, width: 1, height: HEIGHT });
    chart.append(shape("g", {}, title, slot, ...stack(n, height, parts)));
  }
  return chart;
}

// One bar, the first part at its foot.
function stack(n, height, parts) {
  let top = HEIGHT;
  return parts.map(({ color, share }) => {
    top -= share * height;
    return shape("rect", { class: `bar ${color}`, x: n + 0.1, y: top, width: 0.8, height: share * height });
  });
}

// Round times where they are.
function axis(timeline) {
  const [since, until] = [new Date(timeline.since), new Date(timeline.until)];
  const line = make("p", { class: "axis", "aria-hidden": "true" });
  const width = at("columns").clientWidth;
  const most = Math.max(2, Math.floor(width / TICK_PIXELS));
  for (const { date, text } of ticks(since, until, most)) {
    // What would not be whole is left out.
    if (((until - date) / (until - since)) * width < TEXT_PIXELS) continue;
    const tick = make("span", { title: date.toISOString() }, text);
    tick.style.left = `${((date - since) / (until - since)) * 100}%`;
    line.append(tick);
  }
  return line;
}

function described(bins, timeline) {
  if (!timeline.count) return "No matches in this time";
  const peak = bins.reduce((most, bin) => (bin.count > most.count ? bin : most));
  const about = timeline.estimate ? "About " : "";
  return `${about}${timeline.count.toLocaleString()} matches by time; most ${peak.text}`;
}
