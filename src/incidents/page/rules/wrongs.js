// What is wrong with a form, said at its fields.

import { Failed } from "../shared/api.js";
import { at } from "../shared/dom.js";
import { fieldOf, saidOf } from "./object.js";

export class Wrongs {
  // Of each field `${form}-${name}` it is said in `${form}-${name}-wrong`; of the whole in `${form}-wrong`.
  constructor(form, names, locks) {
    Object.assign(this, { form, names, locks });
  }

  clear() {
    for (const name of this.names) this.say(name, "");
    at(`${this.form}-wrong`).textContent = "";
  }

  // Says an error of the server where it belongs.
  tell(error) {
    if (!(error instanceof Failed)) throw error;
    if (this.locks(error)) {
      at(`${this.form}-dialog`).close();
      return;
    }
    const field = fieldOf(error);
    if (this.names.includes(field)) this.say(field, saidOf(error));
    else at(`${this.form}-wrong`).textContent = error.message;
  }

  say(name, text) {
    const field = at(`${this.form}-${name}`);
    at(`${this.form}-${name}-wrong`).textContent = text;
    if (!text) {
      field.removeAttribute("aria-invalid");
      return;
    }
    field.setAttribute("aria-invalid", "true");
    field.closest("details")?.setAttribute("open", "");
    field.scrollIntoView({ block: "nearest" });
    field.focus();
  }
}
