"""The first rule: what the sender itself says belongs together."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from incidents.core.access_log import is_word, word

# Of a fingerprint, of labels, of alerts.
PARTS_MAX = 32
_GITHUB_EVENT = "X-Github-Event"
DEFAULT = re.compile(r"\{\{\s{0,8}default\s{0,8}\}\}")
_NUMBERED = ("issue", "pull_request", "discussion", "alert")
_NAMED = ("workflow_run", "workflow_job", "check_run", "check_suite", "release")
# Characters of a groupKey that has no labels in it: `{}/{}:{}`.
_NOTHING = "{}:/"


class Word(NamedTuple):
    """What a sender says: the parts that make the key, and a title, empty where it has none."""

    parts: tuple[str, ...]
    title: str


def word_of(headers: str, body: Mapping[str, Any]) -> Word | None:
    """What the sender of a report says; None if it says nothing."""
    alerts = body.get("alerts")
    if isinstance(alerts, list):
        return _alerts(body, [each for each in alerts if isinstance(each, dict)])
    if name := _name(body.get("labels")):
        return Word(("alert", name), name)
    return _fingerprint(body.get("fingerprint")) or _github(headers, body)


def _fingerprint(value: Any) -> Word | None:
    parts = value[:PARTS_MAX] if isinstance(value, list) else [value]
    if not parts or not all(map(is_word, parts)):
        return None
    return Word(("fingerprint", *map(word, parts)), "")


def _alerts(body: Mapping[str, Any], alerts: Sequence[Mapping[str, Any]]) -> Word | None:
    """Alertmanager's and Grafana's: the labels they group by, else the alerts' names."""
    grouped, key = body.get("groupLabels"), body.get("groupKey")
    if isinstance(grouped, dict) and grouped:
        return _labels(grouped)
    if isinstance(key, str) and key.strip(_NOTHING):
        return Word(("alert", key), "")
    names = {name for each in alerts[:PARTS_MAX] if (name := _name(each.get("labels")))}
    if names:
        return Word(("alert", *sorted(names)), ", ".join(sorted(names)))
    common = body.get("commonLabels")
    return _labels(common) if isinstance(common, dict) and common else None


def _name(labels: Any) -> str:
    name = labels.get("alertname") if isinstance(labels, dict) else None
    return word(name) if is_word(name) else ""


def _labels(labels: Mapping[str, Any]) -> Word:
    shown = sorted((name, word(value)) for name, value in labels.items() if is_word(value))
    parts = [f"{name}={value}" for name, value in shown[:PARTS_MAX]]
    names = [value for name, value in shown if name == "alertname"]
    others = [part for part in parts if not part.startswith("alertname=")]
    return Word(("alert", *parts), " ".join([*names, *others]))


def _github(headers: str, body: Mapping[str, Any]) -> Word | None:
    """What an event is about: https://docs.github.com/en/webhooks/webhook-events-and-payloads."""
    if _GITHUB_EVENT not in headers:
        return None
    event = json.loads(headers).get(_GITHUB_EVENT)
    repository = body.get("repository")
    name = repository.get("full_name") if isinstance(repository, dict) else None
    if not isinstance(event, str) or not isinstance(name, str):
        return None
    thing, title = _thing(event, body)
    return Word(("github", name, *thing), title)


def _thing(event: str, body: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    """What an event is about, as parts and as words."""
    for kinds, field in ((_NUMBERED, "number"), (_NAMED, "name")):
        for kind in kinds:
            thing = body.get(kind)
            if isinstance(thing, dict) and is_word(thing.get(field)):
                title = thing.get("title")
                number = f"#{word(thing[field])}" if field == "number" else word(thing[field])
                named = f"{number} {title}" if is_word(title) else number
                return (kind, word(thing[field])), named
    ref = body.get("ref")
    parts = (event, ref) if isinstance(ref, str) else (event,)
    return parts, " ".join(parts)
