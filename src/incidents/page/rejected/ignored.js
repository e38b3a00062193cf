// Names what Sentry's SDKs sent and is not stored: items that are no events.

import { metrics } from "../shared/api.js";
import { at } from "../shared/dom.js";

const ITEMS = /^incidents_sentry_items_total\{type="(\w+)"\} (\S+)$/gm;

let isNoted = false;

// Shows how many there were of each type, once a visit. Throws what `metrics` does.
export async function noteIgnored() {
  if (isNoted) return;
  const found = [...(await metrics()).matchAll(ITEMS)].map(([, type, count]) => [type, Number(count)]);
  const ignored = found.filter(([type, count]) => type !== "event" && count > 0);
  const named = ignored.map(([type, count]) => `${count.toLocaleString()} ${type}`).join(", ");
  at("ignored").textContent = `Of what Sentry SDKs send only events are stored. Not stored since the server started: ${named}.`;
  at("ignored").hidden = !ignored.length;
  isNoted = true;
}
