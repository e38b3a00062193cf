"""What a person would write about an incident: its level, its service, and one line.

The page says the same (`page/list/summary.js`): `tests/summaries.json` holds both.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from incidents.core.access_log import first_of, is_word, request_line, word
from incidents.core.naming import (
    LEVEL_NAMES,
    MESSAGE_NAMES,
    SERVICE_NAMES,
    Found,
    event_of,
    level_of,
    message_of,
    service_of,
)

_CHANGED = (
    *("pull_request", "issue", "discussion", "release"),
    *("workflow_run", "workflow_job", "check_run", "check_suite"),
)

_TONES = {
    "bad": "error|err|critical|crit|fatal|alert|alarm|emergency|emerg|panic|page|disaster|firing|"
    r"failed|failure|problem|down|5\d\d",
    "warn": r"warn|warning|high|degraded|4\d\d",
    "good": "ok|resolved|success|recovered|up",
}

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
    level, service = level_of(body), service_of(body)
    used = {each[1] for each in (level, service) if each is not None}
    message = (
        _alert(body)
        or _text(message_of(body))
        or _thrown(body)
        or _change(body)
        or request_line(body)
        or _text(event_of(body))
        or " ".join(_opened(body, used))
        or " ".join(_opened(body, set()))
        or "{}"
    )
    shown = _line(level[0]) if level else None
    tone = _tone(shown) if shown else "plain"
    return Summary(shown, tone, _line(service[0]) if service else None, _line(message))


def _text(found: Found | None) -> str | None:
    return found[0] if found else None


def _tone(level: str) -> str:
    found = (tone for tone, words in _TONES.items() if re.fullmatch(words, level, re.IGNORECASE))
    return next(found, "plain")


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
    says = first_of([*notes, {"text": body.get("NewStateReason")}], MESSAGE_NAMES)
    told = f"{name}: {says}" if says else " ".join([name, *_shared(labels)])
    return f"{told} ({len(alerts)} alerts)" if len(alerts) > 1 else told


def _shared(labels: Sequence[Any]) -> Iterator[str]:
    known = {"alertname", *LEVEL_NAMES, *SERVICE_NAMES}
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
