// Times as people read them, in the zone that one chose: UTC, or the browser's own.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const REMEMBERED = "incidents: zone";

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const MINUTES = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DATE = { month: "short", day: "numeric" };
const YEAR = { year: "numeric", month: "short", day: "numeric" };
const MONTH = { year: "numeric", month: "short" };
const FULL = { weekday: "short", ...YEAR, ...CLOCK, timeZoneName: "short" };

let utc = remembered() === "utc";
let formats = new Map();

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null; // a browser that keeps nothing
  }
}

export const isUTC = () => utc;

// From now on times are shown so.
export function useUTC(wanted) {
  utc = wanted;
  formats = new Map();
  try {
    localStorage.setItem(REMEMBERED, wanted ? "utc" : "local");
  } catch {
    // It holds until the page is left.
  }
}

export const localZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

// What the times that are shown without a zone are in.
export const zone = () => (utc ? "UTC" : localZone());

function format(date, options) {
  if (!formats.has(options)) {
    formats.set(options, new Intl.DateTimeFormat(undefined, { ...options, timeZone: utc ? "UTC" : undefined }));
  }
  return formats.get(options).format(date);
}

// Short: the clock today, else the day and the clock.
export function short(date, now = new Date()) {
  return format(date, YEAR) === format(now, YEAR) ? format(date, CLOCK) : withDay(date, now);
}

const withDay = (date, now) => `${format(date, yearOf(date) === yearOf(now) ? DATE : YEAR)}, ${format(date, CLOCK)}`;

// Whole, with its zone.
export const long = (date) => format(date, FULL);

// From one time to another, or …, with the zone; both with their day, or none of them.
export function between(since, until) {
  const now = new Date();
  const dated = [since, until].some((end) => end && format(end, YEAR) !== format(now, YEAR));
  const ends = [since, until].map((end) => (end ? (dated ? withDay(end, now) : short(end, now)) : "…"));
  return `${ends.join(" – ")} ${zone()}`;
}

const offset = (date) => (utc ? 0 : -date.getTimezoneOffset() * MINUTE);

// As it is there: its UTC parts are those that a clock in the zone shows.
const shifted = (date) => new Date(Number(date) + offset(date));

const yearOf = (date) => shifted(date).getUTCFullYear();

// What a field for date and clock shows of a date in the zone, and what it means.
export const toField = (date) => shifted(date).toISOString().slice(0, 19);
export const fromField = (text) => new Date(utc ? `${text}Z` : text);

const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14].map((n) => n * DAY),
];
const MONTHS = [1, 3, 6, 12, 24, 60, 120];
const MONTH_MS = 30 * DAY;
const MONDAY = 4 * DAY; // the first one since 1970

// Round times between two dates, at most so many: [{ date, text }].
export function ticks(since, until, most) {
  const span = until - since;
  const step = STEPS.find((each) => Math.floor(span / each) <= most);
  const dates = step ? everyStep(since, until, step) : everyMonths(since, until, MONTHS.find((n) => Math.floor(span / (n * MONTH_MS)) <= most) ?? 1200);
  return dates.map((date) => ({ date, text: tickText(date, step) }));
}

function everyStep(since, until, step) {
  const anchor = step >= 7 * DAY ? MONDAY : 0;
  const first = Math.ceil((Number(shifted(since)) - anchor) / step);
  const last = Math.floor((Number(shifted(until)) - anchor) / step);
  const walls = Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => (first + n) * step + anchor);
  return walls.map((wall) => new Date(wall - offset(new Date(wall - offset(since)))));
}

function everyMonths(since, until, count) {
  const begin = shifted(since);
  const dates = [];
  for (let month = begin.getUTCFullYear() * 12; ; month += count) {
    const wall = Date.UTC(Math.floor(month / 12), month % 12);
    const date = new Date(wall - offset(new Date(wall)));
    if (date > until) return dates;
    if (date >= since) dates.push(date);
  }
}

function tickText(date, step) {
  if (!step) return format(date, MONTH);
  if (step >= DAY || Number(shifted(date)) % DAY === 0) return format(date, DATE);
  return format(date, step < MINUTE ? CLOCK : MINUTES);
}

const UNITS = { s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };

// The date of an end of a range as the address has it, undefined where it is none: a duration is one
// back from now.
export function dateOf(end) {
  const [, count, unit] = /^(\d+)([smhdw])$/.exec(end) ?? [];
  if (unit) return new Date(Date.now() - Number(count) * UNITS[unit]);
  return Number.isNaN(Date.parse(end)) ? undefined : new Date(end);
}
