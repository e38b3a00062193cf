// A view is what the address says: the query line, or the name of a saved one, the range, whether
// groups, incidents or rules are shown, in which order and state, the columns, by what the bars are
// stacked, whether one listens, the open incident or rule; or that the rejected reports are shown.

const NAMES = ["show", "saved", "q", "since", "until", "sort", "state", "columns", "by", "live", "id", "rule", "rejected"];
const NOTHING = Object.fromEntries(NAMES.map((name) => [name, ""]));

// Where the address says nothing: what went wrong of late.
export const HOME = { ...NOTHING, show: "groups", since: "24h" };

// The view of the address that is shown. One that asks for something shows incidents, unless it
// says groups: links of before do not say it.
export function current() {
  const parameters = new URLSearchParams(location.search);
  const given = NAMES.filter((name) => parameters.get(name)).map((name) => [name, parameters.get(name)]);
  return given.length ? { ...NOTHING, show: "incidents", ...Object.fromEntries(given) } : HOME;
}

// A link of before said a hash by itself: from now on the address says it in the query line.
export function upgrade() {
  const parameters = new URLSearchParams(location.search);
  const hash = parameters.get("h");
  if (hash === null) return;
  const q = [parameters.get("q"), hash && `hash=${hash}`].filter(Boolean).join(" ");
  const view = current();
  stay({ ...(view === HOME ? NOTHING : view), show: "incidents", q });
}

// The address of a view.
export function href(view) {
  const given = NAMES.filter((name) => view[name]).map((name) => [name, view[name]]);
  if (NAMES.every((name) => (view[name] ?? "") === HOME[name])) return "./";
  const hasMore = given.some(([name]) => name !== "show");
  const needed = given.filter(([name, value]) => name !== "show" || value !== "incidents" || !hasMore);
  return `./?${new URLSearchParams(needed)}`;
}

// The address of this view is another one.
export function stay(view) {
  history.replaceState(history.state, "", href(view));
}

// Goes to a view, so that "back" comes back to this one.
export function go(view) {
  history.pushState({}, "", href(view));
}

// What has another list is another question.
export const question = ({ show, q, since, until, sort, state }) => JSON.stringify([show, q, since, until, sort, state]);
