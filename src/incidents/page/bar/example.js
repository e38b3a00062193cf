// The example field: `service=billing repository.full_name="a/b"`, or JSON.

import { BadJSON, Entries, RawNumber, parse, parseAt, same, write } from "../shared/json.js";

export class BadExample extends Error {
  constructor(message, at) {
    super(message);
    this.at = at;
  }
}

const KEY = /"(?:[^"\\]|\\.)*"|[^\s"=.]+/y;
const BARE = /[^\s]+/y;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const WORDS = new Map([["true", true], ["false", false], ["null", null]]);
const BARE_VALUE = /^[^\s"[{][^\s]*$/;
const BARE_KEY = /^[^\s"=.]+$/;

// The example that a text means, an Entries. Throws BadExample, which says where and why.
export function read(text) {
  if (/^\s*[[{]/.test(text)) return readJSON(text);
  const example = new Entries();
  let at = text.search(/\S|$/);
  while (at < text.length) {
    let path, value, end;
    [path, end] = readPath(text, at);
    [value, end] = readValue(text, end);
    put(example, path, value, at);
    at = end;
    const gap = /\s*/y;
    gap.lastIndex = at;
    gap.exec(text);
    if (gap.lastIndex === at && at < text.length) {
      throw new BadExample("put a space between one entry and the next", at);
    }
    at = gap.lastIndex;
  }
  return example;
}

function readJSON(text) {
  let value;
  try {
    value = parse(text);
  } catch (error) {
    if (error instanceof BadJSON) throw new BadExample(`not JSON: ${error.message}`, error.at);
    throw error;
  }
  if (!(value instanceof Entries)) throw new BadExample("an example is an object: {…}", 0);
  return value;
}

function readPath(text, start) {
  const path = [];
  let at = start;
  for (;;) {
    KEY.lastIndex = at;
    const found = KEY.exec(text);
    if (!found) throw new BadExample("a name is missing, as in service=billing", at);
    path.push(found[0].startsWith('"') ? readString(found[0], at) : found[0]);
    at = KEY.lastIndex;
    if (text[at] === "=") return [path, at + 1];
    if (text[at] !== ".") {
      throw new BadExample(`= and a value are missing behind ${text.slice(start, at)}`, at);
    }
    at += 1;
  }
}

function readString(written, at) {
  try {
    return JSON.parse(written);
  } catch {
    throw new BadExample("a string is not as JSON has them", at);
  }
}

function readValue(text, at) {
  if ('"[{'.includes(text[at] ?? " ")) {
    try {
      return parseAt(text, at);
    } catch (error) {
      if (error instanceof BadJSON) throw new BadExample(error.message, error.at);
      throw error;
    }
  }
  BARE.lastIndex = at;
  const word = BARE.exec(text)?.[0];
  if (word === undefined) throw new BadExample('a value is missing; "" is the empty one', at);
  return [meaning(word), at + word.length];
}

function meaning(word) {
  if (WORDS.has(word)) return WORDS.get(word);
  return NUMBER.test(word) ? new RawNumber(word) : word;
}

function put(example, path, value, at) {
  const last = path.at(-1);
  let place = example;
  for (const key of path.slice(0, -1)) {
    if (!place.has(key)) place.set(key, new Entries());
    place = place.get(key);
    if (!(place instanceof Entries)) throw new BadExample(`${key} has a value already`, at);
  }
  if (place.has(last)) throw new BadExample(`${last} is given twice`, at);
  place.set(last, value);
}

// The shortest text that means the example.
export function show(example) {
  const parts = [];
  const walk = (entries, path) => {
    for (const [key, value] of entries.pairs) {
      const here = [...path, BARE_KEY.test(key) && !/^[[{]/.test(key) ? key : JSON.stringify(key)];
      if (value instanceof Entries && value.pairs.length) walk(value, here);
      else parts.push(`${here.join(".")}=${showValue(value)}`);
    }
  };
  walk(example, []);
  return parts.join(" ");
}

function showValue(value) {
  const bare = typeof value === "string" && BARE_VALUE.test(value) && meaning(value) === value;
  return bare ? value : write(value);
}

// The example whose only entry is that value at that path; a number in a path is an element.
export function fragment(path, value) {
  let result = value;
  for (const step of [...path].reverse()) {
    result = typeof step === "number" ? [result] : new Entries([[step, result]]);
  }
  // A body that is an array is looked through for its elements.
  return Array.isArray(result) ? result[0] : result;
}

// Whether the example asks for the fragment.
export function asks(example, piece) {
  if (piece instanceof Entries && example instanceof Entries) {
    return piece.pairs.every(([key, value]) => example.has(key) && asks(example.get(key), value));
  }
  if (Array.isArray(piece) && Array.isArray(example)) {
    return piece.every((each) => example.some((item) => asks(item, each)));
  }
  return same(example, piece);
}

// The example with the fragment in it, in place of another value where there is one.
export function include(example, piece) {
  if (piece instanceof Entries && example instanceof Entries) {
    const result = new Entries(example.pairs.map((pair) => [...pair]));
    for (const [key, value] of piece.pairs) {
      result.set(key, result.has(key) ? include(result.get(key), value) : value);
    }
    return result;
  }
  if (Array.isArray(piece) && Array.isArray(example)) return [...example, ...piece];
  return piece;
}

// The example without the fragment; what is empty without it goes, too.
export function exclude(example, piece) {
  if (piece instanceof Entries && example instanceof Entries) {
    const result = new Entries(example.pairs.map((pair) => [...pair]));
    for (const [key, value] of piece.pairs) {
      const rest = exclude(result.get(key), value);
      if (rest === undefined) result.delete(key);
      else result.set(key, rest);
    }
    return result.pairs.length ? result : undefined;
  }
  if (Array.isArray(piece) && Array.isArray(example)) {
    const rest = example.filter((item) => !piece.some((each) => asks(item, each)));
    return rest.length ? rest : undefined;
  }
  return undefined;
}
