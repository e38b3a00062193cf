// Times as people read them.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const year = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

const DAY_MS = 86_400_000;

// Short: the clock today, else the day and the clock.
export function short(date, now = new Date()) {
  if (date.toDateString() === now.toDateString()) return clock.format(date);
  const named = date.getFullYear() === now.getFullYear() ? day : year;
  return `${named.format(date)}, ${clock.format(date)}`;
}

export const long = (date) => full.format(date);

// An end of an axis that spans so many milliseconds.
export function axis(date, span) {
  if (span > 3 * DAY_MS) return (date.getFullYear() === new Date().getFullYear() ? day : year).format(date);
  return short(date);
}
