"""The names by which reports give their service, their level and their message.

Shared by the summary of an incident and by its group, so that both mean the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from incidents.core.access_log import http_status, is_word, word

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
EVENTS = ("event", "action", "type", "name")

# Within an object, what it is called by.
MESSAGE_NAMES = (
    *("message", "formatted", "summary", "title", "text", "description", "type", "full_name"),
)
SERVICE_NAMES = ("full_name", "service", "job", "container_name", "name", "app", "service.name")
LEVEL_NAMES = ("severity", "level", "priority")

# By number: what systemd's journal and GELF write. https://www.rfc-editor.org/rfc/rfc5424
_SYSLOG = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
_SYSLOG_KEYS = ("level", "Level", "priority", "Priority", "PRIORITY")
_OVER = frozenset(("ok", "resolved", "recovered"))


# A word, and the key of the body under which it stands; empty if it is within an object.
Found = tuple[str, str]


class Names:
    """Names that are tried in their order, each also with a capital first letter.

    Where the value is an object, one of the names `within` counts.
    """

    def __init__(self, names: Sequence[str], within: Sequence[str]) -> None:
        self._within = within
        self._tried = [
            (spelled, name)
            for name in names
            for spelled in dict.fromkeys((name, name[0].upper() + name[1:]))
        ]

    @property
    def spelled(self) -> list[str]:
        """Each name in each of its spellings."""
        return [key for key, _ in self._tried]

    def first(self, body: Mapping[str, Any]) -> Found | None:
        """The first that stands in a body."""
        for key, plain in self._tried:
            if key in body and (key is plain or body.get(plain) is None):
                value = body[key]
                # Most are texts, and most reports are asked for three: no call for these.
                if type(value) is str and value and not value.isspace():
                    return value, key
                if is_word(value):
                    return word(value), key
                if isinstance(value, dict) and (inner := self._inner(value)) is not None:
                    return word(inner), ""
        return None

    def _inner(self, value: Mapping[str, Any]) -> Any:
        return next((value[each] for each in self._within if is_word(value.get(each))), None)


_MESSAGES = Names(MESSAGES, MESSAGE_NAMES)
_SERVICES = Names(SERVICES, SERVICE_NAMES)
_LEVELS = Names(LEVELS, LEVEL_NAMES)
_STATUS = Names(("status",), ())
_EVENTS = Names(EVENTS, ())
# Names of a body that the functions below ask for, but those of requests.
NAMES = frozenset(
    name for each in (_MESSAGES, _SERVICES, _LEVELS, _STATUS, _EVENTS) for name in each.spelled
)


def message_of(body: Mapping[str, Any]) -> Found | None:
    """The message, as it was sent."""
    return _MESSAGES.first(body)


def event_of(body: Mapping[str, Any]) -> Found | None:
    """What kind of event the body is about, as it says itself."""
    return _EVENTS.first(body)


def service_of(body: Mapping[str, Any]) -> Found | None:
    """The service."""
    return _SERVICES.first(body)


def level_of(body: Mapping[str, Any]) -> Found | None:
    """The level, as a word and in the case that was sent."""
    status = _STATUS.first(body) if "status" in body or "Status" in body else None
    if status and status[0].lower() in _OVER:
        return status
    level = _LEVELS.first(body)
    if level:
        return _syslog(*level)
    answered = http_status(body)
    if answered:
        return (answered, "") if answered >= "400" else None
    return status if status and not status[0].isdigit() else None


def _syslog(text: str, key: str) -> Found:
    is_number = len(text) == 1 and text in "01234567" and key in _SYSLOG_KEYS
    return (_SYSLOG[int(text)], key) if is_number else (text, key)
