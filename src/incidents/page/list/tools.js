// What one does with a list: choose its columns, download it, copy a link to it as it is now.

import { Failed, download } from "../shared/api.js";
import { dialog } from "../shared/dialog.js";
import { at, copy } from "../shared/dom.js";
import { dateOf } from "../shared/time.js";
import { href } from "../shared/view.js";
import { BadFields, readFields } from "./fields.js";

// As the terminal has them.
const FIELDS = "id,received,level,service,message";

export class Tools {
  // `view()` is what is shown; `show(columns)` shows those; `locks(error)` asks for a key, if that is
  // what the error is about, and says whether it did.
  constructor({ view, show, locks }) {
    Object.assign(this, { view, show, locks });
    this.columns = dialog("columns");
    this.downloads = dialog("download");
    at("columns-button").addEventListener("click", () => this.openColumns());
    at("columns-form").addEventListener("submit", (event) => this.chooseColumns(event));
    at("download-button").addEventListener("click", () => this.openDownloads());
    at("download-ndjson").addEventListener("click", () => this.download("application/x-ndjson", "ndjson"));
    at("download-csv").addEventListener("click", () => this.download("text/csv", "csv"));
    at("download-dialog").addEventListener("close", () => this.downloading?.abort());
    at("copy-link").addEventListener("click", () => copy(at("copy-link"), this.link()));
  }

  openColumns() {
    at("columns-names").value = this.view().columns;
    at("columns-wrong").textContent = "";
    this.columns.showModal();
  }

  chooseColumns(event) {
    const text = at("columns-names").value.trim();
    try {
      readFields(text);
    } catch (error) {
      if (!(error instanceof BadFields)) throw error;
      event.preventDefault();
      at("columns-wrong").textContent = error.message;
      return;
    }
    this.show(text);
  }

  openDownloads() {
    at("download-said").textContent = "";
    this.downloads.showModal();
  }

  async download(type, ending) {
    const { q, since, until, columns } = this.view();
    this.downloading?.abort();
    this.downloading = new AbortController();
    const { signal } = this.downloading;
    const fields = ending === "csv" ? columns || FIELDS : undefined;
    at("download-said").textContent = "Downloading";
    try {
      save(await download({ q, since, until, fields, type }, signal), `incidents.${ending}`);
      at("download-said").textContent = "Saved by the browser.";
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Failed)) throw error;
      if (this.locks(error)) this.downloads.close();
      else at("download-said").textContent = error.message;
    }
  }

  // The address of what is shown, for whoever opens it later: a time is one, not so long ago.
  link() {
    const view = this.view();
    const since = view.since && (dateOf(view.since)?.toISOString() ?? view.since);
    const until = view.until && (dateOf(view.until)?.toISOString() ?? view.until);
    return new URL(href({ ...view, since, live: "", until: until || new Date().toISOString() }), document.baseURI).href;
  }
}

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url));
}
