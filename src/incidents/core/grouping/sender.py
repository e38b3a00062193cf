"""The first rule: what the sender itself says belongs together."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from incidents.core.access_log import is_word, word

# Of a fingerprint, of labels, of alerts.
PARTS_MAX = 100
# Names of a body that `word_of` asks for; with this header, for others, too.
NAMES = frozenset(
    (
        *("alerts", "labels", "AlarmName", "fingerprint", "startsAt"),
        *("groupLabels", "groupKey", "commonLabels"),
    )
)
GITHUB_EVENT = "X-Github-Event"
_DEFAULT = re.compile(r"\{\{\s{0,8}default\s{0,8}\}\}")
_NUMBERED = ("issue", "pull_request", "discussion", "alert")
_NAMED = ("workflow_run", "workflow_job", "check_run", "check_suite", "release")
# Characters of a groupKey that has no labels in it: `{}/{}:{}`.
_NOTHING = "{}:/"


class Word(NamedTuple):
    """What a sender says: the parts that make the key, and a title, empty where it has none.

    `has_service`: the parts say all that there is to say of the service.
    """

    parts: tuple[str, ...]
    title: str
    has_service: bool = False


def word_of(headers: str, body: Mapping[str, Any]) -> Word | None:
    """What the sender of a report says; None if it says nothing."""
    if "alerts" in body and isinstance(body["alerts"], list):
        return _notification(body, body["alerts"])
    if "labels" in body and (name := _name(body["labels"])):
        return Word(("alert", name), name)
    if "AlarmName" in body and is_word(body["AlarmName"]):
        return Word(("alert", word(body["AlarmName"])), word(body["AlarmName"]))
    # An alert's own fingerprint is that of its labels: one for each instance.
    if "fingerprint" in body and "startsAt" not in body:
        return _fingerprint(body["fingerprint"])
    return _github(headers, body) if GITHUB_EVENT in headers else None


def expanded(parts: tuple[str, ...], key: int) -> tuple[str, ...] | None:
    """A fingerprint with the key in place of `{{ default }}`; None where it does not have that."""
    if not any(map(_DEFAULT.search, parts)):
        return None
    return tuple(_DEFAULT.sub(str(key), part) for part in parts)


def _fingerprint(value: Any) -> Word | None:
    parts = value[:PARTS_MAX] if isinstance(value, list) else [value]
    return Word(tuple(map(word, parts)), "") if parts and all(map(is_word, parts)) else None


def _notification(body: Mapping[str, Any], alerts: Sequence[Any]) -> Word | None:
    """Alertmanager's and Grafana's: the labels they group by, else the alerts' names.

    The labels that are common to the alerts change with the alerts, so they count last.
    """
    grouped, key = body.get("groupLabels"), body.get("groupKey")
    if isinstance(grouped, dict) and grouped:
        return _labels(grouped)
    if isinstance(key, str) and key.strip(_NOTHING):
        return Word(("alert", key), key, has_service=True)
    labels = [each.get("labels") for each in alerts[:PARTS_MAX] if isinstance(each, dict)]
    names = sorted({name for each in labels if (name := _name(each))})
    if names:
        return Word(("alert", *names), ", ".join(names), has_service=True)
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
    return Word(("alert", *parts), " ".join([*names, *others]), has_service=True)


def _github(headers: str, body: Mapping[str, Any]) -> Word | None:
    """What an event is about: https://docs.github.com/en/webhooks/webhook-events-and-payloads."""
    event = json.loads(headers).get(GITHUB_EVENT)
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
