"""What makes a group: one key for all incidents that are about the same problem.

A pure function of headers and body, so that every worker says the same of an incident whatever came
before. The rules stand in docs/reference/groups.md.
"""

import marshal
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from json import loads
from typing import Any, Final, NamedTuple

from incidents.core import access_log, naming
from incidents.core.access_log import http_status, request_of
from incidents.core.grouping import exception, sender
from incidents.core.grouping.exception import exception_of
from incidents.core.grouping.mask import mask, mask_name
from incidents.core.grouping.sender import GITHUB_EVENT, expanded, word_of
from incidents.core.grouping.shape import shape_of
from incidents.core.grouping.trace import Trace, trace_of
from incidents.core.naming import Found, event_of, level_of, message_of, service_of
from incidents.core.words import fold

# Of the algorithm: a change that gives any incident another key gets a new one.
VERSION = 1

SENDER: Final = "sender"
EXCEPTION: Final = "exception"
MESSAGE: Final = "message"
SHAPE: Final = "shape"

TITLE_CHARS_MAX = 200
# Of a service, of a level.
NAME_CHARS_MAX = 200
# Of an array, until its first object.
_ELEMENTS_MAX = 200
# Of a message that is itself an object as JSON.
_OPENED_CHARS_MAX = 16 * 1024
# Names of a body that all rules but that of the shape ask for.
NAMES = access_log.REQUEST_NAMES | naming.NAMES | exception.NAMES | sender.NAMES
# Most incidents say under these names what another one said a moment ago.
_REMEMBERED_MAX = 2048
_REMEMBERED_BYTES_MAX = 2048
# Of `marshal`: the one in which equal values have equal bytes.
_MARSHAL_VERSION = 2
_KEY_BYTES = 8
_FAILED = "400"
# The title where there is nothing to be said: of `{}`, of a number.
_EMPTY = "(no fields)"
_NOTHING: Found = ("", "")


class Group(NamedTuple):
    """The group of an incident.

    `key` is a signed 64-bit number, the same for the whole group. `title` is printable text of one
    line; of several incidents of a group it can differ. `rule` is SENDER, EXCEPTION, MESSAGE or
    SHAPE. `service` is what the incident names, if it names one; `level`, folded, is that of a
    group that has this level alone.
    """

    key: int
    title: str
    rule: str
    version: int = VERSION
    service: str = ""
    level: str = ""


def group_of(headers: str, body: Any) -> Group:
    """The group of any incident. Raises nothing, and takes bounded time.

    `headers` is the canonical text of the headers, `body` the parsed body.
    """
    if isinstance(body, str):
        text, body = body, _opened(body, "", {}) if body.startswith("{") else {}
        if not body:
            return _by_text(text)
    fields = _fields(body)
    if not fields:
        return _group(SHAPE, "", "", *shape_of(body))
    if GITHUB_EVENT not in headers and (group := _by_names(fields)) is not None:
        return group
    read = _read(headers, fields)
    shaped = read.group or _group(SHAPE, "", read.service, *shape_of(read.fields))
    return _by_fingerprint(read, shaped)


def forget() -> None:
    """Forgets what is remembered of reports: for those who measure."""
    _remembered.cache_clear()
    _by_message.cache_clear()
    mask_name.cache_clear()


def _fields(body: Any) -> dict[str, Any]:
    """The object that is asked for names: of an array its first one."""
    if isinstance(body, list):
        body = next((each for each in body[:_ELEMENTS_MAX] if isinstance(each, dict)), None)
    return body if isinstance(body, dict) else {}


def _opened(text: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """A body whose message is an object as JSON, as containers' logs have it: with its fields."""
    try:
        inner = loads(text[:_OPENED_CHARS_MAX])
    except (ValueError, RecursionError):
        return body
    return {**{name: body[name] for name in body if name != key}, **inner}


def _by_names(fields: Mapping[str, Any]) -> Group | None:
    """The group by what stands under NAMES; None where the shape counts.

    It is remembered: for reports that differ elsewhere it is worked out once.
    """
    named = {name: fields[name] for name in fields if name in NAMES}
    try:
        key = marshal.dumps(named, _MARSHAL_VERSION)
    except ValueError:  # JSON has no such value, but a caller can
        return _by_rules(named)
    return _remembered(key) if len(key) <= _REMEMBERED_BYTES_MAX else _by_rules(named)


@lru_cache(maxsize=_REMEMBERED_MAX)
def _remembered(key: bytes) -> Group | None:
    return _by_rules(marshal.loads(key))  # noqa: S302 - the bytes are our own


def _by_rules(named: dict[str, Any]) -> Group | None:
    read = _read("", named)
    return None if read.group is None else _by_fingerprint(read, read.group)


class _Read(NamedTuple):
    """What a body says: its group, None where the shape counts, and a fingerprint beside it.

    `fields` are those of the body, or of the object that its message holds as JSON.
    """

    service: str
    fields: dict[str, Any]
    fingerprint: tuple[str, ...] | None
    group: Group | None


def _read(headers: str, fields: dict[str, Any]) -> _Read:
    message, key = message_of(fields) or _NOTHING
    if message.startswith("{"):
        fields = _opened(message, key, fields)
        message, _ = message_of(fields) or _NOTHING
    service, _ = service_of(fields) or _NOTHING
    service = service[:NAME_CHARS_MAX]
    said = word_of(headers, fields)
    if said is not None and said.title:
        in_key = "" if said.has_service else service
        group = _group(SENDER, said.title, in_key, *said.parts)._replace(service=service)
        return _Read(service, fields, None, group)
    return _Read(service, fields, said and said.parts, _by_content(service, message, fields))


def _by_text(text: str) -> Group:
    trace = trace_of(text)
    if trace is not None:
        return _by_exception("", trace)
    return _by_message("", "", mask(text))


def _by_fingerprint(read: _Read, group: Group) -> Group:
    """The group of a fingerprint, which takes its title, and its default, from the other rules."""
    if read.fingerprint is None:
        return group
    full = expanded(read.fingerprint, group.key)
    if full is None:
        return _group(SENDER, group.title, read.service, *read.fingerprint)
    return group if full == (str(group.key),) else _group(SENDER, group.title, read.service, *full)


def _by_content(service: str, message: str, fields: dict[str, Any]) -> Group | None:
    """By the rules between the first and the last."""
    raised = exception_of(fields)
    if raised is not None:
        return _by_exception(service, raised)
    text = (message and mask(message)) or _request(fields) or _event(fields)
    if not text:
        return None
    level, _ = level_of(fields) or _NOTHING
    return _by_message(service, fold(level[:NAME_CHARS_MAX]), text)


def _by_exception(service: str, trace: Trace) -> Group:
    kind, value = mask_name(trace.type), mask(trace.value)
    title = ": ".join(filter(None, (kind, value))) or trace.frames[0]
    return _group(EXCEPTION, title, service, kind, *(trace.frames or (value,)))


@lru_cache(maxsize=_REMEMBERED_MAX)
def _by_message(service: str, level: str, text: str) -> Group:
    if not text:
        return _group(SHAPE, "", service)
    return _group(MESSAGE, text, service, level, text)._replace(level=level)


def _request(fields: Mapping[str, Any]) -> str:
    """An access: its method and path, and how it failed."""
    request = request_of(fields)
    if request is None:
        return ""
    method, path = request
    status = http_status(fields) or ""
    failed = status if status >= _FAILED else ""
    return f"{method[:NAME_CHARS_MAX]} {mask(path.partition('?')[0])} {failed}".rstrip()


def _event(fields: Mapping[str, Any]) -> str:
    event, _ = event_of(fields) or _NOTHING
    return mask(event)


def _group(rule: str, title: str, service: str, *parts: str) -> Group:
    text = "\x00".join((rule, service, *parts))
    if text.count("\x00") != len(parts) + 1:
        text = ascii((rule, service, *parts))  # so that parts with a NUL stay apart, too
    digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
    key = int.from_bytes(digest[:_KEY_BYTES], "big", signed=True)
    return Group(key, _title(title or ", ".join(parts)) or _EMPTY, rule, VERSION, service)


def _title(text: str) -> str:
    text = text if len(text) <= TITLE_CHARS_MAX else f"{text[: TITLE_CHARS_MAX - 1]}…"
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else "\ufffd" for each in text)
