// When a rule fired: a lane for each of its members, made of its history and its states.

const ENDS = ["resolved", "forgotten"];
const LANES_MAX = 8;

// The lanes between two times: {by, spans: [{from, to, isOpen}]}, the latest first; `by` is undefined in
// the one that has all that are too many. `history` is the newest first, as far back as it is known.
export function lanesOf(history, states, { since, until }) {
  const spans = spansOf(history, states, until).filter(({ from, to }) => to > since && from < until);
  const lanes = new Map();
  for (const { by, from, to, isOpen } of spans) {
    const lane = lanes.get(JSON.stringify(by)) ?? { by, spans: [] };
    lane.spans.push({ from: new Date(Math.max(from, since)), to: new Date(Math.min(to, until)), isOpen });
    lanes.set(JSON.stringify(by), lane);
  }
  const latest = [...lanes.values()].sort((one, other) => endOf(other) - endOf(one));
  if (latest.length <= LANES_MAX) return latest;
  const others = latest.slice(LANES_MAX - 1);
  return [...latest.slice(0, LANES_MAX - 1), { by: undefined, count: others.length, spans: others.flatMap((lane) => lane.spans) }];
}

const endOf = (lane) => Math.max(...lane.spans.map(({ to }) => to));

function spansOf(history, states, until) {
  const begun = new Map();
  const spans = [];
  const oldest = history.length ? new Date(history.at(-1).at) : until;
  for (const { event, by, at } of history.toReversed()) {
    const key = JSON.stringify(by);
    if (event === "firing") begun.set(key, { by, from: new Date(at) });
    if (!ENDS.includes(event)) continue;
    spans.push({ by, from: begun.get(key)?.from ?? oldest, to: new Date(at), isOpen: false });
    begun.delete(key);
  }
  // What fires now may have begun before all that is known.
  for (const { by, status, since } of states) {
    if (status === "firing") begun.set(JSON.stringify(by), { by, from: new Date(since) });
  }
  return [...spans, ...[...begun.values()].map((each) => ({ ...each, to: until, isOpen: true }))];
}

// How long it fired in a lane, in seconds.
export const secondsOf = ({ spans }) => spans.reduce((sum, { from, to }) => sum + (to - from) / 1000, 0);
