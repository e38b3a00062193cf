// JSON as it was written: the digits of numbers, the order of keys and duplicates stay.
//
// A value is null, true, false, a string, a RawNumber, an array, or an Entries (an object).

export class RawNumber {
  constructor(text) {
    this.text = text;
  }
}

// An object: a list of [key, value] pairs, in the order in which they stand.
export class Entries {
  constructor(pairs = []) {
    this.pairs = pairs;
  }

  // As jsonb has it: of duplicates, the last counts.
  get(key) {
    return this.pairs.findLast(([name]) => name === key)?.[1];
  }

  has(key) {
    return this.pairs.some(([name]) => name === key);
  }

  set(key, value) {
    const pair = this.pairs.findLast(([name]) => name === key);
    if (pair) pair[1] = value;
    else this.pairs.push([key, value]);
  }

  delete(key) {
    this.pairs = this.pairs.filter(([name]) => name !== key);
  }
}

export class BadJSON extends Error {
  constructor(message, at) {
    super(message);
    this.at = at;
  }
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORDS = { null: null, true: true, false: false };
const LEVELS_MAX = 400;
// A double keeps 15 digits, whatever they are.
const ROUNDED = /\d[\d.]{15}/;

// The value of a JSON text. Throws BadJSON, which says where.
export function parse(text) {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.space();
  if (reader.at < text.length) reader.fail("there is more behind the end");
  return value;
}

// The value at the beginning of a text, and where it ends.
export function parseAt(text, at) {
  const reader = new Reader(text);
  reader.at = at;
  return [reader.value(0), reader.at];
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  fail(message) {
    throw new BadJSON(message, this.at);
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found?.[0];
  }

  space() {
    this.match(SPACE);
    return this.text[this.at];
  }

  string() {
    const found = this.match(STRING);
    if (found === undefined) this.fail("a string is not whole");
    return JSON.parse(found);
  }

  value(level) {
    if (level > LEVELS_MAX) this.fail("it is nested too deep");
    const next = this.space();
    if (next === "{") return this.object(level);
    if (next === "[") return this.array(level);
    if (next === '"') return this.string();
    for (const word of Object.keys(WORDS)) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return WORDS[word];
      }
    }
    const number = this.match(NUMBER);
    if (number !== undefined) return new RawNumber(number);
    return this.fail(next === undefined ? "something is missing at the end" : `“${next}” is no JSON`);
  }

  array(level) {
    const items = [];
    this.list("]", () => items.push(this.value(level + 1)));
    return items;
  }

  object(level) {
    const entries = new Entries();
    this.list("}", () => {
      if (this.space() !== '"') this.fail("a key in double quotes is needed");
      const key = this.string();
      if (this.space() !== ":") this.fail("a colon is needed behind the key");
      this.at += 1;
      entries.pairs.push([key, this.value(level + 1)]);
    });
    return entries;
  }

  list(end, item) {
    this.at += 1;
    if (this.space() === end) {
      this.at += 1;
      return;
    }
    for (;;) {
      item();
      const next = this.space();
      if (next !== "," && next !== end) this.fail(`a comma or ${end} is needed`);
      this.at += 1;
      if (next === end) return;
      this.space();
    }
  }
}

// As JSON.parse, but a number that a double would round is the text of its digits.
export function digitsKept(text) {
  return ROUNDED.test(text) ? plain(parse(text)) : JSON.parse(text);
}

function plain(value) {
  if (value instanceof RawNumber) return ROUNDED.test(value.text) ? value.text : Number(value.text);
  if (value instanceof Entries) return Object.fromEntries(value.pairs.map(([key, each]) => [key, plain(each)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

// The JSON text of a value; with `indent`, over several lines.
export function write(value, indent = "", lead = "") {
  const inner = lead + indent;
  const [open, line, close] = indent ? [`\n${inner}`, `,\n${inner}`, `\n${lead}`] : ["", ", ", ""];
  if (value instanceof RawNumber) return value.text;
  if (value instanceof Entries) {
    const pairs = value.pairs.map(([k, v]) => `${JSON.stringify(k)}: ${write(v, indent, inner)}`);
    return pairs.length ? `{${open}${pairs.join(line)}${close}}` : "{}";
  }
  if (Array.isArray(value)) {
    const items = value.map((each) => write(each, indent, inner));
    return items.length ? `[${open}${items.join(line)}${close}]` : "[]";
  }
  return JSON.stringify(value);
}

// Whether two values are the same to PostgreSQL, as far as a page can say.
export function same(one, other) {
  if (one instanceof RawNumber && other instanceof RawNumber) {
    return one.text === other.text || (Number(one.text) === Number(other.text) && short(one, other));
  }
  if (one instanceof Entries && other instanceof Entries) {
    const keys = (entries) => new Set(entries.pairs.map(([key]) => key));
    return (
      keys(one).size === keys(other).size &&
      [...keys(one)].every((key) => other.has(key) && same(one.get(key), other.get(key)))
    );
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each, n) => same(each, other[n]));
  }
  return one === other;
}

// Up to 15 digits a double tells two numbers apart.
const short = (...numbers) => numbers.every((each) => each.text.replace(/\D/g, "").length <= 15);
