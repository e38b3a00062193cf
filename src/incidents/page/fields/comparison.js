// Two times compared: what is asked for, and as long a time right before.

import { write } from "../shared/json.js";
import { dateOf } from "../shared/time.js";

const GREW = 1.5;
const SHRANK = 1 / GREW;
const GONE_SHOWN = 3;

// What is asked about the time before, undefined where no time is asked for.
export function timeBefore(asked) {
  const since = dateOf(asked.since);
  if (!since) return undefined;
  const until = dateOf(asked.until) ?? new Date();
  const before = new Date(2 * Number(since) - Number(until));
  return { ...asked, since: before.toISOString(), until: since.toISOString() };
}

// The values of now, each with its `change` (new, grew, shrank or none) and what is said of it: what
// grew most comes first, and some that are gone come last.
export function compared(now, then) {
  const counts = new Map(then.map((each) => [write(each.value), each.count]));
  const known = new Set(now.map((each) => write(each.value)));
  const told = now.map((each) => ({ ...each, ...changeOf(each.count, counts.get(write(each.value)) ?? 0) }));
  const gone = then.filter((each) => !known.has(write(each.value))).slice(0, GONE_SHOWN);
  const lost = ({ value, count }) => ({ value, count: 0, change: "gone", said: `was ${count.toLocaleString()}` });
  return [...told.sort((one, other) => other.growth - one.growth), ...gone.map(lost)];
}

function changeOf(count, before) {
  const growth = count - before;
  if (!before) return { growth, change: "new", said: "new" };
  const factor = count / before;
  const change = factor >= GREW ? "grew" : factor <= SHRANK ? "shrank" : "none";
  return { growth, change, said: `×${factor.toLocaleString(undefined, { maximumSignificantDigits: 2 })}` };
}
