// A JSON value as a tree that folds; a click on a value asks for it.

import { make } from "../shared/dom.js";
import { Entries, RawNumber, write } from "../shared/json.js";

// Beyond these a branch begins folded, and its children come a part at a time.
const OPEN_LEVELS = 3;
const OPEN_CHILDREN = 40;
const CHILDREN_AT_ONCE = 200;
const STRING_SHOWN = 2000;
// So long is what can be looked for in all fields.
const TELLING_MIN = 3;
const TELLING_MAX = 200;
const WORD = /[\p{L}\p{N}_]/u;

// `chosen(names, value)` says whether a field is asked for with that value; `choose(names, value, {not})`
// is called on a click, with Alt to exclude it; `anywhere(value)` looks for it in all fields. A field
// has names alone: the query line passes through arrays by itself.
export function tree(value, ask) {
  return branchOrLeaf([], value, 0, ask);
}

function branchOrLeaf(path, value, level, ask) {
  const children = childrenOf(value);
  if (!children) return leaf(path, value, ask);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  if (!children.length) return leaf(path, value, ask, open + close);
  const list = make("ul");
  const count = `${children.length} ${Array.isArray(value) ? (children.length === 1 ? "item" : "items") : children.length === 1 ? "key" : "keys"}`;
  const details = make(
    "details",
    { open: level < OPEN_LEVELS && children.length <= OPEN_CHILDREN },
    make("summary", {}, make("span", { class: "bracket" }, open), make("span", { class: "count" }, count), make("span", { class: "bracket" }, close)),
    list,
  );
  const fill = () => {
    if (!list.childElementCount) more(list, children, 0, path, level, ask);
  };
  details.addEventListener("toggle", fill);
  if (details.open) fill();
  return details;
}

function more(list, children, from, path, level, ask) {
  for (const [step, child] of children.slice(from, from + CHILDREN_AT_ONCE)) {
    const name = typeof step === "number" ? undefined : make("span", { class: "key" }, step || '""');
    list.append(make("li", {}, name, branchOrLeaf([...path, step], child, level + 1, ask)));
  }
  const left = children.length - from - CHILDREN_AT_ONCE;
  if (left > 0) {
    const button = make("button", { type: "button", class: "quiet" }, `${left} more`);
    button.addEventListener("click", () => {
      button.parentElement.remove();
      more(list, children, from + CHILDREN_AT_ONCE, path, level, ask);
    });
    list.append(make("li", {}, button));
  }
}

function childrenOf(value) {
  if (value instanceof Entries) return value.pairs;
  return Array.isArray(value) ? value.map((each, n) => [n, each]) : undefined;
}

function leaf(path, value, ask, text) {
  const written = text ?? (typeof value === "string" ? value : write(value));
  const shown = written.length > STRING_SHOWN ? `${written.slice(0, STRING_SHOWN)}…` : written;
  const kind = text ? "empty" : value instanceof RawNumber ? "number" : value === null ? "null" : typeof value;
  const names = path.filter((step) => typeof step === "string");
  if (!names.length) return make("span", { class: `value ${kind}` }, shown);
  const asked = ask.chosen(names, value);
  const label = `${path.join(".")}: ${shown}. ${asked ? "Take it out of" : "Add it to"} the query`;
  const button = make(
    "button",
    { type: "button", class: `value ${kind}`, "aria-pressed": String(asked), "aria-label": label, title: "Ask for it. With Alt: exclude", onclick: (event) => ask.choose(names, value, { not: event.altKey }) },
    shown === "" ? "(empty)" : shown,
  );
  if (shown.length < written.length) {
    const rest = make("button", { type: "button", class: "quiet", onclick: () => { button.textContent = written; rest.remove(); } }, `${written.length - shown.length} more characters`);
    return make("span", {}, button, rest);
  }
  return make("span", {}, button, anywhere(value, ask));
}

// A button that looks for the value in whichever field it is, where that tells something.
function anywhere(value, ask) {
  const text = value instanceof RawNumber ? value.text : value;
  if (typeof text !== "string" || text.length < TELLING_MIN || text.length > TELLING_MAX || !WORD.test(text)) return undefined;
  const name = `Anything with ${text}`;
  return make("button", { type: "button", class: "anywhere", title: name, "aria-label": name, onclick: () => ask.anywhere(text) }, "⌕");
}
