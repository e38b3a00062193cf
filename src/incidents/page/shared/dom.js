// Elements made from data. Text is only ever text.

// An element with attributes, handlers (onclick: …) and children (elements or texts).
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

// A part of a drawing.
export function shape(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

// The list has these items, a line each. A line whose item is the same stays as it is, with what is
// open in it; one that changes keeps the focus.
export function refill(list, items, keyOf, lineOf) {
  const known = new Map([...list.children].map((line) => [line.dataset.key, line]));
  const focus = document.activeElement;
  let again = list.contains(focus) ? focus : undefined;
  const lines = items.map((item) => {
    const [key, told] = [keyOf(item), JSON.stringify(item)];
    const old = known.get(key);
    if (old && shown.get(old) === told) return old;
    const line = lineOf(item);
    line.dataset.key = key;
    shown.set(line, told);
    if (old?.contains(focus)) again = focusable(line)[focusable(old).indexOf(focus)];
    return line;
  });
  if (lines.length === list.childElementCount && lines.every((line, n) => line === list.children[n])) return;
  list.replaceChildren(...lines);
  if (again?.isConnected) again.focus({ preventScroll: true });
}

const shown = new WeakMap(); // what each line was made of
const focusable = (line) => [...line.querySelectorAll("a, button, summary")];

// Goes there within the page on a plain click; the browser does what other clicks ask for.
export function link(attributes, go, ...children) {
  return make("a", {
    ...attributes,
    onclick: (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      go();
    },
  }, ...children);
}

export const at = (id) => document.getElementById(id);

// Puts a text on the clipboard; says so on the button for a moment.
export async function copy(button, text) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed here";
  }
  setTimeout(() => {
    button.textContent = before;
  }, 1200);
}
