// A rule as its form has it, and as the server has it.

import { writeTerm, writeValue } from "../bar/terms.js";

// What the form has fields for. What else a rule says stays as it is.
const TEXTS = ["quiet", "repeat", "title", "text"];
const VALUE_CHARACTERS_MAX = 200; // the server cuts longer ones
const LITERAL = /^(-?\d+(\.\d+)?|true|false|null)$/;

const COUNT = /^\s*count\s*>=\s*([\d_,]+)\s+in\s+(\S+)\s*$/;
const ABSENT = /^\s*absent\s+for\s+(\S+)\s*$/;

// The parts of a condition: its kind, a number and a time where it has them.
export function partsOf(when) {
  const count = COUNT.exec(when);
  if (count) return { kind: "count", number: count[1].replace(/[_,]/g, ""), within: count[2] };
  const absent = ABSENT.exec(when);
  if (absent) return { kind: "absent", within: absent[1] };
  return { kind: when.trim() };
}

export function whenOf({ kind, number, within }) {
  if (kind === "count") return `count >= ${number} in ${within}`;
  if (kind === "absent") return `absent for ${within}`;
  return kind;
}

// The rule that the fields of the form say: its texts, its condition, its channels. What is left empty
// is left out. `before` is the rule that is changed.
export function ruleOf(fields, before = {}) {
  const made = { ...before, query: fields.query, when: whenOf(fields.when) };
  const by = fields.by.split(",").map((each) => each.trim()).filter(Boolean);
  for (const name of ["by", "channels", ...TEXTS]) delete made[name];
  if (by.length) made.by = by;
  if (fields.channels.length) made.channels = fields.channels;
  for (const name of TEXTS) if (fields[name].trim()) made[name] = fields[name].trim();
  if (fields.when.kind === "absent") delete made.quiet;
  else for (const name of ["members", "forget"]) delete made[name];
  return made;
}

// Which field an error is about: the last name of its parameter, `name` where it has no other.
export function fieldOf({ parameter }) {
  if (parameter === undefined) return undefined;
  return parameter.includes(".") ? parameter.split(".").pop() : "name";
}

// What it says, without the parameter.
export const saidOf = ({ message, parameter }) => (message.startsWith(`${parameter}: `) ? message.slice(parameter.length + 2) : message);

// The values of a member, as they are shown.
export const memberText = (by) => Object.entries(by).map(([path, value]) => `${path}=${value ?? "(none)"}`).join(" ");

// The line that finds the matches of one member.
export function memberLine({ query }, by) {
  const terms = Object.entries(by).map(([path, value]) => termOf(path, value)).filter(Boolean);
  if (!terms.length) return query;
  return [query.trim() && `(${query})`, ...terms].filter(Boolean).join(" ");
}

// The line of a mute of a rule, or of one of its members: what the server stores about it matches.
export function lineToMute(name, by = {}) {
  const terms = Object.entries(by).filter(([, value]) => value !== null && value.length < VALUE_CHARACTERS_MAX);
  return [writeTerm("rule", name), ...terms.map(([path, value]) => `by.${path}=${literal(value)}`)].join(" ");
}

function termOf(path, value) {
  if (value === null) return `-${path}:*`;
  return value.length < VALUE_CHARACTERS_MAX ? `${path}=${literal(value)}` : undefined;
}

// Of a member 42 and "42" are the same: without quotes they are for a line, too.
const literal = (value) => (LITERAL.test(value) ? value : writeValue(value));

// A name for a rule that is made of a line: its words, at most so many characters.
export function nameFor(line, taken) {
  const words = line.match(/[A-Za-z0-9]+/g) ?? ["rule"];
  const name = words.join("-").toLowerCase().slice(0, 40).replace(/-$/, "");
  for (let n = 1; ; n += 1) {
    const next = n === 1 ? name : `${name}-${n}`;
    if (!taken.has(next) && next !== "try") return next;
  }
}
