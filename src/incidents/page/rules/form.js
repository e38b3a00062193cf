// "Tell me next time": a form that makes a rule of the query one looks at, changes one, and tries it.

import { Failed } from "../shared/api.js";
import { dialog } from "../shared/dialog.js";
import { at, make } from "../shared/dom.js";
import { short } from "../shared/time.js";
import { channels, putRule, rules, tryRule } from "./api.js";
import { nameFor, partsOf, ruleOf } from "./object.js";
import { time } from "./states.js";
import { Wrongs } from "./wrongs.js";

const FIELDS = ["name", "query", "when", "by", "quiet", "repeat", "channels", "title", "text"];
const WITHIN = { count: "5m", absent: "25h" };
const QUIET = "5m"; // of a condition without a time
const LINES_SHOWN = 8;

const value = (name) => at(`rule-${name}`).value;
const names = async () => new Set((await rules()).map(({ name }) => name));

export class RuleForm {
  // `channelForm` makes a channel; `saved(name)` is called when the rule is saved, `remove(rule)` deletes
  // it and says whether it did; `locks(error)` asks for a key, if that is what the error is about.
  constructor({ channelForm, saved, remove, locks }) {
    Object.assign(this, { channelForm, saved, remove });
    this.dialog = dialog("rule", { closesBeside: false });
    this.wrongs = new Wrongs("rule", FIELDS, locks);
    this.trial = new AbortController();
    at("rule-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    at("rule-kind").addEventListener("change", () => {
      at("rule-within").value = WITHIN[value("kind")] ?? "";
      this.showKind();
    });
    at("rule-within").addEventListener("input", () => this.showKind());
    at("rule-try").addEventListener("click", () => this.try());
    at("rule-delete").addEventListener("click", async () => (await this.remove(this.changed)) && this.dialog.close());
    at("rule-channel-new").addEventListener("click", () => this.channelForm.open(undefined, (name) => this.offer([...this.chosen(), name])));
    this.dialog.addEventListener("close", () => this.trial.abort());
  }

  // Shows the form for a new rule of a line. `called` is what its name is made of, else the line.
  async make({ query, called = query }) {
    this.changed = undefined;
    this.fill("", { query, when: "any" });
    await this.open(async () => {
      const taken = await names();
      if (!value("name") && called.trim()) at("rule-name").value = nameFor(called, taken);
    });
  }

  // Shows the form of a rule that there is.
  async change(rule) {
    this.changed = rule;
    this.fill(rule.name, rule.rule);
    await this.open(() => {});
  }

  async open(learn) {
    const isNew = !this.changed;
    at("rule-title-of-form").textContent = isNew ? "Tell me next time" : "Change the rule";
    at("rule-name").readOnly = !isNew;
    at("rule-delete").hidden = isNew;
    at("rule-tried").replaceChildren();
    at("rule-channels-list").replaceChildren();
    this.wrongs.clear();
    this.dialog.showModal();
    try {
      await Promise.all([learn(), this.offer(this.changed?.rule.channels ?? [])]);
    } catch (error) {
      this.wrongs.tell(error);
    }
  }

  fill(name, rule) {
    const parts = partsOf(rule.when);
    at("rule-name").value = name;
    at("rule-query").value = rule.query;
    at("rule-kind").value = parts.kind;
    at("rule-when").value = parts.number ?? "3";
    at("rule-within").value = parts.within ?? "";
    at("rule-by").value = (rule.by ?? []).join(", ");
    for (const each of ["quiet", "repeat", "title", "text"]) at(`rule-${each}`).value = rule[each] ?? "";
    at("rule-more").open = Boolean(rule.title || rule.text);
    this.showKind();
  }

  // The fields that the kind of condition has.
  showKind() {
    const kind = value("kind");
    at("rule-when-label").hidden = kind !== "count";
    at("rule-within-label").hidden = !(kind in WITHIN);
    at("rule-quiet-label").hidden = kind === "absent";
    at("rule-within").placeholder = WITHIN[kind] ?? "";
    at("rule-quiet").placeholder = kind === "count" ? value("within") : QUIET;
    at("rule-within-name").textContent = kind === "absent" ? "for" : "in";
  }

  // The channels that there are; these are chosen.
  async offer(chosen) {
    const known = (await channels()).map(({ name }) => name);
    const names = [...new Set([...known, ...chosen])];
    at("rule-channels-list").replaceChildren(...names.map((name) => make(
      "label",
      {},
      make("input", { type: "checkbox", name: "rule-channel", value: name, checked: chosen.includes(name) }),
      known.includes(name) ? ` ${name}` : ` ${name} (there is no such channel)`,
    )));
    at("rule-channels-none").hidden = names.length > 0;
  }

  chosen() {
    return [...document.querySelectorAll("[name=rule-channel]:checked")].map((each) => each.value);
  }

  // The rule that the form says.
  object() {
    const texts = Object.fromEntries(["query", "by", "quiet", "repeat", "title", "text"].map((name) => [name, value(name)]));
    const when = { kind: value("kind"), number: value("when"), within: value("within") };
    return ruleOf({ ...texts, when, channels: this.chosen() }, this.changed?.rule);
  }

  async submit() {
    this.wrongs.clear();
    const name = value("name").trim();
    at("rule-save").disabled = true;
    try {
      if (!this.changed && (await names()).has(name)) {
        this.wrongs.say("name", "There is a rule of that name: choose another one, or edit that one.");
        return;
      }
      await putRule(name, this.object());
    } catch (error) {
      this.wrongs.tell(error);
      return;
    } finally {
      at("rule-save").disabled = false;
    }
    this.dialog.close();
    this.saved(name);
  }

  // Says when the rule would have fired.
  async try() {
    this.wrongs.clear();
    this.trial.abort();
    this.trial = new AbortController();
    const { signal } = this.trial;
    at("rule-tried").replaceChildren("Looking…");
    try {
      const found = await tryRule(this.object(), value("since"), signal);
      at("rule-tried").replaceChildren(...tried(found));
    } catch (error) {
      if (signal.aborted) return;
      at("rule-tried").replaceChildren();
      if (!(error instanceof Failed)) throw error;
      this.wrongs.tell(error);
    }
  }
}

function tried({ history, matches, complete, until, not_followed: lost }) {
  const fired = history.filter(({ event }) => event === "firing").reverse();
  const times = fired.length === 1 ? "once" : `${fired.length.toLocaleString()} times`;
  const said = fired.length ? `It would have fired ${times}` : "It would not have fired";
  const reach = complete ? "" : ` Only what came until ${short(new Date(until))} was looked at: that took too long.`;
  const lines = fired.slice(0, LINES_SHOWN).map(({ at: when, title }) => make("li", {}, time(when), make("span", {}, title.replace(/^tried:? ?/, ""))));
  const rest = fired.length - lines.length;
  return [
    make("p", {}, `${said}; ${matches.toLocaleString()} ${matches === 1 ? "incident matches" : "incidents match"}.${lost ? ` ${lost.toLocaleString()} are of members beyond the limit.` : ""}${reach}`),
    make("ol", { class: "entries" }, ...lines, rest > 0 ? make("li", { class: "faint" }, `and ${rest.toLocaleString()} before`) : undefined),
  ];
}
