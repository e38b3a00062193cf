// Reports that were refused: how many, in the bar; and a list of them, each to be opened and stored.

import { Failed, rejected, storeRejected } from "../shared/api.js";
import { at, copy, make } from "../shared/dom.js";
import { long, short, zone } from "../shared/time.js";

const PAGE = 50;
// Where no key is needed there is no scope, and everybody may.
const MAY_STORE = [null, "manage", "admin"];

export class Rejected {
  // `locks(error)` asks for a key, if that is what the error is about, and says whether it did.
  constructor({ href, hrefOfIncident, go, locks }) {
    this.hrefOfIncident = hrefOfIncident;
    this.locks = locks;
    this.asking = new AbortController();
    const badge = at("rejected-badge");
    badge.href = href;
    badge.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      go();
    });
    at("rejected-more").addEventListener("click", () => this.page());
  }

  // Says in the bar how many there are.
  async count() {
    try {
      this.tell((await rejected({ limit: 1 })).count);
    } catch (error) {
      if (!(error instanceof Failed)) throw error; // the list says it, too
    }
  }

  tell(count) {
    at("rejected-badge").hidden = !count;
    at("rejected-badge").textContent = `${count.toLocaleString()} rejected`;
  }

  // Shows the list in the place of the incidents, or these again.
  show(wanted) {
    document.body.classList.toggle("rejecting", wanted);
    at("rejected").hidden = !wanted;
    this.asking.abort();
    if (!wanted) return;
    this.asking = new AbortController();
    this.next = undefined;
    at("rejected-zone").textContent = `Times are in ${zone()}.`;
    at("rejected-list").replaceChildren();
    this.page();
  }

  async page() {
    const { signal } = this.asking;
    at("rejected-more").hidden = true;
    try {
      const page = await rejected({ limit: PAGE, after: this.next }, signal);
      if (signal.aborted) return;
      const mayStore = MAY_STORE.includes(page.scope);
      at("rejected-list").append(...page.rejected.map((each) => this.line(each, mayStore)));
      this.tell(page.count);
      this.next = page.next;
      at("rejected-more").hidden = page.next === null;
      at("rejected-said").textContent = page.count ? "" : "No report was refused of late.";
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Failed)) throw error;
      if (!this.locks(error)) at("rejected-said").textContent = error.message;
    }
  }

  line(report, mayStore) {
    const received = new Date(report.received_at);
    return make(
      "li",
      {},
      make(
        "details",
        {},
        make(
          "summary",
          {},
          make("time", { datetime: report.received_at, title: long(received) }, short(received)),
          make("span", { class: "level bad" }, String(report.status)),
          make("span", { class: "service" }, report.key ?? report.address ?? ""),
          make("span", { class: "message" }, report.detail),
          make("span", { class: "source" }, report.headers["User-Agent"] ?? ""),
        ),
        ...this.parts(report, mayStore),
      ),
    );
  }

  parts(report, mayStore) {
    const { body } = report;
    const text = body?.base64 ?? body ?? "";
    const cut = report.truncated ? ", as much as was kept" : "";
    const copyButton = make("button", { type: "button" }, "Copy body");
    copyButton.addEventListener("click", () => copy(copyButton, text));
    return [
      make("p", {}, report.detail),
      make("h3", {}, body?.base64 === undefined ? `Body${cut}` : `Body${cut}, in base64`),
      text ? make("pre", { tabindex: "0" }, text) : make("p", { class: "faint" }, body === null ? "It is not kept." : "It was empty."),
      make("h3", {}, "Headers"),
      make("pre", { tabindex: "0" }, headers(report)),
      make("div", { class: "actions" }, text && copyButton, text && this.storing(report, mayStore)),
    ];
  }

  storing(report, mayStore) {
    if (!mayStore) return make("span", { class: "faint" }, "To store it needs a key of the scope manage.");
    const said = make("span", { role: "status" });
    const button = make("button", { type: "button" }, "Store as text");
    button.addEventListener("click", () => this.store(report, button, said));
    return make("span", {}, button, " ", said);
  }

  async store(report, button, said) {
    button.disabled = true;
    try {
      const id = await storeRejected(report.id);
      button.hidden = true;
      said.replaceChildren("Stored as ", make("a", { href: this.hrefOfIncident(id) }, `incident ${id}`));
      this.count();
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      if (!this.locks(error)) said.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  }
}

const headers = (report) =>
  Object.entries(report.headers)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("\n");
