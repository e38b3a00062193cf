// A form for a channel: its kind, and the fields that the kind has. Secrets are written, never shown.

import { dialog } from "../shared/dialog.js";
import { at, make } from "../shared/dom.js";
import { channels, putChannel } from "./api.js";
import { Wrongs } from "./wrongs.js";

// Of each kind its fields: a name, what it is called, an example; lists have commas between.
const KINDS = {
  webhook: [["url", "Address", "https://ops.example/in"], ["secret", "Secret: the receiver verifies the signature with it", "whsec_…"], ["authorization", "Authorization header, if it wants one", "Bearer TOKEN"]],
  email: [["to", "To, with commas between", "ops@example.com"], ["from", "From, unless it is the server's own", ""]],
  slack: [["url", "Address of the incoming webhook", "https://hooks.slack.com/services/…"]],
  alertmanager: [["url", "Address", "http://127.0.0.1:9093"], ["authorization", "Authorization header, if it wants one", "Bearer TOKEN"]],
  apprise: [["urls", "Apprise URLs, with commas between", "ntfy://topic"]],
};
const LISTS = ["to", "urls"];
const SECRET_BYTES = 32;
const REDACTED = "[redacted]";

export class ChannelForm {
  // `changed()` is called when a channel is another; `locks(error)` asks for a key, if that is what the
  // error is about.
  constructor({ changed, locks }) {
    Object.assign(this, { changed, locks });
    this.dialog = dialog("channel", { closesBeside: false });
    at("channel-kind").append(...Object.keys(KINDS).map((kind) => make("option", { value: kind }, kind)));
    at("channel-kind").addEventListener("change", () => this.showKind({}));
    // No secret stays in the page.
    this.dialog.addEventListener("close", () => at("channel-fields").replaceChildren());
    at("channel-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  // Shows the form for a new channel, or for one that there is; `made(name)` is called when it is stored.
  open(known, made = () => {}) {
    Object.assign(this, { known, made });
    const [kind] = Object.keys(known?.channel ?? KINDS);
    at("channel-name").value = known?.name ?? "";
    at("channel-name").readOnly = Boolean(known);
    at("channel-kind").value = kind;
    at("channel-kind").disabled = Boolean(known);
    this.showKind(known?.channel[kind] ?? {});
    this.dialog.showModal();
  }

  showKind(fields) {
    const kind = at("channel-kind").value;
    at("channel-fields").replaceChildren(...KINDS[kind].map(([name, said, example]) => make(
      "div",
      { class: "of-form" },
      make("label", { for: `channel-${name}` }, said),
      make("input", { id: `channel-${name}`, type: "text", value: [fields[name] ?? fresh(name, this.known)].flat().join(", "), placeholder: example, spellcheck: "false", autocapitalize: "off", autocomplete: "off", "aria-describedby": `channel-${name}-wrong` }),
      make("p", { id: `channel-${name}-wrong`, class: "wrong", role: "alert" }),
    )));
    at("channel-secret-what").hidden = kind !== "webhook" || Boolean(this.known);
    at("channel-redacted").hidden = !Object.values(fields).includes(REDACTED);
    this.wrongs = new Wrongs("channel", ["name", ...KINDS[kind].map(([name]) => name)], this.locks);
    this.wrongs.clear();
  }

  // The channel that the form says; what it has no fields for stays as it is.
  object() {
    const kind = at("channel-kind").value;
    const before = this.known?.channel ?? {};
    const fields = { ...before[kind] };
    for (const [name] of KINDS[kind]) {
      const text = at(`channel-${name}`).value.trim();
      delete fields[name];
      if (text) fields[name] = LISTS.includes(name) && text !== REDACTED ? text.split(",").map((each) => each.trim()).filter(Boolean) : text;
    }
    return { ...before, [kind]: fields };
  }

  async submit() {
    const name = at("channel-name").value.trim();
    this.wrongs.clear();
    try {
      if (!this.known && (await channels()).some((each) => each.name === name)) {
        this.wrongs.say("name", "There is a channel of that name: choose another one, or edit that one.");
        return;
      }
      await putChannel(name, this.object());
    } catch (error) {
      this.wrongs.tell(error);
      return;
    }
    this.dialog.close();
    this.made(name);
    this.changed();
  }
}

// A new channel begins with a secret of its own, as Standard Webhooks writes them.
function fresh(name, known) {
  if (name !== "secret" || known) return "";
  return `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(SECRET_BYTES))))}`;
}
