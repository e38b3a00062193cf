// What fires that did not before, for the bell: each firing rings once.

// The firings that are new, and what is known from now on. Before anything is known nothing is new;
// what a mute holds back does not ring.
export function newsOf(states, known) {
  const now = new Map(states.filter(({ status }) => status === "firing").map((state) => [keyOf(state), state]));
  const rings = known ? [...now].filter(([key, { muted_by: mute }]) => !known.has(key) && !mute) : [];
  return { news: rings.map(([, state]) => state), known: new Set(now.keys()) };
}

export const keyOf = ({ rule, by, since }) => JSON.stringify([rule, by, since]);
