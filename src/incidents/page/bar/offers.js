// What can stand where one types: names of fields, or values of one.

import { values, fields } from "../shared/api.js";
import { showValue, writeValue } from "./terms.js";

const OFFERS_MAX = 8;
const VALUES_ASKED = 50;
const ANSWERS_MAX = 50;
const NAME = String.raw`(?:"(?:[^"\\]|\\.)*"|[^\s".=!<>:()[\]{},;&|~*?\\'\x60]+)`;
const PIECE = new RegExp(String.raw`(?:^|[\s(]|[\s(]-|^-)((?:${NAME}\.)*${NAME}?)(?:(!=|=|:)(?:("[^"]*)|([^\s"()[\]{}]*)))?$`, "u");

// The piece of a line that ends at the caret: {start, path, operator, text}; undefined where nothing
// is known to follow. It is looked at to offer something; what it means the server says.
export function pieceAt(line, caret) {
  const found = PIECE.exec(line.slice(0, caret));
  if (!found) return undefined;
  const [, path, operator, quoted, bare] = found;
  if (operator && !path) return undefined;
  const text = operator ? (quoted?.slice(1) ?? bare) : path;
  return { path, operator, text, start: caret - (operator ? (quoted ?? bare) : path).length };
}

export class Offers {
  // `asked()` is the time that is looked at: {since, until}.
  constructor(asked) {
    this.asked = asked;
    this.answers = new Map();
  }

  // What fits the piece: [{text, label, count}]; `text` stands in the line for it, and `more` says
  // that something must follow.
  of(piece, signal) {
    return piece.operator ? this.values(piece, signal) : this.fields(piece, signal);
  }

  async fields({ text }, signal) {
    const { fields: known } = await this.once("fields", () => fields({ ...this.asked() }, signal));
    return best(known.map((each) => ({ text: `${each.field}=`, label: each.field, share: each.share, more: true })), text);
  }

  async values({ path, text }, signal) {
    const q = text ? `${path}:${JSON.stringify(text)}` : "";
    const ask = () => values({ ...this.asked(), q, field: path, limit: VALUES_ASKED }, signal);
    const { values: known, count } = await this.once(`${path} ${q}`, ask);
    return best(known.map((each) => ({ text: `${writeValue(each.value)} `, label: showValue(each.value), share: count && each.count / count })), text);
  }

  // Nothing that is known holds any more.
  forget() {
    this.answers.clear();
  }

  async once(key, ask) {
    const whole = JSON.stringify([key, this.asked()]);
    if (!this.answers.has(whole)) {
      const answer = await ask();
      if (this.answers.size >= ANSWERS_MAX) this.answers.delete(this.answers.keys().next().value);
      this.answers.set(whole, answer);
    }
    return this.answers.get(whole);
  }
}

// Those with the text in them: first those that begin with it.
function best(offers, text) {
  const wanted = text.toLowerCase();
  const fitting = offers.filter(({ label }) => label.toLowerCase().includes(wanted) && label !== text);
  const begins = ({ label }) => label.toLowerCase().startsWith(wanted);
  return [...fitting.filter(begins), ...fitting.filter((each) => !begins(each))].slice(0, OFFERS_MAX);
}
