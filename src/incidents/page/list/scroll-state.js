// Where the reader is. It is kept with each entry of the history, so that back, forward and a
// reload bring back the same lines at the same place.
//
// A place is { size, scroll, line, top }: how many lines there are, how far down the page is, which
// line is the first to be seen, and where in the window. Heights are guessed of lines that were not
// seen yet, so a line tells more than a distance.

import { at } from "../shared/dom.js";

const PAUSE_MS = 300; // browsers count how often a page writes to its history
const FRAMES = 3; // in which lines that have come into view get heights of their own

let wanted; // the place to go to when its lines are there
let left; // the last place in the list
let hidden = false; // whether the list was not seen in the view before this one
let timer;

// On a narrow screen one incident takes the place of the list.
const listIsSeen = () => at("found").offsetParent !== null;

function here(size) {
  const line = scrollY && listIsSeen() ? firstSeen(at("results").children) : undefined;
  return { size, scroll: scrollY, line: line?.dataset.id, top: line?.getBoundingClientRect().top };
}

function firstSeen(lines) {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle].getBoundingClientRect().bottom > 0) high = middle;
    else low = middle + 1;
  }
  return lines[low];
}

function goTo({ scroll, line, top }) {
  const found = line && at("results").querySelector(`li[data-id="${CSS.escape(line)}"]`);
  if (!found) {
    scrollTo(0, scroll);
    return;
  }
  found.scrollIntoView();
  bringTo(found, top, FRAMES);
}

function bringTo(line, top, frames) {
  // Else it stands nowhere.
  if (line.isConnected && listIsSeen()) scrollBy(0, line.getBoundingClientRect().top - top);
  if (frames) requestAnimationFrame(() => bringTo(line, top, frames - 1));
}

// From now on it is known; `size()` says how many lines there are.
export function keep(size) {
  history.scrollRestoration = "manual";
  addEventListener("pagehide", () => remember(size()));
  addEventListener("scroll", () => {
    clearTimeout(timer);
    timer = setTimeout(() => remember(size()), PAUSE_MS);
  });
}

export function remember(size) {
  if (!wanted) history.replaceState(here(size), "");
}

// Before another view is gone to.
export function leave(size) {
  clearTimeout(timer);
  remember(size);
  hidden = !listIsSeen();
  if (!hidden) left = here(size);
  wanted = undefined;
}

// An entry of the history was gone to: its place is wanted.
export function recall() {
  clearTimeout(timer);
  wanted = history.state?.size === undefined ? undefined : history.state;
}

// The list goes, and comes again as it was.
export function hold(size) {
  remember(size);
  recall();
}

// Whether there must be more lines before the reader can be back.
export const needs = (size) => wanted !== undefined && size < wanted.size;

// Back there, if that is wanted.
export function restore() {
  if (wanted) goTo(wanted);
  wanted = undefined;
}

// Another list is shown: from its beginning, unless it is one to come back to.
export function beginList() {
  left = undefined;
  if (!wanted && listIsSeen()) scrollTo(0, 0);
}

// One incident is opened: at its beginning.
export function begin() {
  at("one").scrollTop = 0;
  if (!wanted && !listIsSeen()) scrollTo(0, 0);
}

// It was closed: the list is where it was.
export function comeBack() {
  if (!wanted && hidden) goTo(left ?? { scroll: 0 });
}
