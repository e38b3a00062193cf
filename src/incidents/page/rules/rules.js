// The rules: what fires now, every rule, the mutes, the channels, the dead letters; or one rule.

import { Failed } from "../shared/api.js";
import { at, make, refill } from "../shared/dom.js";
import { short } from "../shared/time.js";
import { channels, deadLetters, deleteRule, history, mutes, rule, rules } from "./api.js";
import { Bell } from "./bell.js";
import { ChannelForm } from "./channel-form.js";
import { channelLine, letterLine, sendAllAgain } from "./channels.js";
import { RuleForm } from "./form.js";
import { MuteForm, muteLine } from "./mutes.js";
import { lineToMute } from "./object.js";
import { RulePart } from "./rule.js";
import { ruleLink, stateLine, titleOf } from "./states.js";
import { pressing, trying } from "./trying.js";
import { Watch } from "./watch.js";

const LETTERS_SHOWN = 50;
const LATE_MS = 30_000; // the evaluation says at least every 5 s how far it has come
const ANEW_MS = 30_000;

export class Rules {
  // `href(changes)` and `go(changes)` are the address of this view and the way to it; `hrefOfQuery(line)`
  // and `hrefOfIncident(id)` lead to incidents; `line()` is the query line; `locks(error)` asks for a
  // key, if that is what the error is about.
  constructor({ href, hrefOfQuery, hrefOfIncident, go, line, locks }) {
    Object.assign(this, { locks });
    this.ways = { href, go, hrefOfQuery, hrefOfIncident };
    const changed = () => this.changed();
    this.bell = new Bell({ open: (name) => go({ rule: name }), turned: () => this.watching.look() });
    this.watching = new Watch({ bell: this.bell, told: () => this.told(), failed: (said) => this.say(said), locks });
    this.channelForm = new ChannelForm({ changed, locks });
    this.form = new RuleForm({ channelForm: this.channelForm, saved: (name) => this.saved(name), remove: (each) => this.remove(each), locks });
    this.muteForm = new MuteForm({ changed, locks });
    this.part = new RulePart(at("rule"), {
      ways: this.ways,
      edit: (each) => this.form.change(each),
      mute: ({ name }) => this.mute(name),
      remove: (each) => this.remove(each),
    });
    at("tell").addEventListener("click", () => this.form.make({ query: line() }));
    at("rule-new").addEventListener("click", () => this.form.make({ query: "" }));
    at("mute-new").addEventListener("click", () => this.muteForm.open(line()));
    at("channel-new").addEventListener("click", () => this.channelForm.open());
    pressing(at("dead-all"), () => sendAllAgain(this.letters).then(changed), { said: at("dead-said"), locks });
  }

  // Shows the rules, or one of them, in place of everything else; or no longer.
  show(view) {
    const isOther = this.view?.rule !== view?.rule;
    this.view = view || undefined;
    at("rules").hidden = !view;
    at("rules-all").hidden = !view || Boolean(view.rule);
    at("rule").hidden = !view?.rule;
    this.asking?.abort();
    if (!view) return;
    if (isOther) this.part.clear();
    this.watching.seen();
    this.loaded = undefined;
    if (this.watching.isWatching) this.watching.look();
    else this.watch();
  }

  // From now on it is asked what fires.
  watch() {
    this.watching.start();
  }

  // A form for a rule about a group.
  tellOf({ id, title }) {
    this.form.make({ query: `group=${id}`, called: title });
  }

  // All lines anew, as times are in another zone.
  redraw() {
    for (const list of at("rules").querySelectorAll("ol")) list.replaceChildren();
    this.part.text = undefined;
    this.loaded = undefined;
    this.told();
  }

  // There is an answer what fires: the rest is asked where it may be another.
  async told() {
    const { now, mayManage } = this.watching;
    if (!now) return;
    const { rules_firing: firing } = now;
    at("firing-count").textContent = firing ? firing.toLocaleString() : "";
    at("firing-count").hidden = !firing;
    this.offer(mayManage);
    if (!this.view) return;
    this.sum(now);
    const text = JSON.stringify([now.rules, now.firing, now.pending, now.states]);
    if (text === this.loaded && Date.now() - this.loadedAt < ANEW_MS) return;
    Object.assign(this, { loaded: text, loadedAt: Date.now() });
    await this.load();
  }

  // What needs the scope `manage` is offered to those who have it.
  offer(mayManage) {
    if (this.offered === mayManage) return;
    this.offered = mayManage;
    for (const id of ["tell", "rule-new", "mute-new", "channel-new"]) at(id).hidden = !mayManage;
    document.body.classList.toggle("may-manage", mayManage);
    for (const list of at("rules-all").querySelectorAll("ol")) list.replaceChildren();
  }

  // How many fire, and whether the rules are evaluated at all.
  sum({ rules_firing: firing, firing: members, pending, rules: count, evaluated_until: until, now }) {
    const late = until && new Date(now) - new Date(until) > LATE_MS;
    const fire = firing === 1 ? "1 rule fires" : `${firing.toLocaleString()} rules fire`;
    at("rules-sum").textContent = count ? `${firing ? fire : "Nothing fires"}${members > firing ? `, for ${members.toLocaleString()} members` : ""}${pending ? `; ${pending.toLocaleString()} pending` : ""}.` : "";
    at("rules-until").textContent = until && !late ? `Evaluated up to ${short(new Date(until))}.` : "";
    this.say(late ? `Rules are evaluated up to ${short(new Date(until))} only: nobody is told of what came since. The log of the server says why.` : "");
  }

  say(text) {
    at("rules-wrong").textContent = text;
  }

  async load() {
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      if (this.view.rule) await this.loadOne(this.view.rule, signal);
      else await this.loadAll(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.loaded = undefined;
      if (!(error instanceof Failed)) throw error;
      if (!this.locks(error)) this.say(error.message);
    }
  }

  async loadOne(name, signal) {
    const [one, did] = await Promise.all([rule(name, signal), history(name, signal)]);
    this.part.show({ rule: one, history: did, mayManage: this.watching.mayManage });
  }

  async loadAll(signal) {
    const [all, muted, ways, dead] = await Promise.all([rules(signal), mutes(signal), channels(signal), deadLetters({ limit: LETTERS_SHOWN }, signal)]);
    this.letters = dead.notifications;
    const named = new Map(all.map((each) => [each.name, each]));
    const options = { ways: this.ways, mayManage: this.watching.mayManage, changed: () => this.changed(), locks: this.locks };
    const states = this.watching.now.states.map((state) => ({ ...state, is: named.get(state.rule)?.rule }));
    refill(at("firing-list"), states, ({ rule: of, by }) => JSON.stringify([of, by]), (state) => this.state(state));
    refill(at("rules-list"), all, ({ name }) => name, (each) => this.line(each));
    refill(at("mutes-list"), muted, ({ name }) => name, (each) => muteLine(each, options));
    refill(at("channels-list"), ways, ({ name }) => name, (each) => channelLine(each, { ...options, edit: (one) => this.channelForm.open(one) }));
    refill(at("dead-list"), this.letters, ({ id }) => String(id), (each) => letterLine(each, options));
    at("firing-part").hidden = !states.length;
    at("firing-more").hidden = states.length >= this.watching.now.firing + this.watching.now.pending;
    at("dead-part").hidden = !this.letters.length;
    at("dead-more").hidden = dead.next === null;
    at("dead-all").hidden = !this.watching.mayManage;
    for (const [id, items] of [["rules-none", all], ["mutes-none", muted], ["channels-none", ways]]) at(id).hidden = items.length > 0;
  }

  state(state) {
    const mute = () => this.mute(state.rule, state.by);
    const actions = this.watching.mayManage ? [make("button", { type: "button", "aria-label": `Mute ${titleOf(state)}`, onclick: mute }, "Mute")] : [];
    return stateLine(state, state.is, { title: ruleLink(state.rule, this.ways, titleOf(state)), ways: this.ways, actions });
  }

  line(each) {
    const { name, rule: said, firing, pending, muted, applied } = each;
    const counts = [["firing", firing], ["pending", pending], ["muted", muted]].filter(([, count]) => count);
    const badges = counts.map(([kind, count]) => make("span", { class: `badge ${kind}` }, `${count.toLocaleString()} ${kind}`));
    const more = [said.by?.length && `by ${said.by.join(", ")}`, said.channels?.length ? `tells ${said.channels.join(", ")}` : "tells nobody"].filter(Boolean);
    const edit = () => this.form.change(each);
    return make(
      "li",
      {},
      make("p", { class: "state-head" }, ...badges, ruleLink(name, this.ways, name), applied ? undefined : make("span", { class: "wrong" }, "not evaluated yet")),
      make("p", { class: "state-facts" }, make("code", {}, said.query || "(everything)"), make("span", {}, said.when), ...more.map((text) => make("span", {}, text))),
      this.watching.mayManage ? make("div", { class: "line-actions" }, make("button", { type: "button", "aria-label": `Edit ${name}`, onclick: edit }, "Edit")) : undefined,
    );
  }

  // A form for a mute of a rule, or of one of its members.
  mute(name, by) {
    this.muteForm.open(lineToMute(name, by), name);
  }

  // Something was changed here: what is shown is asked anew.
  async changed() {
    this.loaded = undefined;
    await this.watching.look();
  }

  // A rule was made or changed: it is shown. Without a name, all are.
  saved(name) {
    this.ways.go({ rule: name });
    this.changed();
  }

  async remove({ name }) {
    if (!confirm(`Delete the rule ${name}? What it has firing is resolved.`)) return false;
    const done = await trying(() => deleteRule(name), { said: at("rules-wrong"), locks: this.locks });
    if (done) this.saved("");
    return done;
  }
}
