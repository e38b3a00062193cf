// What one does with a group: resolve it, mute it for a time, and take that back.

import { Failed, changeGroup } from "../shared/api.js";
import { dialog } from "../shared/dialog.js";
import { at, make } from "../shared/dom.js";

const MUTES = [["1h", "An hour"], ["24h", "A day"], ["7d", "A week"], ["", "For good"]];
const VERBS = {
  open: [["resolve", "Resolve"], ["mute", "Mute"]],
  back: [["resolve", "Resolve"], ["mute", "Mute"]],
  muted: [["unmute", "Unmute"]],
  resolved: [["reopen", "Reopen"]],
};

let muting; // what the dialog is about
const muteDialog = dialog("mute");
at("mute-times").append(...MUTES.map(([until, name], n) => make("label", {}, make("input", { type: "radio", name: "mute-until", value: until, checked: n === 1 }), ` ${name}`)));
at("mute-form").addEventListener("submit", () => {
  const until = document.querySelector("[name=mute-until]:checked").value;
  muting({ until: until || undefined, reason: at("mute-reason").value.trim() || undefined });
});

// The buttons of a group; `changed({state, …})` is called when it is another, `tell(group)` makes a rule
// about it.
export function actions(group, { changed, tell, locks }) {
  const said = make("span", { class: "wrong", role: "status" });
  const change = async (verb, details) => {
    try {
      changed(await changeGroup(group.id, verb, details));
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      if (!locks(error)) said.textContent = error.message;
    }
  };
  const buttons = (VERBS[group.state] ?? []).map(([verb, name]) => make(
    "button",
    { type: "button", "aria-label": `${name}: ${group.title}`, onclick: () => (verb === "mute" ? ask((details) => change(verb, details)) : change(verb, {})) },
    name,
  ));
  const rule = make("button", { type: "button", class: "tell", "aria-label": `Tell me: ${group.title}`, "aria-haspopup": "dialog", onclick: () => tell(group) }, "Tell me");
  return make("span", { class: "group-actions" }, ...buttons, rule, said);
}

function ask(then) {
  muting = then;
  at("mute-reason").value = "";
  muteDialog.showModal();
}
