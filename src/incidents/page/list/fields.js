// Columns by name, as the terminal and CSV have them (core/fields.py): `received`, or a path.

const NAME = /("(?:[^"\\]|\\.)*"|[^".]+)(?:\.|$)/y;
const FIELD = /((?:"(?:[^"\\]|\\.)*"|[^",])+)(?:,|$)/y;
const OF_SUMMARY = ["level", "service", "message"];
const FIELDS_MAX = 20;
const NAMES_MAX = 8;

export class BadFields extends Error {}

export class Field {
  constructor(name) {
    this.name = name;
    this.path = pieces(NAME, name, ".").map(unquoted);
    if (this.path.length > NAMES_MAX) throw new BadFields(`A path has at most ${NAMES_MAX} names.`);
  }

  // Its text in an incident with that summary, empty where there is none.
  of(incident, summary) {
    if (OF_SUMMARY.includes(this.name)) return summary[this.name] ?? "";
    if (this.name === "id" || this.name === "hash") return String(incident[this.name]);
    const values = this.values(incident);
    if (values.length > 1) return JSON.stringify(values);
    return values.length ? shown(values[0]) : "";
  }

  values({ headers, body }) {
    const [place, ...inner] = this.path;
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const inHeaders = (names) => within(lower, names.map((name) => name.toLowerCase()));
    if (place === "headers") return inner.length ? inHeaders(inner) : [headers];
    if (place === "body") return within(body, inner);
    return [...inHeaders(this.path), ...within(body, this.path)];
  }
}

// The fields that a text names, with commas between; none where it is empty. Throws BadFields.
export function readFields(text) {
  const names = pieces(FIELD, text, ",").map((name) => name.trim());
  if (names.length > FIELDS_MAX) throw new BadFields(`At most ${FIELDS_MAX} columns can be shown.`);
  return names.map((name) => new Field(name));
}

function pieces(pattern, text, separator) {
  const found = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match || !match[1].trim()) throw new BadFields(`A name is missing, or not whole, behind “${text.slice(0, at)}”.`);
    found.push(match[1]);
  }
  if (text.endsWith(separator)) throw new BadFields(`A name is missing behind the last “${separator}”.`);
  return found;
}

function unquoted(name) {
  if (!name.startsWith('"')) return name;
  try {
    return JSON.parse(name);
  } catch {
    throw new BadFields(`${name} is no string as JSON has them.`);
  }
}

// What stands there: `a.b` is the key `b` in `a`, and the key that is spelt `a.b`.
function within(value, names) {
  if (!names.length) return [value];
  if (Array.isArray(value)) return value.flatMap((each) => within(each, names));
  if (typeof value !== "object" || value === null) return [];
  return names.flatMap((_, n) => {
    const key = names.slice(0, n + 1).join(".");
    return Object.hasOwn(value, key) ? within(value[key], names.slice(n + 1)) : [];
  });
}

const shown = (value) => (typeof value === "string" ? value : JSON.stringify(value));
