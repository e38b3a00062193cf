// What AWS SNS sends before anything else: a question that somebody must answer.

import { make } from "../shared/dom.js";
import { Entries } from "../shared/json.js";

const HOSTS = ".amazonaws.com";

// A link that confirms the subscription, where the body asks for it; else undefined. The reader's
// browser opens it: the server asks nobody, whatever a report says.
export function confirmation(body) {
  if (!(body instanceof Entries) || body.get("Type") !== "SubscriptionConfirmation") return undefined;
  const url = amazons(body.get("SubscribeURL"));
  return url && make("a", { class: "button", href: url.href, target: "_blank", rel: "noopener noreferrer", title: `Opens ${url.hostname}` }, "Confirm the subscription");
}

function amazons(text) {
  if (typeof text !== "string" || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const plain = url.protocol === "https:" && !url.port && !url.username && !url.password;
  return plain && url.hostname.endsWith(HOSTS) ? url : undefined;
}
