// What the page asks the server about rules, mutes, channels and notifications.

import { ask, query, sending } from "../shared/api.js";

const LINES_MAX = 1000;

const of = (kind, name, ...more) => [kind, encodeURIComponent(name), ...more].join("/");

const answer = async (path, options) => (await ask(path, options)).json();

// What is wrong now, and the scope of who asks, null where no key is needed.
export async function firing(signal) {
  const reply = await ask("firing", { signal });
  return { ...(await reply.json()), scope: reply.headers.get("Incidents-Scope") };
}

export const rules = async (signal) => (await answer("rules", { signal })).rules;
export const rule = (name, signal) => answer(of("rules", name), { signal });

// All that a rule did, as far as it is kept: two pages, mostly one.
export async function history(name, signal) {
  const page = (after) => answer(`${of("rules", name, "history")}?${query({ limit: LINES_MAX, after })}`, { signal });
  const first = await page();
  return first.next ? [...first.history, ...(await page(first.next)).history] : first.history;
}

export const putRule = (name, object) => answer(of("rules", name), sending("PUT", object));
export const deleteRule = (name) => ask(of("rules", name), { method: "DELETE" });
export const tryRule = (rule, since, signal) => answer("rules/try", { ...sending("POST", { rule, since }), signal });

export const mutes = async (signal) => (await answer("mutes", { signal })).mutes;
export const heldBack = (name, { limit }) => answer(`${of("mutes", name, "history")}?${query({ limit })}`);
export const putMute = (name, object) => answer(of("mutes", name), sending("PUT", object));
export const deleteMute = (name) => ask(of("mutes", name), { method: "DELETE" });

export const channels = async (signal) => (await answer("channels", { signal })).channels;
export const putChannel = (name, object) => answer(of("channels", name), sending("PUT", object));
export const deleteChannel = (name) => ask(of("channels", name), { method: "DELETE" });
export const testChannel = (name) => answer(of("channels", name, "test"), { method: "POST" });

// A page of the dead letters.
export const deadLetters = ({ limit, after }, signal) => answer(`notifications?${query({ state: "dead", limit, after })}`, { signal });
export const sendAgain = (id) => answer(of("notifications", id, "retry"), { method: "POST" });
