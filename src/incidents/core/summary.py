"""What a person would write about an incident: its level, its service, and one line.

The page says the same (`page/list/summary.js`): `tests/summaries.json` holds both.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from incidents.core.access_log import first_of, http_status, is_word, request_line, word

MESSAGES = (
    *("message", "msg", "error", "title", "summary", "text", "short_message", "logentry"),
    *("reason", "detail", "description", "exception", "annotations", "commonAnnotations"),
    *("head_commit", "subject", "log", "body"),
)
SERVICES = (
    *("service", "app", "application", "logger", "job", "component", "labels", "commonLabels"),
    *("repository", "project", "SYSLOG_IDENTIFIER", "kubernetes", "monitor", "source", "resource"),
)
LEVELS = (
    *("level", "severity", "severity_text", "PRIORITY", "priority", "NewStateValue"),
    *("labels", "commonLabels"),
)

# Within an object, what it is called by.
_NAMES = ("message", "formatted", "summary", "title", "text", "description", "type", "full_name")
_SERVICE_NAMES = ("full_name", "service", "job", "container_name", "name", "app", "service.name")
_LEVEL_NAMES = ("severity", "level", "priority")
_EVENTS = ("event", "action", "type", "name")
_CHANGED = (
    *("pull_request", "issue", "discussion", "release"),
    *("workflow_run", "workflow_job", "check_run", "check_suite"),
)

# By number: what systemd's journal and GELF write. https://www.rfc-editor.org/rfc/rfc5424
_SYSLOG = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
_TONES = {
    "bad": "error|err|critical|crit|fatal|alert|alarm|emergency|emerg|panic|page|disaster|firing|"
    r"failed|failure|problem|down|5\d\d",
    "warn": r"warn|warning|high|degraded|4\d\d",
    "good": "ok|resolved|success|recovered|up",
}
_OVER = re.compile("ok|resolved|recovered", re.IGNORECASE)

_LONGEST = 300
_LEVELS_OPEN = 4
_BARE = re.compile(r'[^\s"\[{]\S*')
# A double keeps 15 digits, whatever they are.
_EXACT_DIGITS = 15


class Summary(NamedTuple):
    """One line about an incident; `tone` is bad, warn, good or plain."""

    level: str | None
    tone: str
    service: str | None
    message: str


class _Found(NamedTuple):
    text: str
    key: str


def summarize(body: str) -> Summary:
    """The summary of the JSON text of a body. Raises ValueError when it is no JSON."""
    value = json.loads(body, parse_int=_exact(int), parse_float=_exact(float))
    if isinstance(value, list):
        first = next((each for each in value if isinstance(each, dict)), None)
        if first is not None:
            found = _of_object(first)
            more = f" (and {len(value) - 1} more)" if len(value) > 1 else ""
            return found._replace(message=found.message + more)
    if isinstance(value, dict):
        return _of_object(value)
    text = value if isinstance(value, str) and value.strip() else _json(value)
    return Summary(None, "plain", None, _line(text))


def _exact(kind: Callable[[str], Any]) -> Callable[[str], Any]:
    """Reads a number; one that a double would round is the text of its digits."""
    return lambda text: text if len(text.replace(".", "")) > _EXACT_DIGITS else kind(text)


def _of_object(body: dict[str, Any]) -> Summary:
    level, service = _level(body), _first(body, SERVICES, _SERVICE_NAMES)
    used = {each.key for each in (level, service) if each is not None}
    message = (
        message_of(body) or " ".join(_opened(body, used)) or " ".join(_opened(body, set())) or "{}"
    )
    tone = _tone(level.text) if level else "plain"
    return Summary(_text(level), tone, _text(service), _line(message))


def message_of(body: Mapping[str, Any]) -> str:
    """What the body says happened, on one line; empty where it only has fields and values."""
    return _line(
        _alert(body)
        or _text(_first(body, MESSAGES, _NAMES))
        or _thrown(body)
        or _change(body)
        or request_line(body)
        or _text(_first(body, _EVENTS, ()))
        or ""
    )


def service_of(body: Mapping[str, Any]) -> str:
    """The service as the body names it; empty where it names none."""
    return _text(_first(body, SERVICES, _SERVICE_NAMES)) or ""


def level_of(body: Mapping[str, Any]) -> str:
    """The level as a word, in the case that was sent; empty where there is none."""
    return _text(_level(body)) or ""


def _tone(level: str) -> str:
    found = (tone for tone, words in _TONES.items() if re.fullmatch(words, level, re.IGNORECASE))
    return next(found, "plain")


def _first(body: Mapping[str, Any], keys: Sequence[str], within: Sequence[str]) -> _Found | None:
    for name in keys:
        key = name if body.get(name) is not None else name[0].upper() + name[1:]
        value = body.get(key)
        if is_word(value):
            return _Found(_line(word(value)), key)
        if isinstance(value, dict):
            inner = next((value[each] for each in within if is_word(value.get(each))), None)
            if inner is not None:
                return _Found(_line(word(inner)), "")
    return None


def _text(found: _Found | None) -> str | None:
    return found.text if found else None


def _level(body: Mapping[str, Any]) -> _Found | None:
    status = _first(body, ("status",), ())
    if status and _OVER.fullmatch(status.text):
        return status
    level = _first(body, LEVELS, _LEVEL_NAMES)
    if level and level.key.lower() in ("level", "priority") and re.fullmatch("[0-7]", level.text):
        return level._replace(text=_SYSLOG[int(level.text)])
    if level:
        return level
    answered = http_status(body)
    if answered:
        return _Found(answered, "") if answered >= "400" else None
    return status if status and not status.text.isdigit() else None


def _alert(body: Mapping[str, Any]) -> str | None:
    """An alert of Grafana by its title; of Prometheus by its name and what it says, or its labels.

    Of several those that they share.
    """
    alerts = [each for each in _list(body.get("alerts")) if isinstance(each, dict)]
    if alerts and is_word(body.get("title")):
        return str(body["title"])
    sources = [body, *alerts[:1]]
    labels = [
        each.get(key) for each in sources for key in ("commonLabels", "groupLabels", "labels")
    ]
    name = first_of([*labels, body], ("alertname", "AlarmName"))
    if name is None:
        return None
    notes = [each.get(key) for each in sources for key in ("commonAnnotations", "annotations")]
    says = first_of([*notes, {"text": body.get("NewStateReason")}], _NAMES)
    told = f"{name}: {says}" if says else " ".join([name, *_shared(labels)])
    return f"{told} ({len(alerts)} alerts)" if len(alerts) > 1 else told


def _shared(labels: Sequence[Any]) -> Iterator[str]:
    known = {"alertname", *_LEVEL_NAMES, *_SERVICE_NAMES}
    return _opened(next((each for each in labels if isinstance(each, dict)), {}), known)


def _thrown(body: Mapping[str, Any]) -> str | None:
    """The exception of one of Sentry's events: of those that led to it the last."""
    exception = body.get("exception")
    values = _list(exception.get("values")) if isinstance(exception, dict) else []
    last = values[-1] if values and isinstance(values[-1], dict) else {}
    parts = [word(last[key]) for key in ("type", "value") if is_word(last.get(key))]
    return ": ".join(parts) or None


def _change(body: Mapping[str, Any]) -> str | None:
    """What GitHub tells: what was done to what."""
    thing = next((body[kind] for kind in _CHANGED if isinstance(body.get(kind), dict)), None)
    if thing is None or not is_word(body.get("action")):
        return None
    number = [f"#{word(thing['number'])}"] if is_word(thing.get("number")) else []
    title = first_of([thing], ("title", "name", "tag_name")) or ""
    ending = f": {thing['conclusion']}" if is_word(thing.get("conclusion")) else ""
    return " ".join([str(body["action"]), *number, title]).rstrip() + ending


def _opened(
    values: Mapping[str, Any], left_out: set[str], path: tuple[str, ...] = ()
) -> Iterator[str]:
    """Each scalar and array with its path: `user=42 at.region=eu`."""
    for key, value in values.items():
        if not path and key in left_out:
            continue
        here = (*path, key)
        if isinstance(value, dict) and value and len(here) < _LEVELS_OPEN:
            yield from _opened(value, left_out, here)
        else:
            yield f"{'.'.join(here)}={_shown(value)}"


def _shown(value: Any) -> str:
    if isinstance(value, str) and _BARE.fullmatch(value):
        return value
    return word(value) if type(value) in (int, float) else _json(value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
