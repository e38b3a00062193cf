// The page: wires the field, the list, the histogram and one incident to the address.

import { Away, Failed, KeyNeeded, find, follow, one, retention } from "./shared/api.js";
import { Counts } from "./chart/counts.js";
import { at, make } from "./shared/dom.js";
import { asks, exclude, include, show } from "./bar/example.js";
import { readField } from "./bar/field.js";
import { Range } from "./bar/range.js";
import { noteIgnored } from "./rejected/ignored.js";
import { Entries } from "./shared/json.js";
import { keyboard } from "./shared/keyboard.js";
import { askForKey, login } from "./login/login.js";
import { showOne } from "./incident/one.js";
import * as place from "./list/scroll-state.js";
import { Rejected } from "./rejected/rejected.js";
import { BadFields, readFields } from "./list/fields.js";
import { Results } from "./list/results.js";
import { Tools } from "./list/tools.js";
import { Retry } from "./shared/retry.js";
import * as views from "./shared/view.js";
import { welcome } from "./list/welcome.js";

const PAGE = 50;
const LIST_FIRST_MS = 250;
const SCREENFUL = 25;
const FRAME_MS_MAX = 100;
const RECOUNT_MS = 3000;

let view = views.current();
let shown; // the question whose answer is in the list
let example = new Entries();
let next; // the cursor of the next page; null at the end, undefined while it comes
let asking = new AbortController();
let source; // the tail that is followed
let unseen = 0;
let columns; // those of the list
let recounting = false;

const listing = new Retry();
const listening = new Retry();

const results = new Results({
  href: (id) => views.href({ ...view, id }),
  open: (id) => change({ id }),
});

const counts = new Counts({
  zoom: (since, until) => change({ since: since.toISOString(), until: until.toISOString() }),
  begins: (since) => range.begins(since),
  locks,
});

const range = new Range({
  go: (asked) => change(asked),
  zoned: () => {
    results.redraw();
    counts.redraw();
    if (view.rejected) rejected.show(true);
    renderOne();
  },
});

new Tools({
  view: () => view,
  example: () => example,
  show: (columns) => change({ columns }),
  locks,
});

const rejected = new Rejected({
  href: views.href({ rejected: "all" }),
  hrefOfIncident: (id) => views.href({ id }),
  go: () => change({ rejected: "all" }),
  locks,
});

// Goes to another view, this one changed.
function change(changes) {
  place.leave(results.size);
  views.go({ ...view, rejected: "", ...changes });
  render();
}

async function render() {
  view = views.current();
  rejected.show(Boolean(view.rejected));
  if (view.rejected) return;
  showColumns();
  const other = views.question(view) !== shown;
  if (other) ask();
  if (Boolean(view.live) !== isLive()) {
    if (view.live) listen();
    else deafen();
  }
  await renderOne();
  if (other) return;
  place.restore();
  place.remember(results.size); // this entry of the history may be new, and left at once
}

// The columns of the address, if that has others than before.
function showColumns() {
  if (view.columns === columns) return;
  columns = view.columns;
  try {
    results.show(readFields(columns));
  } catch (error) {
    if (!(error instanceof BadFields)) throw error;
    results.show([]);
  }
}

function back() {
  place.recall();
  render();
}

function ask() {
  shown = views.question(view);
  asking.abort();
  listing.cancel();
  asking = new AbortController();
  unseen = 0;
  at("news").hidden = true;
  at("field").value = view.h ? `hash ${view.h}` : view.q;
  range.show(view);
  if (!understand()) return;
  results.clear();
  place.beginList();
  at("results").setAttribute("aria-busy", "true");
  next = undefined;
  count(page().then(painted));
  if (view.live) listen();
  else deafen();
}

// Reads the field. Returns whether it can be asked.
function understand() {
  const read = readField();
  if (read) example = read;
  return Boolean(read);
}

async function page() {
  const { signal } = asking;
  const after = next;
  next = undefined;
  at("more").textContent = results.size ? "Loading more" : "";
  const { since, until } = view;
  const asked = { since, until, example, hash: view.h, after, limit: PAGE };
  try {
    const last = await find(asked, (text) => !signal.aborted && add(text), signal);
    if (signal.aborted) return;
    next = last ?? null;
    listing.reset();
    if (!after) {
      warn();
      rejected.count();
    }
    at("more").textContent = results.size || next ? "" : nothing();
    if (!results.size && next === null) first();
    results.mark(view.id || undefined);
    if (next && place.needs(results.size)) {
      page();
    } else {
      place.restore();
      watchEndOfList();
    }
  } catch (error) {
    if (signal.aborted) return;
    fail(error, after);
  } finally {
    if (!signal.aborted) at("results").removeAttribute("aria-busy");
  }
}

// Says so where the server does not believe its clock: then nothing is deleted. And what it ignored.
async function warn() {
  try {
    const { state, reason, until } = await retention();
    at("clock").hidden = state !== "stopped" && state !== "waiting";
    const end = until ? `until ${new Date(until).toLocaleString()}` : "until somebody confirms that the clock is right";
    at("clock").textContent = `Nothing is deleted ${end}: ${reason}. On the server: incidents retention confirm`;
    await noteIgnored();
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
  }
}

// A screenful is shown before more is worked on.
function add(text) {
  results.add(text);
  return results.size === SCREENFUL && Promise.race([painted(), later(FRAME_MS_MAX)]);
}

const nothing = () => (view.q || view.h || view.since ? "Nothing matches." : "");

// Says why the page behind `after` did not come. What comes by itself needs no click.
function fail(error, after) {
  if (!(error instanceof Failed)) throw error;
  if (locks(error)) return;
  const again = after ? () => more(after) : anew;
  at("more").replaceChildren(error.message, " ", make("button", { type: "button", onclick: again }, "Try again"));
  if (error instanceof Away) listing.later(again);
}

// The next page once more: what is in the list stays there.
function more(after) {
  next = after;
  page();
}

function anew() {
  shown = undefined;
  render();
}

// Asks for a key, if that is what the error is about.
function locks(error) {
  if (!(error instanceof KeyNeeded)) return false;
  listening.cancel();
  askForKey(() => results.size && place.hold(results.size));
  return true;
}

// Counting would take the processors from what one waits for: the list comes first.
async function count(listed) {
  const { signal } = asking;
  document.body.classList.toggle("by-hash", Boolean(view.h));
  at("time").hidden = false;
  if (view.h) return;
  await Promise.race([listed, later(LIST_FIRST_MS)]);
  if (signal.aborted) return;
  await counts.count({ since: view.since, until: view.until, example }, signal);
}

// Nothing is stored: says what to do, and waits for the first.
function first() {
  if (view.q || view.h || view.since || view.until) return;
  at("time").hidden = true;
  welcome();
  if (!source) listen({ silently: true });
}

async function renderOne() {
  const id = view.id;
  results.mark(id || undefined);
  if (!id) {
    const had = at("one").contains(document.activeElement);
    at("one").hidden = true;
    document.body.classList.remove("reading");
    place.comeBack();
    if (had) results.move(0);
    return;
  }
  try {
    const text = results.text(id) ?? (await one(id, asking.signal));
    if (view.id !== id) return;
    showOne(text, {
      asks: (piece) => asks(example, piece),
      choose,
      close: () => change({ id: "" }),
      sameHash: (hash) => change({ q: "", h: hash, since: "", until: "" }),
      hrefOfHash: (hash) => views.href({ h: hash }),
    });
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof Failed)) throw error;
    if (locks(error)) return;
    const close = make("button", { type: "button", onclick: () => change({ id: "" }) }, "Close");
    at("one").replaceChildren(make("p", {}, error.message), close);
  }
  const fresh = at("one").hidden || at("one").dataset.id !== id;
  at("one").hidden = false;
  at("one").dataset.id = id;
  document.body.classList.add("reading");
  if (fresh) place.begin();
}

// Takes a piece into the example, or out of it.
function choose(piece) {
  const changed = asks(example, piece) ? exclude(example, piece) : include(example, piece);
  change({ q: changed ? show(changed) : "", h: "" });
}

function listen({ silently = false } = {}) {
  source?.close();
  source = undefined;
  listening.cancel();
  at("live").setAttribute("aria-checked", String(!silently));
  source = follow(example, {
    told: (text) => arrived(text),
    skipped: (skipped) => notice(`${skipped.toLocaleString()} more came than can be shown`),
    state: (connected) => {
      at("live").classList.toggle("waiting", !connected);
      if (connected) listening.reset();
    },
    refused: () => {
      count(); // which says why
      listening.later(() => listen({ silently }));
    },
  });
}

const isLive = () => at("live").getAttribute("aria-checked") === "true";

function deafen() {
  source?.close();
  listening.cancel();
  source = undefined;
  at("live").setAttribute("aria-checked", "false");
  at("live").classList.remove("waiting");
}

function arrived(text) {
  const waited = !at("welcome").hidden;
  const above = scrollY > 200;
  const height = document.documentElement.scrollHeight;
  if (!results.add(text, { fresh: true })) return;
  if (waited) {
    at("welcome").hidden = true;
    at("more").textContent = "";
    if (!view.live) deafen();
    count();
  } else if (above) {
    scrollBy(0, document.documentElement.scrollHeight - height);
    unseen += 1;
    notice(`${unseen.toLocaleString()} new`);
  }
  if (!waited) recount();
}

// Counts again what came meanwhile: not so often that it costs what one waits for, and not while
// somebody selects.
async function recount() {
  if (recounting) return;
  recounting = true;
  await later(RECOUNT_MS);
  recounting = false;
  if (isLive() && !at("time").hidden && !at("chart").contains(document.activeElement)) {
    counts.recount({ since: view.since, until: view.until, example }, asking.signal);
  }
}

function notice(text) {
  at("news").textContent = text;
  at("news").hidden = false;
}

const later = (ms) => new Promise((done) => setTimeout(done, ms));

// What was put into the page is on the screen.
const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

// More is loaded before the reader comes to the end of the list.
const endOfList = new IntersectionObserver(
  (seen) => {
    if (next && seen.some((each) => each.isIntersecting)) page();
  },
  { rootMargin: "600px" },
);

// An observer tells of changes only: one who was at the end while lines came, and is again before
// the next frame, would have gone unseen. Anew, it tells where the end is now.
function watchEndOfList() {
  endOfList.unobserve(at("sentinel"));
  endOfList.observe(at("sentinel"));
}

function start() {
  place.keep(() => results.size);
  addEventListener("popstate", back);
  at("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = at("field").value.trim();
    if (!understand()) return;
    if (view.h && text === `hash ${view.h}`) return;
    shown = undefined;
    change({ q: text, h: "" });
  });
  at("field").addEventListener("input", understand);
  at("zoom-out").addEventListener("click", () => change({ since: "", until: "" }));
  at("home").addEventListener("click", (event) => {
    event.preventDefault();
    shown = undefined;
    change({ q: "", h: "", since: "", until: "", id: "" });
  });
  at("live").addEventListener("click", () => change({ live: isLive() ? "" : "1" }));
  at("news").addEventListener("click", () => {
    scrollTo({ top: 0 });
    unseen = 0;
    at("news").hidden = true;
  });
  keyboard({
    move: (step) => {
      const id = results.move(step);
      if (view.id && id) change({ id });
    },
    open: () => results.current && change({ id: results.current }),
    close: () => view.id && change({ id: "" }),
  });
  login(anew);
  back();
}

start();
