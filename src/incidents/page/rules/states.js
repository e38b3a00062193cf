// A member of a rule: whether it fires, since when, how often it matched, who was told.

import { link, make } from "../shared/dom.js";
import { long, short } from "../shared/time.js";
import { memberLine, memberText } from "./object.js";

const IDS_SHOWN = 5;

// A line about a state. `title` is what stands first, `ways` leads from it to what it is about.
export function stateLine(state, rule, { title, ways, actions = [] }) {
  const told = toldOf(state, rule);
  const mute = state.muted_by && make("span", { class: "badge muted" }, `muted by ${state.muted_by}`);
  return make(
    "li",
    { class: `state ${state.status}` },
    make("p", { class: "state-head" }, make("span", { class: `badge ${state.status}` }, state.status), mute, title),
    make("p", { class: "state-facts" }, ...factsOf(state, title.textContent), ...found(state, rule, ways)),
    told.length ? make("p", { class: "told" }, ...told) : undefined,
    actions.length ? make("div", { class: "line-actions" }, ...actions) : undefined,
  );
}

// What fires has its title; what only pends, or is heard, is called by its rule.
export const titleOf = (state) => (state.status === "firing" && state.title) || state.rule || memberText(state.by) || "all together";

// What the title does not say.
function factsOf({ rule, by, count, since, last, status }, title) {
  const values = memberText(by);
  return [
    rule && !title.startsWith(rule) && make("span", {}, rule),
    values && title !== values && make("code", {}, values),
    status !== "heard" && make("span", {}, `${count.toLocaleString()} ${count === 1 ? "match" : "matches"}`),
    since && make("span", {}, "since ", time(since)),
    last && make("span", {}, "newest ", time(last)),
  ].filter(Boolean);
}

// The ways to the incidents: all of them by the query, the newest by their ids.
function found({ by, incidents }, rule, { hrefOfQuery, hrefOfIncident }) {
  if (!rule) return [];
  const ids = incidents.slice(0, IDS_SHOWN).map((id) => make("a", { href: hrefOfIncident(id) }, `#${id}`));
  return [make("span", { class: "ways" }, make("a", { href: hrefOfQuery(memberLine(rule, by)) }, "all its incidents"), ...ids)];
}

// Who was told, and what became of it.
function toldOf({ status, channels, muted_by: mute }, rule) {
  if (status !== "firing") return [];
  if (channels.length) return channels.map(toldBy);
  return !mute && rule && !rule.channels?.length ? [make("span", {}, "It has no channels: nobody is told.")] : [];
}

function toldBy({ channel, state, attempts, sent_at: sent, last_error: why }) {
  const name = make("b", {}, channel);
  if (state === "sent") return make("span", { class: "sent" }, name, " was told ", time(sent), attempts > 1 ? `, at attempt ${attempts}` : "");
  if (state === "dead") return make("span", { class: "wrong" }, name, ` was not told: ${why}`);
  if (!attempts) return make("span", {}, name, " is being told");
  return make("span", { class: "wrong" }, name, ` is not told yet, ${attempts} ${attempts === 1 ? "attempt" : "attempts"}: ${why}`);
}

export function time(text) {
  const date = new Date(text);
  return make("time", { datetime: text, title: long(date) }, short(date));
}

// The name of a rule, that opens it.
export const ruleLink = (name, { href, go }, ...children) => link({ href: href({ rule: name }) }, () => go({ rule: name }), ...children);
