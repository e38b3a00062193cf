// The page: builds its parts, and goes from one view to another as the address says.

import { Asking } from "./asking.js";
import { KeyNeeded } from "./shared/api.js";
import { By } from "./chart/by.js";
import { Counts } from "./chart/counts.js";
import { at } from "./shared/dom.js";
import { Completion } from "./bar/completion.js";
import { Line } from "./bar/line.js";
import { Offers } from "./bar/offers.js";
import { fieldOf, plus } from "./bar/terms.js";
import { Saved } from "./bar/saved.js";
import { Range } from "./bar/range.js";
import { keyboard } from "./shared/keyboard.js";
import { askForKey, login } from "./login/login.js";
import { Fields } from "./fields/fields.js";
import { Groups } from "./groups/groups.js";
import { Switch } from "./shared/switch.js";
import { Panel } from "./incident/panel.js";
import * as place from "./list/scroll-state.js";
import { Rejected } from "./rejected/rejected.js";
import { Rules } from "./rules/rules.js";
import { Listing } from "./list/listing.js";
import { Live } from "./list/live.js";
import { Results } from "./list/results.js";
import { Tools } from "./list/tools.js";
import * as views from "./shared/view.js";

let view = views.current();

const offers = new Offers(() => ({ since: view.since, until: view.until }));

const line = new Line({
  go: (q) => {
    asking.forget();
    ask({ q });
  },
  locks,
});

new Completion({ offers, changed: () => line.later() });

const saved = new Saved({
  line: () => view.q,
  href: (name) => views.href({ saved: name }),
  go: (name) => ask({ saved: name, q: "", id: "" }),
  recalled: render,
  failed: (error) => listing.fail(error),
  locks,
});

const results = new Results({
  href: (id) => views.href({ ...view, id }),
  open: (id) => change({ id }),
});

const listing = new Listing({
  results,
  first: () => asking.first(),
  empty: () => asking.empty(),
  go: (q) => change({ q }),
  again: anew,
  locks,
});

const rules = new Rules({
  href: (changes) => views.href({ ...view, rejected: "", id: "", show: "rules", ...changes }),
  hrefOfQuery: (q) => views.href({ q, show: "incidents" }),
  hrefOfIncident: (id) => views.href({ id, show: "incidents" }),
  go: (changes) => change({ show: "rules", id: "", ...changes }),
  line: () => at("field").value.trim(),
  locks,
});

const groups = new Groups({
  open: (id) => change(groupOf(id)),
  href: (id) => views.href({ ...view, ...groupOf(id) }),
  go: (asked) => change(asked),
  first: () => asking.first(),
  empty: () => asking.empty(),
  tell: (group) => rules.tellOf(group),
  locks,
});

const switcher = new Switch({ go: (show) => change({ show, id: "", rule: "" }) });

const live = new Live({ results, came: () => asking.arrived() && anew(), refused: () => asking.count() });

const panel = new Panel({
  results,
  close: () => change({ id: "" }),
  asks: (...term) => asking.asks(...term),
  choose,
  anywhere: (text) => change({ q: JSON.stringify(text), id: "" }),
  sameHash: (hash) => change({ q: `hash=${hash}`, since: "", until: "" }),
  hrefOfHash: (hash) => views.href({ q: `hash=${hash}` }),
  locks,
});

const by = new By({ go: (path) => change({ by: path }) });

// The same for a path that the server wrote.
const ofPaths = {
  asks: (path, value, options) => asking.asks(fieldOf(path), value, options),
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
  go: ask,
  zoned: () => {
    results.redraw();
    counts.redraw();
    if (view.show === "groups") anew();
    if (view.rejected) rejected.show(true);
    if (view.show === "rules") rules.redraw();
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

const asking = new Asking({ line, offers, range, results, listing, groups, live, counts, fields, by }, () => {
  rejected.count();
  rules.watch();
});

// The view of the incidents of a group.
function groupOf(id) {
  return { q: plus(view.q, asking.meaning, `group=${id}`), show: "incidents", sort: "", state: "" };
}

// Takes a value of a field into the query line, or out of it.
function choose(field, value, options) {
  change({ q: asking.toggled(field, value, options) });
}

// Asks for something else: what is found takes the place of the rules.
function ask(changes) {
  change(view.show === "rules" ? { show: "incidents", rule: "", ...changes } : changes);
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
  const areRules = view.show === "rules" && !view.rejected;
  rejected.show(Boolean(view.rejected));
  switcher.show(view.rejected ? "" : view.show);
  rules.show(areRules && view);
  if (view.rejected || areRules) {
    live.deafen();
    return;
  }
  results.choose(view.columns);
  const other = await asking.show(view);
  await panel.show(view.id, asking.signal);
  if (other) return;
  place.restore();
  place.remember(results.size); // this entry of the history may be new, and left at once
}

function anew() {
  asking.forget();
  render();
}

// Asks for a key, if that is what the error is about.
function locks(error) {
  if (!(error instanceof KeyNeeded)) return false;
  live.retry.cancel();
  askForKey(() => results.size && place.hold(results.size));
  return true;
}

// The address is another one, or is there for the first time.
function back() {
  const { q, since, until } = views.current();
  at("field").value = q;
  range.show({ since, until });
  place.recall();
  render();
}

function move(step) {
  if (view.show === "groups") groups.move(step);
  if (view.show !== "incidents") return;
  const id = results.move(step);
  if (view.id && id) change({ id });
}

function start() {
  views.upgrade();
  place.keep(() => results.size);
  addEventListener("popstate", back);
  at("zoom-out").addEventListener("click", () => change({ since: "", until: "" }));
  at("home").addEventListener("click", (event) => {
    event.preventDefault();
    asking.forget();
    change(views.HOME);
  });
  at("live").addEventListener("click", () => change(live.isOn ? { live: "" } : { live: "1", show: "incidents", rule: "" }));
  keyboard({
    show: (show) => show !== view.show && change({ show, id: "", rule: "" }),
    move,
    open: () => view.show === "incidents" && results.current && change({ id: results.current }),
    close: () => (view.id || view.rule) && change({ id: "", rule: "" }),
  });
  login(anew);
  back();
}

start();
