// A view is what the address says: the query line, the range, the columns, by what the bars are
// stacked, whether one listens, the open incident; or that the rejected reports are shown.

const NAMES = ["q", "since", "until", "columns", "by", "live", "id", "rejected"];

// The view of the address that is shown.
export function current() {
  const parameters = new URLSearchParams(location.search);
  return Object.fromEntries(NAMES.map((name) => [name, parameters.get(name) ?? ""]));
}

// A link of before said a hash by itself: from now on the address says it in the query line.
export function upgrade() {
  const parameters = new URLSearchParams(location.search);
  const hash = parameters.get("h");
  if (hash === null) return;
  const q = [parameters.get("q"), hash && `hash=${hash}`].filter(Boolean).join(" ");
  history.replaceState(history.state, "", href({ ...current(), q }));
}

// The address of a view.
export function href(view) {
  const given = NAMES.filter((name) => view[name]).map((name) => [name, view[name]]);
  const query = new URLSearchParams(given).toString();
  return query ? `./?${query}` : "./";
}

// Goes to a view, so that "back" comes back to this one.
export function go(view) {
  history.pushState({}, "", href(view));
}

// What has another list is another question.
export const question = ({ q, since, until }) => JSON.stringify([q, since, until]);
