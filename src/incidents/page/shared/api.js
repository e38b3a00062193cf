// What the page asks the server. Errors are Failed, with a text to show.

import { parse } from "./json.js";

export class Failed extends Error {
  // `parameter` is the place in the request that is wrong, where there is one.
  constructor(message, { parameter } = {}) {
    super(message);
    this.parameter = parameter;
  }
}

// The query line is wrong: `position` is where, `suggestion` perhaps a line that was meant.
export class BadLine extends Failed {
  constructor(message, { position, suggestion }) {
    super(message.replace(/^q: position \d+: /, ""));
    Object.assign(this, { position, suggestion });
  }
}

// The server wants to know who asks.
export class KeyNeeded extends Failed {}

// Nobody answers, or nobody who can: the same may go well a little later.
export class Away extends Failed {}

const AWAY = [502, 503, 504];

const LINES = "application/x-ndjson";
const SERIES = 6; // as many as there are colors

// The answer of the server, if it is a good one. Throws Failed.
export async function ask(path, options) {
  let reply;
  try {
    reply = await fetch(new URL(path, document.baseURI), options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Away("The server does not answer.");
  }
  if (reply.ok) return reply;
  const problem = await reply.json().catch(() => ({}));
  throw new (kindOf(reply.status, problem))(problem.detail ?? `The server answered ${reply.status}.`, problem);
}

function kindOf(status, { position }) {
  if (status === 401) return KeyNeeded;
  if (position !== undefined) return BadLine;
  return AWAY.includes(status) ? Away : Failed;
}

// The options of a request that sends a value as JSON.
export const sending = (method, value) => ({
  method,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(value),
});

export function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value);
  return new URLSearchParams(given).toString();
}

// How the server understands a query line: its normal form, and its terms with their trees, as JSON
// was written.
export async function understand(q, signal) {
  const reply = await ask(`query?${new URLSearchParams({ q })}`, { signal });
  const whole = parse(await reply.text());
  return { query: whole.get("query"), terms: whole.get("terms"), tree: whole.get("tree") };
}

// One page of matches: calls `found(text)` for each incident as it comes, and waits for what it
// returns; returns what is next, and `hints` where nothing matches.
export async function find({ q, since, until, after, limit }, found, signal) {
  const reply = await ask(`find?${query({ since, until, after, limit })}&${new URLSearchParams({ q })}`, { headers: { Accept: LINES }, signal });
  let end = {};
  for await (const line of lines(reply.body)) {
    if (line.startsWith('{"next": ')) end = JSON.parse(line);
    else await found(line);
  }
  return end;
}

// Whether nothing is stored at all; not, where the server does not say.
export async function isEmpty(signal) {
  let none = true;
  const found = () => {
    none = false;
  };
  await find({ q: "", limit: 1 }, found, signal).catch(found);
  return none && !signal.aborted;
}

// All that matches, as a file of that type; CSV of those fields.
export async function download({ q, since, until, fields, type }, signal) {
  const reply = await ask(`find?${query({ since, until, fields })}&${new URLSearchParams({ q })}`, { headers: { Accept: type }, signal });
  try {
    return await reply.blob();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Away("The download broke off.");
  }
}

async function* lines(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    yield* parts;
  }
  if (rest) yield rest;
}

// Whether the server deletes what is too old, and why not.
export async function retention() {
  const reply = await ask("retention");
  return reply.json();
}

// What the server counted since it started, in Prometheus's text format.
export async function metrics() {
  const reply = await ask("metrics");
  return reply.text();
}

// The JSON text of one incident.
export async function one(id, signal) {
  const reply = await ask(`incidents/${encodeURIComponent(id)}`, { signal });
  return reply.text();
}

// Matches by time; with `by`, those of each value of that field, too: each as json.js has them.
export async function timeline({ q, since, until, bins, seconds, by }, signal) {
  const reply = await ask(`timeline?${query({ q, since, until, bins, seconds, by, limit: by && SERIES })}`, { signal });
  return withExact(await reply.text(), "series");
}

// The fields among the matches.
export async function fields({ q, since, until, seconds }, signal) {
  const reply = await ask(`fields?${query({ q, since, until, seconds })}`, { signal });
  return reply.json();
}

// The most frequent values of a field among the matches; each as json.js has them.
export async function values({ q, since, until, field, limit, seconds }, signal) {
  const reply = await ask(`values?${query({ q, since, until, field, limit, seconds })}`, { signal });
  return withExact(await reply.text(), "values");
}

// A JSON object; each `value` in that array keeps its digits.
function withExact(text, name) {
  const found = JSON.parse(text);
  const exact = found[name] && parse(text).get(name);
  exact?.forEach((each, n) => Object.assign(found[name][n], { value: each.get("value") }));
  return found;
}

// A page of the groups of the matches.
export async function groups({ q, since, until, sort, state, limit, after }, signal) {
  const reply = await ask(`groups?${query({ q, since, until, sort, state, limit, after })}`, { signal });
  return reply.json();
}

// Changes the state of a group: resolve, reopen, mute or unmute. Returns what it is now.
export async function changeGroup(id, verb, details) {
  const reply = await ask(`groups/${encodeURIComponent(id)}/${verb}`, sending("POST", details));
  return reply.json();
}

// The saved queries, by name.
export async function savedQueries() {
  const reply = await ask("queries");
  return (await reply.json()).queries;
}

export async function savedQuery(name, signal) {
  const reply = await ask(`queries/${encodeURIComponent(name)}`, { signal });
  return reply.json();
}

// Returns when the line has that name, for everybody.
export async function saveQuery(name, line) {
  await ask(`queries/${encodeURIComponent(name)}`, sending("PUT", { query: line }));
}

export async function deleteQuery(name) {
  await ask(`queries/${encodeURIComponent(name)}`, { method: "DELETE" });
}

// A page of the rejected reports, and the scope of who asks, null where no key is needed.
export async function rejected({ limit, after }, signal) {
  const reply = await ask(`rejected?${query({ limit, after })}`, { signal });
  return { ...(await reply.json()), scope: reply.headers.get("Incidents-Scope") };
}

// The id of the incident that a rejected report was stored as.
export async function storeRejected(id) {
  const reply = await ask(`rejected/${encodeURIComponent(id)}/store`, { method: "POST" });
  return reply.headers.get("Location").split("/").pop();
}

// Returns when this browser has a cookie in the place of the key.
export async function logIn(key) {
  await ask("login", sending("POST", { key }));
}

// Returns when this browser has forgotten it.
export async function logOut() {
  await ask("logout", { method: "POST" });
}

// Follows matches from now on: `told(text)` for each, `skipped(count)`, `state(connected)`;
// `refused()` when the server does not take it back, or lets it listen no longer.
export function follow(q, { told, skipped, state, refused }) {
  const source = new EventSource(new URL(`tail?${query({ q })}`, document.baseURI));
  source.addEventListener("open", () => state(true));
  source.addEventListener("error", () => {
    state(false);
    if (source.readyState === EventSource.CLOSED) refused();
  });
  source.addEventListener("end", () => {
    source.close();
    state(false);
    refused();
  });
  source.addEventListener("message", (event) => told(event.data));
  source.addEventListener("skipped", (event) => skipped(JSON.parse(event.data).skipped));
  return source;
}
