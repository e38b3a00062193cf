// Matches by time: bars, and a drag across them zooms.

import { at, make } from "../shared/dom.js";
import { axis, short } from "../shared/time.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 56;
const QUARTERS = 4;

function shape(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

// Draws a timeline; `zoom(since, until)` is called with the dates of a drag.
export function draw(timeline, zoom) {
  const bins = timeline.bins.map((bin) => ({ since: new Date(bin.since), count: bin.count }));
  const [since, until] = [new Date(timeline.since), new Date(timeline.until)];
  const largest = Math.max(1, ...bins.map((bin) => bin.count));
  const chart = shape("svg", {
    viewBox: `0 0 ${bins.length} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": described(bins, largest, timeline),
  });
  for (const [n, bin] of bins.entries()) {
    const height = bin.count && Math.max(2, (bin.count / largest) * HEIGHT);
    const until_ = bins[n + 1]?.since ?? until;
    const label = `${short(bin.since)} – ${short(until_)}: ${timeline.estimate ? "about " : ""}${bin.count.toLocaleString()}`;
    chart.append(
      shape("g", {}, shape("title", {}), shape("rect", { class: "slot", x: n, y: 0, width: 1, height: HEIGHT }), shape("rect", { class: "bar", x: n + 0.1, y: HEIGHT - height, width: 0.8, height })),
    );
    chart.lastChild.firstChild.textContent = label;
  }
  const axisLine = make("p", { class: "axis" });
  for (let n = 0; n <= QUARTERS; n += 1) {
    const date = new Date(Number(since) + ((until - since) * n) / QUARTERS);
    axisLine.append(make("span", {}, axis(date, until - since)));
  }
  const selection = shape("rect", { class: "selection", y: 0, height: HEIGHT, width: 0 });
  chart.append(selection);
  dragging(chart, selection, bins, until, zoom);
  at("chart").replaceChildren(chart, axisLine);
  at("chart").classList.toggle("estimate", timeline.estimate);
}

// Nothing is known: what was drawn is of another question, or of another time.
export function clear() {
  at("chart").replaceChildren();
}

function dragging(chart, selection, bins, until, zoom) {
  let from;
  const bin = (event) => {
    const box = chart.getBoundingClientRect();
    return Math.min(bins.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * bins.length)));
  };
  const range = (event) => [Math.min(from, bin(event)), Math.max(from, bin(event)) + 1];
  chart.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = bin(event);
    chart.setPointerCapture(event.pointerId);
  });
  chart.addEventListener("pointermove", (event) => {
    if (from === undefined) return;
    const [low, high] = range(event);
    selection.setAttribute("x", String(low));
    selection.setAttribute("width", String(high - low));
  });
  chart.addEventListener("pointerup", (event) => {
    if (from === undefined) return;
    const [low, high] = range(event);
    from = undefined;
    zoom(bins[low].since, bins[high]?.since ?? until);
  });
  chart.addEventListener("pointercancel", () => {
    from = undefined;
    selection.setAttribute("width", "0");
  });
}

function described(bins, largest, timeline) {
  const peak = bins.find((bin) => bin.count === largest);
  const what = timeline.estimate ? "About" : "";
  if (!timeline.count) return "No matches in this time";
  return `${what} ${timeline.count.toLocaleString()} matches by time; most, ${largest.toLocaleString()}, from ${short(peak.since)} on. Drag across to zoom.`.trim();
}
