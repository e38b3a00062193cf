// Terms of a query line, written. Only the server reads them: what a line means, it says.

import { Field } from "../list/fields.js";
import { Entries, same, write } from "../shared/json.js";

// What stands without quotes; core/query/lexer.py takes as much.
const NAME = /^[^\s".=!<>:()[\]{},;&|~*?\\'`]+$/;
const BEGIN = /^[\p{L}_$@]/u;
const VALUE = /^[\p{L}_][\p{L}\p{N}_./@#%+-]*$/u;
const WORDS = /^(true|false|null)$/;
// What a name alone means by itself.
const OWN = ["id", "hash", "group", "received", "headers", "body"];

// A line that asks for everything.
export const EVERYTHING = { query: "", terms: [], tree: new Entries([["type", "all"], ["terms", []]]) };

// A field: its names, and where it is, in the headers or in the body; or its path as it is written.
export function writePath({ names, place, path }) {
  if (path !== undefined) return path;
  const written = names.map(quotedName);
  if (OWN.includes(names[0])) return [place, ...written].join(".");
  if (!BEGIN.test(names[0])) written[0] = JSON.stringify(names[0]);
  return written.join(".");
}

// The field of a path that the server wrote.
export function fieldOf(path) {
  const names = new Field(path).path;
  const isPlaced = names.length > 1 && /^(headers|body)\./.test(path);
  return { path, names: isPlaced ? names.slice(1) : names, place: isPlaced ? names[0] : null };
}

const quotedName = (name) => (NAME.test(name) ? name : JSON.stringify(name));

// The term that asks for that value of a field, a path as it is written; or for all others.
export function writeTerm(path, value, { not = false } = {}) {
  if (value instanceof Entries || Array.isArray(value)) return `${not ? "-" : ""}${path}:=${write(value)}`;
  return `${path}${not ? "!=" : "="}${writeValue(value)}`;
}

export function writeValue(value) {
  if (typeof value !== "string") return write(value);
  return VALUE.test(value) && !WORDS.test(value) ? value : JSON.stringify(value);
}

// As it is shown where it stands alone.
export const showValue = (value) => (typeof value === "string" ? value || "(empty)" : write(value));

// The line with one more term.
export function plus(line, meaning, term) {
  const whole = meaning.tree.get("type") === "any" ? meaning.terms[0] : line.trim();
  return [whole, term].filter(Boolean).join(" ");
}

// The line without its nth term.
export const minus = (meaning, n) => meaning.terms.filter((_, at) => at !== n).join(" ");

// Which of the terms asks for that value of a field, or excludes it; -1 for none.
export function indexOf(meaning, field, value, { not = false } = {}) {
  return termsOf(meaning.tree).findIndex((term) => {
    if (not) return term.get("type") === "not" && isFor(term.get("term"), field, value);
    return isFor(term, field, value);
  });
}

// Whether one of the terms asks for a group.
export const asksForGroup = (meaning) => termsOf(meaning.tree).some((term) => term.get("type") === "group");

const termsOf = (tree) => (tree.get("type") === "all" ? tree.get("terms") : [tree]);

function isFor(term, field, value) {
  switch (term.get("type")) {
    case "equals":
      return isAt(term, field) && term.get("values").some((each) => same(each, value));
    case "contains":
      return isAt(term, field) && same(term.get("value"), value);
    case "entry":
      return isPath([term.get("key")], field) && same(term.get("value"), value);
    default:
      return false;
  }
}

function isAt(term, field) {
  const place = term.get("in");
  return (place === null || field.place === null || place === field.place) && isPath(term.get("path"), field);
}

function isPath(names, field) {
  const fold = (name) => (field.place === "body" ? name : name.toLowerCase());
  return names.length === field.names.length && names.every((name, n) => fold(name) === fold(field.names[n]));
}

// The line that asks for a value of a field, or no longer; `not`: that excludes it, or no longer.
export function toggled(line, meaning, field, value, { not = false } = {}) {
  const now = indexOf(meaning, field, value, { not });
  if (now >= 0) return minus(meaning, now);
  const opposite = indexOf(meaning, field, value, { not: !not });
  const term = writeTerm(writePath(field), value, { not });
  if (opposite < 0) return plus(line, meaning, term);
  return [minus(meaning, opposite), term].filter(Boolean).join(" ");
}
