// The page: wires the query line, the list, the histogram and one incident to the address.

import { BadLine, KeyNeeded, isEmpty } from "./shared/api.js";
import { By } from "./chart/by.js";
import { Counts } from "./chart/counts.js";
import { at } from "./shared/dom.js";
import { Completion } from "./bar/completion.js";
import { Line } from "./bar/line.js";
import { Offers } from "./bar/offers.js";
import { EVERYTHING, asksForGroup, fieldOf, indexOf, plus, toggled } from "./bar/terms.js";
import { Saved } from "./bar/saved.js";
import { Range } from "./bar/range.js";
import { keyboard } from "./shared/keyboard.js";
import { warn } from "./shared/notices.js";
import { askForKey, login } from "./login/login.js";
import { Fields } from "./fields/fields.js";
import { Groups } from "./groups/groups.js";
import { Switch } from "./groups/switch.js";
import { Panel } from "./incident/panel.js";
import * as place from "./list/scroll-state.js";
import { Rejected } from "./rejected/rejected.js";
import { lookFor } from "./list/highlight.js";
import { Listing } from "./list/listing.js";
import { Live } from "./list/live.js";
import { Results } from "./list/results.js";
import { Tools } from "./list/tools.js";
import * as views from "./shared/view.js";
import { welcome } from "./list/welcome.js";

const LIST_FIRST_MS = 250;

let view = views.current();
let shown; // the question whose answer is in the list
let meaning = EVERYTHING; // of the query line that is asked
let asking = new AbortController();

const line = new Line({
  go: (q) => {
    shown = undefined;
    change({ q });
  },
  locks,
});

const offers = new Offers(() => ({ since: view.since, until: view.until }));

new Completion({ offers, changed: () => line.later() });

const saved = new Saved({
  line: () => view.q,
  href: (name) => views.href({ saved: name }),
  go: (name) => change({ saved: name, q: "", id: "" }),
  recalled: render,
  failed: (error) => listing.fail(error),
  locks,
});

const results = new Results({
  href: (id) => views.href({ ...view, id }),
  open: (id) => change({ id }),
});

const listing = new Listing({ results, first, empty, go: (q) => change({ q }), again: anew, locks });

const groups = new Groups({
  open: (id) => change(groupOf(id)),
  href: (id) => views.href({ ...view, ...groupOf(id) }),
  go: (asked) => change(asked),
  first,
  empty,
  locks,
});

const switcher = new Switch({ go: (show) => change({ show, id: "" }) });

const live = new Live({ results, came: arrived, refused: () => count() });

const panel = new Panel({
  results,
  close: () => change({ id: "" }),
  asks,
  choose,
  anywhere: (text) => change({ q: JSON.stringify(text), id: "" }),
  sameHash: (hash) => change({ q: `hash=${hash}`, since: "", until: "" }),
  hrefOfHash: (hash) => views.href({ q: `hash=${hash}` }),
  locks,
});

const by = new By({ go: (path) => change({ by: path }) });

// The same for a path that the server wrote.
const ofPaths = {
  asks: (path, value, options) => asks(fieldOf(path), value, options),
  choose: (path, value, options) => choose(fieldOf(path), value, options),
};

const fields = new Fields({ ...ofPaths, found: (paths) => by.offer(paths), locks });

const counts = new Counts({
  zoom: (since, until) => change({ since: since.toISOString(), until: until.toISOString() }),
  begins: (since) => range.begins(since),
  ...ofPaths,
  locks,
});

const range = new Range({
  go: (asked) => change(asked),
  zoned: () => {
    results.redraw();
    counts.redraw();
    if (isGrouping()) anew();
    if (view.rejected) rejected.show(true);
    panel.show(view.id, asking.signal);
  },
});

new Tools({
  view: () => view,
  show: (columns) => change({ columns }),
  locks,
});

const rejected = new Rejected({
  href: views.href({ rejected: "all" }),
  hrefOfIncident: (id) => views.href({ id }),
  go: () => change({ rejected: "all" }),
  locks,
});

// The view of the incidents of a group.
function groupOf(id) {
  return { q: plus(view.q, meaning, `group=${id}`), show: "incidents", sort: "", state: "" };
}

const isGrouping = () => view.show === "groups";

// Whether the query line asks for a field with that value; with `not`, excludes it.
function asks(field, value, options) {
  return indexOf(meaning, field, value, options) >= 0;
}

// Takes that into the query line, or out of it.
function choose(field, value, options) {
  change({ q: toggled(view.q, meaning, field, value, options) });
}

// Goes to another view, this one changed.
function change(changes) {
  place.leave(results.size);
  views.go({ ...view, rejected: "", ...changes });
  render();
}

async function render() {
  view = views.current();
  if (view.saved) {
    await saved.recall(view);
    return;
  }
  rejected.show(Boolean(view.rejected));
  if (view.rejected) return;
  results.choose(view.columns);
  const other = views.question(view) !== shown;
  if (other) await ask();
  else if (By.of(view) !== counts.by) recountBy();
  if (Boolean(view.live) !== live.isOn) {
    if (view.live) live.listen(view.q);
    else live.deafen();
  }
  await panel.show(view.id, asking.signal);
  if (other) return;
  place.restore();
  place.remember(results.size); // this entry of the history may be new, and left at once
}

// Asks what the address asks. Returns when it is known what that means.
async function ask() {
  shown = views.question(view);
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  listing.stop();
  live.seen();
  offers.forget();
  at("field").value = view.q;
  range.show(view);
  by.show(view);
  if (!(await understand(signal))) return;
  switcher.show(view.show);
  count(isGrouping() ? groups.ask(asked(), signal) : listing.ask(question(), signal));
  if (view.live) live.listen(view.q);
  else live.deafen();
}

const asked = () => ({ ...question(), sort: view.sort, state: view.state });

// Whether the query line can be asked.
async function understand(signal) {
  try {
    const known = await line.read(view.q);
    if (signal.aborted) return false;
    meaning = known;
    lookFor(meaning.tree);
  } catch (error) {
    if (signal.aborted || error.name === "AbortError") return false;
    results.clear();
    counts.clear();
    live.deafen();
    if (error instanceof BadLine) at("more").textContent = "";
    else listing.fail(error);
    return false;
  }
  return true;
}

function first() {
  warn();
  rejected.count();
  results.mark(view.id || undefined);
}

// Nothing matches, perhaps because nothing is stored: then it says what to do, and waits for the first.
async function empty() {
  if (view.q || view.state || !(await isEmpty(asking.signal))) return;
  at("time").hidden = true;
  at("groups").hidden = true;
  at("more").textContent = "";
  welcome();
  if (!live.listens) live.listen("", { silently: true });
}

function anew() {
  shown = undefined;
  render();
}

// Asks for a key, if that is what the error is about.
function locks(error) {
  if (!(error instanceof KeyNeeded)) return false;
  live.retry.cancel();
  askForKey(() => results.size && place.hold(results.size));
  return true;
}

// Counting would take the processors from what one waits for: the list comes first.
async function count(listed) {
  const { signal } = asking;
  at("time").hidden = false;
  await Promise.race([listed, later(LIST_FIRST_MS)]);
  if (signal.aborted) return;
  fields.ask({ ...question(), group: asksForGroup(meaning) }, signal);
  await counts.count(counted(), signal);
}

const question = () => ({ q: view.q, since: view.since, until: view.until });
const counted = () => ({ ...question(), by: By.of(view) });

function arrived() {
  if (at("welcome").hidden) {
    counts.recount(() => live.isOn && counted(), asking.signal);
    return;
  }
  at("welcome").hidden = true;
  at("more").textContent = "";
  if (!view.live) live.deafen();
  if (isGrouping()) anew();
  else count();
}

// The same matches, by another field.
function recountBy() {
  by.show(view);
  counts.count(counted(), asking.signal);
}

const later = (ms) => new Promise((done) => setTimeout(done, ms));

function back() {
  place.recall();
  render();
}

function start() {
  views.upgrade();
  place.keep(() => results.size);
  addEventListener("popstate", back);
  at("zoom-out").addEventListener("click", () => change({ since: "", until: "" }));
  at("home").addEventListener("click", (event) => {
    event.preventDefault();
    shown = undefined;
    change(views.HOME);
  });
  at("live").addEventListener("click", () => change(live.isOn ? { live: "" } : { live: "1", show: "incidents" }));
  keyboard({
    show: (show) => show !== view.show && change({ show, id: "" }),
    move: (step) => {
      if (isGrouping()) {
        groups.move(step);
        return;
      }
      const id = results.move(step);
      if (view.id && id) change({ id });
    },
    open: () => !isGrouping() && results.current && change({ id: results.current }),
    close: () => view.id && change({ id: "" }),
  });
  login(anew);
  back();
}

start();
