// Mutes: what is held back, until when and why; a form makes one.

import { dialog } from "../shared/dialog.js";
import { at, make } from "../shared/dom.js";
import { fromField } from "../shared/time.js";
import { deleteMute, heldBack, putMute } from "./api.js";
import { ruleLink, time } from "./states.js";
import { pressing, trying } from "./trying.js";
import { Wrongs } from "./wrongs.js";

const SHOWN = 100;
const UNITS = { h: 3_600_000, d: 86_400_000 };
const NAME_CHARACTERS_MAX = 40;

// A line about a mute.
export function muteLine(mute, { ways, mayManage, changed, locks }) {
  const { name, held_back: held, holding_back: holding, lasts, until } = mute;
  const said = make("p", { class: "wrong", role: "status" });
  const end = () => deleteMute(name).then(changed);
  return make(
    "li",
    { class: lasts ? "" : "over" },
    make("p", { class: "state-head" }, make("span", { class: "badge muted" }, lasts ? "muted" : "over"), make("span", {}, mute.mute.reason)),
    make("p", { class: "state-facts" }, make("code", {}, mute.mute.query), make("span", {}, ...ending(until, lasts)), make("span", { class: "faint" }, name)),
    held ? holdings(name, held, holding, { ways, locks }) : make("p", { class: "faint" }, "It held nothing back."),
    mayManage && lasts ? make("div", { class: "line-actions" }, pressing(make("button", { type: "button", "aria-label": `End ${name}` }, "End it"), end, { said, locks })) : undefined,
    said,
  );
}

const ending = (until, lasts) => (until === null ? ["for good"] : [lasts ? "until " : "ended ", time(until)]);

// What it held back, once one opens it.
function holdings(name, held, holding, { ways, locks }) {
  const list = make("ol", { class: "entries" });
  const said = make("p", { class: "wrong", role: "status" });
  const still = holding ? `, ${holding.toLocaleString()} of them still fire` : "";
  const details = make("details", {}, make("summary", {}, `held back ${held.toLocaleString()}${still}`), list, said);
  const load = async () => {
    const { history } = await heldBack(name, { limit: SHOWN });
    list.replaceChildren(...history.map(({ at: when, rule, title, event }) => make("li", {}, time(when), make("span", { class: "badge" }, event), ruleLink(rule, ways, title || rule))));
  };
  details.addEventListener("toggle", () => details.open && trying(load, { said, locks }));
  return details;
}

export class MuteForm {
  // `changed()` is called when there is another mute; `locks(error)` asks for a key, if that is what the
  // error is about.
  constructor({ changed, locks }) {
    this.changed = changed;
    this.wrongs = new Wrongs("rule-mute", ["query", "reason", "until"], locks);
    this.dialog = dialog("rule-mute", { closesBeside: false });
    at("rule-mute-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    at("rule-mute-until").addEventListener("change", () => this.showEnd());
  }

  // Shows the form for a query; the name of the mute is made of `about`.
  open(query, about = "mute") {
    this.about = about;
    at("rule-mute-form").reset();
    at("rule-mute-query").value = query;
    this.wrongs.clear();
    this.showEnd();
    this.dialog.showModal();
    at(query ? "rule-mute-reason" : "rule-mute-query").focus();
  }

  showEnd() {
    at("rule-mute-at-label").hidden = at("rule-mute-until").value !== "at";
  }

  async submit() {
    const object = { query: at("rule-mute-query").value, reason: at("rule-mute-reason").value, until: this.until() };
    this.wrongs.clear();
    try {
      await putMute(this.name(), object);
    } catch (error) {
      this.wrongs.tell(error);
      return;
    }
    this.dialog.close();
    this.changed();
  }

  // Two mutes of one rule have two names.
  name() {
    const stamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
    return `${this.about.slice(0, NAME_CHARACTERS_MAX)}-${stamp}`;
  }

  until() {
    const { value } = at("rule-mute-until");
    if (value === "never") return value;
    if (value === "at") return at("rule-mute-at").value && fromField(at("rule-mute-at").value).toISOString();
    return new Date(Date.now() + Number(value.slice(0, -1)) * UNITS[value.slice(-1)]).toISOString();
  }
}
