// The query line: what it means, or where it is wrong, as the server says while one types.

import { BadLine, Failed, understand } from "../shared/api.js";
import { at, make } from "../shared/dom.js";
import { EVERYTHING } from "./terms.js";

const PAUSE_MS = 200;
const AROUND_SHOWN = 24; // characters

export class Line {
  // `go(line)` asks for a line; `locks(error)` asks for a key, if that is what the error is about.
  constructor({ go, locks }) {
    Object.assign(this, { go, locks });
    this.reading = new AbortController();
    at("field").addEventListener("input", () => this.later());
    at("ask").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  // What that line means; shown, if it is the one in the field. Throws BadLine, which is shown, too.
  async read(text) {
    clearTimeout(this.timer);
    this.reading.abort();
    this.reading = new AbortController();
    const { signal } = this.reading;
    if (text.trim() === "") {
      this.show(EVERYTHING);
      return EVERYTHING;
    }
    if (this.known?.text === text) {
      this.show(this.known.meaning);
      return this.known.meaning;
    }
    try {
      const meaning = await understand(text, signal);
      if (!signal.aborted) {
        this.known = { text, meaning };
        this.show(meaning);
      }
      return meaning;
    } catch (error) {
      if (error instanceof BadLine && !signal.aborted) this.refuse(text, error);
      throw error;
    }
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE_MS);
  }

  // Reads what stands in the field. Returns whether it can be asked.
  async look() {
    try {
      await this.read(at("field").value.trimEnd());
      return true;
    } catch (error) {
      if (error.name === "AbortError" || error instanceof BadLine) return false;
      if (!(error instanceof Failed)) throw error;
      return !this.locks(error); // the list says what is wrong with the server
    }
  }

  async submit() {
    const text = at("field").value.trimEnd();
    if (await this.look()) this.go(text);
    else if (at("field").hasAttribute("aria-invalid")) at("field").setSelectionRange(this.wrongAt, this.wrongAt);
  }

  show({ query }) {
    at("field").removeAttribute("aria-invalid");
    say(...(query ? [make("span", { class: "unseen" }, "This means "), make("code", {}, query)] : []));
  }

  refuse(text, { message, position, suggestion }) {
    const characters = [...text];
    const before = characters.slice(0, position).join("");
    this.wrongAt = before.length;
    at("field").setAttribute("aria-invalid", "true");
    say(
      make("span", { class: "wrong" }, message),
      " ",
      around(characters, position),
      suggestion && make("button", { type: "button", class: "suggestion", onclick: () => this.take(suggestion) }, "Use ", make("code", {}, suggestion)),
    );
  }

  take(text) {
    at("field").value = text;
    at("field").focus();
    this.submit();
  }
}

const say = (...parts) => at("meaning").replaceChildren(...parts.filter(Boolean));

// What stands around a mistake, which is marked.
function around(characters, position) {
  const begin = Math.max(0, position - AROUND_SHOWN);
  const end = position + AROUND_SHOWN;
  const text = (from, to) => characters.slice(from, to).join("");
  return make(
    "code",
    { class: "here" },
    (begin ? "…" : "") + text(begin, position),
    make("mark", {}, characters[position] ?? "‸"),
    text(position + 1, end) + (end < characters.length ? "…" : ""),
  );
}
