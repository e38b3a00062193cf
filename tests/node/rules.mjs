// What the page's rules do without a browser: lanes, news for the bell, forms. Prints nothing if all is right.

import assert from "node:assert/strict";
import { lanesOf, secondsOf } from "../../src/incidents/page/rules/lanes.js";
import { newsOf } from "../../src/incidents/page/rules/news.js";
import { fieldOf, lineToMute, memberLine, nameFor, partsOf, ruleOf, saidOf, whenOf } from "../../src/incidents/page/rules/object.js";

const at = (hour, minute = 0) => `2026-11-29T${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}:00Z`;
const [since, until] = [new Date(at(0)), new Date(at(20))];
const [a, b] = [{ host: "a" }, { host: "b" }];

// A firing lasts until it is resolved, or now. What began before all that is known begins with it.
const history = [
  { event: "firing", by: a, at: at(15) },
  { event: "delivered", by: a, at: at(12, 1) },
  { event: "resolved", by: a, at: at(11) },
  { event: "firing", by: a, at: at(10) },
  { event: "resolved", by: b, at: at(9) },
  { event: "grace", by: {}, at: at(8) },
];
const states = [{ status: "firing", by: a, since: at(15) }, { status: "pending", by: b, since: null }];
const lanes = lanesOf(history, states, { since, until });
assert.deepEqual(lanes.map(({ by }) => by), [a, b]);
assert.deepEqual(lanes[0].spans.map(({ from, to, isOpen }) => [from.getUTCHours(), to.getUTCHours(), isOpen]), [[10, 11, false], [15, 20, true]]);
assert.equal(secondsOf(lanes[0]), 6 * 3600);
assert.deepEqual(lanes[1].spans.map(({ from, to }) => [from.getUTCHours(), to.getUTCHours()]), [[8, 9]]);
// It is cut to the time that is shown, and nothing outside of it is.
const later = lanesOf(history, states, { since: new Date(at(10, 30)), until });
assert.deepEqual(later.map(({ by, spans }) => [by.host, spans[0].from.toISOString().slice(11, 16)]), [["a", "10:30"]]);
// A firing that no line is left of is known by its state; too many members share a lane.
const many = Array.from({ length: 20 }, (_, n) => ({ status: "firing", by: { n: String(n) }, since: at(n % 9) }));
const crowded = lanesOf([], many, { since, until });
assert.equal(crowded.length, 8);
assert.equal(crowded.at(-1).by, undefined);
assert.equal(crowded.at(-1).count, 13);
assert.deepEqual(lanesOf([], [], { since, until }), []);

// Each firing is news once; what was there at first, what pends, and what is muted is none.
const firing = (rule, time, muted_by = null) => ({ rule, by: a, since: time, status: "firing", muted_by });
let { news, known } = newsOf([firing("r", at(1))], undefined);
assert.deepEqual(news, []);
({ news, known } = newsOf([firing("r", at(1)), firing("s", at(2)), firing("m", at(2), "deploy"), { ...firing("p", null), status: "pending" }], known));
assert.deepEqual(news.map(({ rule }) => rule), ["s"]);
({ news, known } = newsOf([firing("s", at(2))], known));
assert.deepEqual(news, []);
({ news, known } = newsOf([firing("r", at(3))], known));
assert.deepEqual(news.map(({ rule }) => rule), ["r"]);

// A rule goes through the form and back; what the form has no field for stays, what is emptied goes.
for (const when of ["any", "count >= 3 in 5m", "absent for 25h", "new group", "group back"]) assert.equal(whenOf(partsOf(when)), when);
assert.deepEqual(partsOf(" count>=1,000 in 1h "), { kind: "count", number: "1000", within: "1h" });
const fields = { query: "a=1", when: { kind: "any" }, by: " host, ,zone ", quiet: "", repeat: " 4h ", title: "", text: "", channels: [] };
assert.deepEqual(ruleOf(fields, { own: true, title: "old", channels: ["hook"], quiet: "5m" }), { own: true, query: "a=1", when: "any", by: ["host", "zone"], repeat: "4h" });
assert.deepEqual(ruleOf({ ...fields, by: "", repeat: "", quiet: "1m", when: { kind: "absent", within: "25h" } }), { query: "a=1", when: "absent for 25h" });

// An error is said at its field, without the place.
assert.equal(fieldOf({ parameter: "rules.a.b.when" }), "when");
assert.equal(fieldOf({ parameter: "rules" }), "name");
assert.equal(fieldOf({}), undefined);
assert.equal(saidOf({ message: "rules.r.when: unknown", parameter: "rules.r.when" }), "unknown");

// The matches of a member, and a mute of it: digits without quotes are for texts, too.
assert.equal(memberLine({ query: "a=1 OR b=2" }, { "labels.host": "db1", zone: null, n: "42", group: "9f86d081884c7d65" }), '(a=1 OR b=2) labels.host=db1 -zone:* n=42 group="9f86d081884c7d65"');
assert.equal(memberLine({ query: "a=1" }, {}), "a=1");
assert.equal(memberLine({ query: "" }, { host: "a b" }), 'host="a b"');
assert.equal(lineToMute("nightly-backup", { host: "db1" }), "rule=nightly-backup by.host=db1");
assert.equal(nameFor("service=billing level=error", new Set()), "service-billing-level-error");
assert.equal(nameFor("try", new Set(["try-2"])), "try-3");
assert.equal(nameFor("…", new Set()), "rule");
