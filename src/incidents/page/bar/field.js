// The field: says what its text means as one types, or what is wrong.

import { at, make } from "../shared/dom.js";
import { BadExample, read } from "./example.js";
import { Entries, write } from "../shared/json.js";

const HASH = /^hash [0-9a-f]{64}$/i;
const BEFORE_SHOWN = 24; // characters

// The example that the field means, undefined when it means none.
export function readField() {
  const text = at("field").value;
  try {
    const example = HASH.test(text) ? new Entries() : read(text);
    say(...(example.pairs.length ? [make("span", { class: "unseen" }, "This means "), make("code", {}, write(example))] : []));
    at("field").removeAttribute("aria-invalid");
    return example;
  } catch (error) {
    if (!(error instanceof BadExample)) throw error;
    say(make("span", { class: "wrong" }, error.message), " ", until(text, error.at));
    at("field").setAttribute("aria-invalid", "true");
    return undefined;
  }
}

const say = (...parts) => at("meaning").replaceChildren(...parts);

// The end of what stands before a mistake.
function until(text, end) {
  const begin = Math.max(0, end - BEFORE_SHOWN);
  return make("code", { class: "here" }, (begin ? "…" : "") + text.slice(begin, end));
}
