// What a person would write about an incident: its level, its service, and one line.
//
// The terminal says the same (core/summary.py): tests/summaries.json holds both.

const MESSAGES = [
  "message", "msg", "error", "title", "summary", "text", "short_message", "logentry",
  "reason", "detail", "description", "exception", "annotations", "commonAnnotations",
  "head_commit", "subject", "log", "body",
];
const SERVICES = [
  "service", "app", "application", "logger", "job", "component", "labels", "commonLabels",
  "repository", "project", "SYSLOG_IDENTIFIER", "kubernetes", "monitor", "source", "resource",
];
const LEVELS = ["level", "severity", "severity_text", "PRIORITY", "priority", "NewStateValue", "labels", "commonLabels"];

// Within an object, what it is called by.
const NAMES = ["message", "formatted", "summary", "title", "text", "description", "type", "full_name"];
const SERVICE_NAMES = ["full_name", "service", "job", "container_name", "name", "app", "service.name"];
const LEVEL_NAMES = ["severity", "level", "priority"];
const EVENTS = ["event", "action", "type", "name"];
const CHANGED = [
  "pull_request", "issue", "discussion", "release",
  "workflow_run", "workflow_job", "check_run", "check_suite",
];

// By number: what systemd's journal and GELF write. https://www.rfc-editor.org/rfc/rfc5424
const SYSLOG = ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"];
const TONES = [
  ["bad", /^(error|err|critical|crit|fatal|alert|alarm|emergency|emerg|panic|page|disaster|firing|failed|failure|problem|down|5\d\d)$/i],
  ["warn", /^(warn|warning|high|degraded|4\d\d)$/i],
  ["good", /^(ok|resolved|success|recovered|up)$/i],
];
const OVER = /^(ok|resolved|recovered)$/i;

const METHODS = [
  "method", "http_method", "request_method", "requestMethod", "verb",
  "http.method", "http.request.method",
];
const PATHS = [
  "path", "url", "uri", "request_uri", "request_path", "requestUrl", "target", "route",
  "http.target", "http.route", "http.url", "url.path", "url.full",
];
const STATUSES = [
  "status", "status_code", "statusCode", "http_status", "response_code",
  "http.status_code", "http.response.status_code",
];
const MILLISECONDS = [
  "duration_ms", "took_ms", "elapsed_ms", "latency_ms", "response_time_ms",
  "durationMs", "responseTime",
];
const SECONDS = ["duration_seconds", "duration_s", "elapsed_seconds", "latency_seconds", "request_time"];
const REQUEST_LINE = /^([A-Z]{3,7}) (\S+)(?: HTTP\/[\d.]+)?$/;
const HTTP_STATUS = /^[1-5]\d\d$/;

const LONGEST = 300;
const LEVELS_OPEN = 4;
const BARE = /^[^\s"[{]\S*$/;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const FEW_MS = 10;

// {level, tone, service, message, source} of an incident: texts, or undefined. `tone` is bad, warn,
// good or plain.
export function summarize({ body, headers }) {
  return { ...summaryOf(body), source: source(headers) };
}

function summaryOf(body) {
  if (isObject(body)) return ofObject(body);
  const first = Array.isArray(body) ? body.find(isObject) : undefined;
  if (!first) return { tone: "plain", message: line(isText(body) ? body : JSON.stringify(body)) };
  const found = ofObject(first);
  return body.length > 1 ? { ...found, message: `${found.message} (and ${body.length - 1} more)` } : found;
}

function ofObject(body) {
  const level = levelOf(body);
  const service = first(body, SERVICES, SERVICE_NAMES);
  const used = new Set([level?.key, service?.key]);
  const message =
    alert(body) ??
    first(body, MESSAGES, NAMES)?.text ??
    thrown(body) ??
    change(body) ??
    request(body) ??
    first(body, EVENTS, [])?.text ??
    ([...opened(body, used)].join(" ") || [...opened(body, new Set())].join(" ") || "{}");
  return { level: level?.text, tone: toneOf(level?.text ?? ""), service: service?.text, message: line(message) };
}

// bad, warn, good or plain.
export const toneOf = (level) => TONES.find(([, words]) => words.test(level))?.[0] ?? "plain";

// The first of those, and the key of its own that it has in the body.
function first(body, keys, within) {
  for (const name of keys) {
    const key = body[name] === undefined || body[name] === null ? capitalized(name) : name;
    const value = body[key];
    if (isWord(value)) return { text: line(String(value)), key };
    if (isObject(value)) {
      const inner = within.find((each) => isWord(value[each]));
      if (inner !== undefined) return { text: line(String(value[inner])) };
    }
  }
  return undefined;
}

// AWS and .NET write names so.
const capitalized = (name) => name[0].toUpperCase() + name.slice(1);

function levelOf(body) {
  const status = first(body, ["status"], []);
  if (status && OVER.test(status.text)) return status;
  const level = first(body, LEVELS, LEVEL_NAMES);
  if (/^(level|priority)$/i.test(level?.key) && /^[0-7]$/.test(level.text)) {
    return { ...level, text: SYSLOG[Number(level.text)] };
  }
  if (level) return level;
  const number = statusOf(body);
  if (number) return number >= "400" ? { text: number } : undefined;
  return status && !/^\d+$/.test(status.text) ? status : undefined;
}

// An alert of Grafana by its title; of Prometheus by its name and what it says, or its labels. Of
// several those that they share.
function alert(body) {
  const alerts = Array.isArray(body.alerts) ? body.alerts.filter(isObject) : [];
  if (alerts.length && isWord(body.title)) return String(body.title);
  const sources = [body, ...alerts.slice(0, 1)];
  const labels = sources.flatMap((each) => [each.commonLabels, each.groupLabels, each.labels]);
  const name = firstOf([...labels, body], ["alertname", "AlarmName"]);
  if (name === undefined) return undefined;
  const notes = sources.flatMap((each) => [each.commonAnnotations, each.annotations]);
  const says = firstOf([...notes, { text: body.NewStateReason }], NAMES);
  const told = says === undefined ? [name, ...shared(labels)].join(" ") : `${name}: ${says}`;
  return alerts.length > 1 ? `${told} (${alerts.length} alerts)` : told;
}

function shared(labels) {
  return opened(labels.find(isObject) ?? {}, new Set(["alertname", ...LEVEL_NAMES, ...SERVICE_NAMES]));
}

// The exception of one of Sentry's events: of those that led to it the last.
function thrown(body) {
  const last = Array.isArray(body.exception?.values) ? body.exception.values.at(-1) : undefined;
  return (isObject(last) && [last.type, last.value].filter(isWord).join(": ")) || undefined;
}

// What GitHub tells: what was done to what.
function change(body) {
  const thing = body[CHANGED.find((kind) => isObject(body[kind]))];
  if (!thing || !isWord(body.action)) return undefined;
  const number = isWord(thing.number) ? `#${thing.number}` : undefined;
  const ending = isWord(thing.conclusion) ? `: ${thing.conclusion}` : "";
  const parts = [body.action, number, firstOf([thing], ["title", "name", "tag_name"])];
  return parts.filter((part) => part !== undefined).join(" ") + ending;
}

// A request as a log of accesses has it: `POST /cart 502 3.1 s`.
function request(body) {
  const asked = requests(body);
  const [, method, path] = REQUEST_LINE.exec(body.request) ?? [undefined, firstOf(asked, METHODS), firstOf(asked, PATHS)];
  if (method === undefined || path === undefined) return undefined;
  return [method, path, statusOf(body), duration(asked)].filter(Boolean).join(" ");
}

const requests = (body) => [body, body.request, body.http, body.httpRequest, body.response];

function statusOf(body) {
  const found = requests(body).map((each) => firstOf([each], STATUSES));
  return found.find((each) => each !== undefined && HTTP_STATUS.test(each));
}

function duration(asked) {
  for (const [names, factor] of [[MILLISECONDS, 1], [SECONDS, SECOND_MS]]) {
    const milliseconds = Number(firstOf(asked, names)) * factor;
    if (!Number.isFinite(milliseconds)) continue;
    if (milliseconds >= MINUTE_MS) return `${round(milliseconds / MINUTE_MS, 10)} min`;
    if (milliseconds >= SECOND_MS) return `${round(milliseconds / SECOND_MS, 10)} s`;
    if (milliseconds >= 0) return `${round(milliseconds, milliseconds >= FEW_MS ? 1 : 10)} ms`;
  }
  return undefined;
}

const round = (value, parts) => Math.round(value * parts) / parts;

function firstOf(places, names) {
  for (const place of places) {
    const name = isObject(place) && names.find((each) => isWord(place[each]));
    if (name) return String(place[name]);
  }
  return undefined;
}

// Each scalar and array with its path: `user=42 at.region=eu`.
function* opened(values, leftOut, path = []) {
  for (const [key, value] of Object.entries(values)) {
    if (!path.length && leftOut.has(key)) continue;
    const here = [...path, key];
    if (isObject(value) && Object.keys(value).length && here.length < LEVELS_OPEN) {
      yield* opened(value, leftOut, here);
    } else {
      yield `${here.join(".")}=${typeof value === "string" && BARE.test(value) ? value : JSON.stringify(value)}`;
    }
  }
}

function source(headers) {
  const agent = headers["User-Agent"] ?? headers.From ?? headers.Host ?? "";
  return line(agent.split(" ")[0]);
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const isText = (value) => typeof value === "string" && value.trim() !== "";

const isWord = (value) => isText(value) || typeof value === "number";

function line(text) {
  const whole = text.trim().replace(/\s+/g, " ");
  return whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole;
}
