// What of an incident goes on its one line.

const MESSAGES = [
  "message", "msg", "error", "title", "summary", "text", "reason", "detail", "description",
  "exception", "annotations", "commonAnnotations", "head_commit", "event", "action",
  "short_message", "body",
];
const SERVICES = [
  "service", "app", "application", "logger", "job", "component", "labels", "commonLabels",
  "repository", "project", "source", "resource",
];
const LEVELS = ["level", "severity", "severity_text", "status", "priority", "labels", "commonLabels"];

// Within an object, what it is called by.
const NAMES = ["message", "summary", "title", "text", "type", "alertname", "full_name", "service", "severity", "name"];

const TONES = [
  ["bad", /^(error|err|critical|crit|fatal|alert|emergency|emerg|panic|firing|failed|failure|down)$/i],
  ["warn", /^(warn|warning|high|degraded)$/i],
  ["good", /^(ok|resolved|success|recovered|up)$/i],
];

const LONGEST = 300;

// {level, tone, service, message, source}, texts or undefined.
export function telling(incident) {
  const body = Array.isArray(incident.body) ? incident.body.find(isObject) : incident.body;
  const level = isObject(body) ? first(body, LEVELS, ["severity", "level", "priority"]) : undefined;
  return {
    level,
    tone: TONES.find(([, pattern]) => pattern.test(level ?? ""))?.[0] ?? "plain",
    service: isObject(body) ? first(body, SERVICES, ["full_name", "service", "job", "name", "app", "service.name"]) : undefined,
    message: (isObject(body) && (first(body, MESSAGES, NAMES) || thrown(body))) || cut(JSON.stringify(incident.body)),
    source: source(incident.headers),
  };
}

function first(body, keys, within) {
  for (const key of keys) {
    const value = body[key] ?? body[capitalized(key)];
    if (isWord(value)) return cut(String(value));
    if (isObject(value)) {
      const name = within.find((each) => isWord(value[each]));
      if (name !== undefined) return cut(String(value[name]));
    }
  }
  return undefined;
}

// The exception of one of Sentry's events: of those that led to it the last.
function thrown(body) {
  const last = Array.isArray(body.exception?.values) ? body.exception.values.at(-1) : undefined;
  return isObject(last) ? cut([last.type, last.value].filter(isWord).join(": ")) : undefined;
}

function source(headers) {
  const agent = headers["User-Agent"] ?? headers.From ?? headers.Host ?? "";
  return cut(agent.split(" ")[0]);
}

// AWS and .NET write names so.
const capitalized = (name) => name[0].toUpperCase() + name.slice(1);

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const isWord = (value) => (typeof value === "string" && value.trim() !== "") || typeof value === "number";

const cut = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
