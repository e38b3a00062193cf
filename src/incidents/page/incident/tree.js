// A JSON value as a tree that folds; a click on a value asks for it.

import { make } from "../shared/dom.js";
import { Entries, RawNumber, write } from "../shared/json.js";

// Beyond these a branch begins folded, and its children come a part at a time.
const OPEN_LEVELS = 3;
const OPEN_CHILDREN = 40;
const CHILDREN_AT_ONCE = 200;
const STRING_SHOWN = 2000;

// `chosen(names, value)` says whether a field is asked for with that value; `choose(names, value)` is
// called on a click. A field has names alone: the query line passes through arrays by itself.
export function tree(value, { chosen, choose }) {
  return branchOrLeaf([], value, 0, { chosen, choose });
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

function leaf(path, value, { chosen, choose }, text) {
  const written = text ?? (typeof value === "string" ? value : write(value));
  const shown = written.length > STRING_SHOWN ? `${written.slice(0, STRING_SHOWN)}…` : written;
  const kind = text ? "empty" : value instanceof RawNumber ? "number" : value === null ? "null" : typeof value;
  const names = path.filter((step) => typeof step === "string");
  if (!names.length) return make("span", { class: `value ${kind}` }, shown);
  const asked = chosen(names, value);
  const label = `${path.join(".")}: ${shown}. ${asked ? "Take it out of" : "Add it to"} the query`;
  const button = make(
    "button",
    { type: "button", class: `value ${kind}`, "aria-pressed": String(asked), "aria-label": label, onclick: () => choose(names, value) },
    shown === "" ? "(empty)" : shown,
  );
  if (shown.length < written.length) {
    const rest = make("button", { type: "button", class: "quiet", onclick: () => { button.textContent = written; rest.remove(); } }, `${written.length - shown.length} more characters`);
    return make("span", {}, button, rest);
  }
  return button;
}
