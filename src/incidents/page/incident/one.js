// One incident, whole.

import { at, copy, make } from "../shared/dom.js";
import { Entries, digitsKept, parse, write } from "../shared/json.js";
import { confirmation } from "./subscription.js";
import { summarize } from "../list/summary.js";
import { long } from "../shared/time.js";
import { tree } from "./tree.js";

// Headers that belong to a connection, not to what was sent; redacted ones cannot be sent again.
const NOT_SENT_AGAIN = /^(host|content-length|connection|transfer-encoding|accept-encoding|content-encoding|incidents-.*)$/i;

// Shows the incident of that JSON text. `asks`, `choose`, `anywhere`, `close` and `sameHash` are the
// page's.
export function showOne(text, { asks, choose, anywhere, close, sameHash, hrefOfHash }) {
  const whole = parse(text);
  const body = whole.get("body");
  const headers = whole.get("headers");
  const summary = summarize(digitsKept(text));
  const ask = (place) => ({
    chosen: (names, value) => asks({ names, place }, value),
    choose: (names, value, options) => choose({ names, place }, value, options),
    anywhere,
  });
  const id = write(whole.get("id"));
  const hash = whole.get("hash");
  const received = new Date(whole.get("received_at"));
  const copyButton = (name, what) => {
    const button = make("button", { type: "button" }, name);
    button.addEventListener("click", () => copy(button, what()));
    return button;
  };
  const sameLink = make("a", { class: "button", href: hrefOfHash(hash) }, "Same hash");
  sameLink.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    sameHash(hash);
  });
  at("one").setAttribute("aria-label", `Incident ${id}`);
  at("one").replaceChildren(
    make(
      "header",
      {},
      make("div", { class: "title" }, make("h2", {}, make("span", { class: `tone ${summary.tone}`, "aria-hidden": "true" }), summary.message), make("button", { type: "button", class: "close", "aria-label": "Close this incident", onclick: close }, "×")),
      make(
        "dl",
        {},
        make("div", {}, make("dt", {}, "Id"), make("dd", { class: "code" }, id)),
        make("div", {}, make("dt", {}, "Received"), make("dd", {}, make("time", { datetime: whole.get("received_at") }, long(received)))),
        make("div", {}, make("dt", {}, "Hash"), make("dd", { class: "code hash" }, hash)),
      ),
      make("div", { class: "actions" }, copyButton("Copy JSON", () => text), copyButton("Copy as curl", () => curl(body, headers, text)), sameLink, confirmation(body)),
    ),
    make("h3", {}, "Body"),
    make("div", { class: "tree" }, tree(body, ask("body"))),
    make("h3", {}, "Headers"),
    make("div", { class: "tree flat" }, tree(headers, ask("headers"))),
  );
}

// What a terminal acts on when it is pasted there: a DEL takes back what stands before it, the
// quote too, and a tab completes names.
const ACTED_ON = /[\t\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

// A tab stands between the parts of JSON alone, all else in its strings.
const escape = (one) => (one === "\t" ? " " : `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);

// A command for a shell that sends the same value, and what can be sent of the headers.
export function curl(body, headers, text) {
  const quote = (argument) => `'${argument.replaceAll("'", "'\\''")}'`;
  const sent = headers instanceof Entries ? headers.pairs : [];
  const again = sent.filter(([name, value]) => !NOT_SENT_AGAIN.test(name) && value !== "[redacted]");
  const lines = again.map(([name, value]) => `-H ${quote(`${name}: ${value}`.replace(ACTED_ON, " "))}`);
  return [`curl ${quote(new URL("problems", document.baseURI).href)}`, ...lines, `--data-binary ${quote((bodyOf(text) ?? write(body)).replace(ACTED_ON, escape))}`].join(" \\\n  ");
}

// The body as it was sent: the server writes it between these two names, as it is.
function bodyOf(text) {
  const start = text.indexOf('"body": ');
  const end = text.lastIndexOf(', "headers": ');
  return start < 0 || end < start ? undefined : text.slice(start + 8, end);
}
