// What the page asks the server. Errors are Failed, with a text to show.

import { write } from "./json.js";

export class Failed extends Error {}

// The server wants to know who asks.
export class KeyNeeded extends Failed {}

// Nobody answers, or nobody who can: the same may go well a little later.
export class Away extends Failed {}

const AWAY = [502, 503, 504];

const LINES = { Accept: "application/x-ndjson", "Content-Type": "application/json" };

async function ask(path, options) {
  let reply;
  try {
    reply = await fetch(new URL(path, document.baseURI), options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Away("The server does not answer.");
  }
  if (reply.ok) return reply;
  const problem = await reply.json().catch(() => ({}));
  throw new (kindOf(reply.status))(problem.detail ?? `The server answered ${reply.status}.`);
}

function kindOf(status) {
  if (status === 401) return KeyNeeded;
  return AWAY.includes(status) ? Away : Failed;
}

function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value);
  return new URLSearchParams(given).toString();
}

// One page of matches: calls `found(text)` for each incident as it comes, and waits for what it
// returns; returns what is next.
export async function find({ example, hash, since, until, after, limit }, found, signal) {
  const asked = query({ h: hash, since, until, after, limit });
  const reply = await ask(`find?${asked}`, hash
    ? { headers: { Accept: LINES.Accept }, signal }
    : { method: "POST", headers: LINES, body: write(example), signal });
  let next;
  for await (const line of lines(reply.body)) {
    if (line.startsWith('{"next": ')) next = JSON.parse(line).next;
    else await found(line);
  }
  return next;
}

// All that matches, as a file of that type; CSV of those fields.
export async function download({ example, hash, since, until, fields, type }, signal) {
  const asked = query({ h: hash, since, until, fields });
  const headers = { Accept: type };
  const reply = await ask(`find?${asked}`, hash
    ? { headers, signal }
    : { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: write(example), signal });
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

// Matches by time.
export async function timeline({ example, since, until, bins, seconds }, signal) {
  const reply = await ask(`timeline?${query({ since, until, bins, seconds })}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: write(example),
    signal,
  });
  return reply.json();
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
  await ask("login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ key }),
  });
}

// Returns when this browser has forgotten it.
export async function logOut() {
  await ask("logout", { method: "POST" });
}

// Follows matches from now on: `told(text)` for each, `skipped(count)`, `state(connected)`;
// `refused()` when the server does not take it back, or lets it listen no longer.
export function follow(example, { told, skipped, state, refused }) {
  const source = new EventSource(new URL(`tail?${query({ example: write(example) })}`, document.baseURI));
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
