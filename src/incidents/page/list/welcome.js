// The first visit: nothing is stored yet.

import { at, copy, make } from "../shared/dom.js";

const BODY = '{"service": "billing", "level": "error", "message": "card declined"}';

function ways(origin) {
  return [
    ["curl", `curl ${origin}/problems \\\n  -H 'Content-Type: application/json' \\\n  -d '${BODY}'`],
    [
      "Alertmanager",
      `# alertmanager.yml\nroute:\n  receiver: incidents\nreceivers:\n  - name: incidents\n    webhook_configs:\n      - url: ${origin}/problems`,
    ],
    [
      "Python",
      `import json\nimport urllib.request\n\nreport = ${BODY}\nurllib.request.urlopen(urllib.request.Request(\n    "${origin}/problems",\n    json.dumps(report).encode(),\n    {"Content-Type": "application/json"},\n))`,
    ],
  ];
}

// Says what to do; the first incident takes its place.
export function welcome() {
  const origin = new URL(".", document.baseURI).href.replace(/\/$/, "");
  at("welcome").replaceChildren(
    make("h2", {}, "Nothing has gone wrong yet"),
    make("p", {}, "Anything that can post JSON can report here, any JSON. The first incident appears on this page by itself."),
    ...ways(origin).map(([name, text]) => {
      const button = make("button", { type: "button", "aria-label": `Copy the ${name} way` }, "Copy");
      button.addEventListener("click", () => copy(button, text));
      return make("article", {}, make("header", {}, make("h3", {}, name), button), make("pre", { tabindex: "0" }, text));
    }),
  );
  at("welcome").hidden = false;
}
