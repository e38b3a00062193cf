// Channels, how each fares, and the dead letters: what could not be sent.

import { at, make } from "../shared/dom.js";
import { deleteChannel, sendAgain, testChannel } from "./api.js";
import { ruleLink, time } from "./states.js";
import { pressing } from "./trying.js";

// A line about a channel; `edit(channel)` opens its form.
export function channelLine(each, { edit, mayManage, changed, locks }) {
  const { name, channel } = each;
  const [kind] = Object.keys(channel);
  const said = make("p", { class: "wrong", role: "status" });
  const passed = make("p", { class: "sent", role: "status" });
  return make(
    "li",
    {},
    make("p", { class: "state-head" }, make("b", {}, name), make("span", { class: "badge" }, kind), make("span", { class: "target" }, targetOf(channel[kind]))),
    make("p", { class: "state-facts" }, ...fares(each)),
    mayManage ? actions(each, { edit, changed, locks, said, passed }) : undefined,
    passed,
    said,
  );
}

// Where it goes, if that is no secret.
function targetOf({ url, to }) {
  const target = to ?? url;
  return [target].flat().filter((each) => each && each !== "[redacted]").join(", ");
}

function fares({ failures, failing_since: since, last_error: why, last_sent_at: sent, pending, dead }) {
  const told = [];
  if (failures) told.push(make("span", { class: "wrong" }, "fails since ", time(since), `, ${failures} ${failures === 1 ? "time" : "times"}: ${why}`));
  else if (sent) told.push(make("span", { class: "sent" }, "works, sent last ", time(sent)));
  else told.push(make("span", {}, "nothing was sent yet"));
  if (pending) told.push(make("span", {}, `${pending.toLocaleString()} waiting`));
  if (dead) told.push(make("span", { class: "wrong" }, `${dead.toLocaleString()} ${dead === 1 ? "dead letter" : "dead letters"}`));
  return told;
}

function actions(each, { edit, changed, locks, said, passed }) {
  const { name } = each;
  const button = (verb, attributes = {}) => make("button", { type: "button", "aria-label": `${verb}: ${name}`, ...attributes }, verb);
  const test = async () => {
    passed.textContent = "";
    const { seconds } = await testChannel(name);
    passed.textContent = `The receiver took it, after ${seconds.toLocaleString()} s.`;
  };
  const remove = () => confirm(`Delete the channel ${name}? What waits for it is not sent.`) && deleteChannel(name).then(changed);
  return make(
    "div",
    { class: "line-actions" },
    pressing(button("Send a test"), test, { said, locks }),
    button("Edit", { onclick: () => edit(each) }),
    pressing(button("Delete"), remove, { said, locks }),
  );
}

// A line about a dead letter.
export function letterLine({ id, channel, rule, dead_at: dead, last_error: why, payload }, { ways, mayManage, changed, locks }) {
  const said = make("p", { class: "wrong", role: "status" });
  const title = payload.data.title ?? payload.type;
  const again = make("button", { type: "button", "aria-label": `Send again: ${title}` }, "Send again");
  return make(
    "li",
    {},
    make("p", { class: "state-head" }, make("span", { class: "badge firing" }, "not sent"), rule ? ruleLink(rule, ways, title) : make("span", {}, title)),
    make("p", { class: "state-facts" }, make("span", {}, "to ", make("b", {}, channel)), dead ? make("span", {}, "given up ", time(dead)) : undefined, make("span", { class: "wrong" }, why)),
    mayManage ? make("div", { class: "line-actions" }, pressing(again, () => sendAgain(id).then(changed), { said, locks })) : undefined,
    said,
  );
}

// Sends all of these again, one after the other; the first that cannot be ends it.
export async function sendAllAgain(letters) {
  for (const [n, { id }] of letters.entries()) {
    at("dead-said").textContent = `${n + 1} of ${letters.length}`;
    await sendAgain(id);
  }
  at("dead-said").textContent = "";
}
