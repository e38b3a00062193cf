// Saved queries: a name and an address for everybody of the server.

import { Failed, deleteQuery, saveQuery, savedQueries, savedQuery } from "../shared/api.js";
import { dialog } from "../shared/dialog.js";
import { at, make } from "../shared/dom.js";
import { stay } from "../shared/view.js";

export class Saved {
  // `line()` is the query line that is asked; `href(name)` is the address of a saved one, `go(name)`
  // goes there; `recalled()` is called when the address has its line, `failed(error)` when it cannot
  // be had; `locks(error)` asks for a key, if that is what the error is about.
  constructor({ line, href, go, recalled, failed, locks }) {
    Object.assign(this, { line, href, go, recalled, failed, locks });
    this.dialog = dialog("saved");
    at("saved-button").addEventListener("click", () => this.open());
    at("saved-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.change(() => saveQuery(at("saved-name").value.trim(), this.line()));
    });
  }

  // The address of a view has the name of a saved query: from now on it has the line.
  async recall(view) {
    try {
      const { query } = await savedQuery(view.saved);
      stay({ ...view, saved: "", q: query });
      this.recalled();
    } catch (error) {
      this.failed(error);
    }
  }

  async open() {
    at("saved-line").textContent = this.line();
    at("saved-form").hidden = !this.line();
    at("saved-wrong").textContent = "";
    this.dialog.showModal();
    await this.list();
  }

  async list() {
    await this.trying(async () => {
      const all = await savedQueries();
      at("saved-list").replaceChildren(...all.map((each) => this.one(each)));
      at("saved-none").hidden = all.length > 0;
    });
  }

  one({ name, query }) {
    const link = make("a", { href: this.href(name) }, make("b", {}, name), " ", make("code", {}, query));
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      this.dialog.close();
      this.go(name);
    });
    const remove = make("button", { type: "button", "aria-label": `Delete ${name}`, onclick: () => this.change(() => deleteQuery(name)) }, "Delete");
    return make("li", {}, link, remove);
  }

  async change(work) {
    await this.trying(async () => {
      await work();
      at("saved-name").value = "";
      await this.list();
    });
  }

  async trying(work) {
    at("saved-wrong").textContent = "";
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      if (this.locks(error)) this.dialog.close();
      else at("saved-wrong").textContent = error.message;
    }
  }
}
