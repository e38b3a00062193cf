"""What makes a group: one key for all incidents that are about the same problem.

A pure function of headers and body, so that every worker says the same of an incident whatever came
before. The rules stand in docs/reference/groups.md.
"""

from hashlib import sha256
from typing import Any, Final, NamedTuple

from incidents.core.grouping.exception import exception_of
from incidents.core.grouping.mask import mask
from incidents.core.grouping.sender import DEFAULT, word_of
from incidents.core.grouping.shape import shape_of
from incidents.core.summary import level_of, message_of, service_of
from incidents.core.words import fold

# Of the algorithm: a change that gives an incident another key gets a new one.
VERSION = 1

SENDER: Final = "sender"
EXCEPTION: Final = "exception"
MESSAGE: Final = "message"
SHAPE: Final = "shape"
RULES = (SENDER, EXCEPTION, MESSAGE, SHAPE)

TITLE_CHARS_MAX = 200
# Of a service, a level, a part of a fingerprint.
_PART_CHARS_MAX = 200
_KEY_BYTES = 8


class Group(NamedTuple):
    """The group of an incident.

    `key` is a signed 64-bit number, the same for the whole group. `title` is printable text of one
    line; of several incidents of a group it can differ. `rule` is one of RULES.
    """

    key: int
    title: str
    rule: str
    version: int = VERSION


def group_of(headers: str, body: Any) -> Group:
    """The group of any incident. Raises nothing, and takes bounded time.

    `headers` is the canonical text of the headers, `body` the parsed body.
    """
    fields = _fields(body)
    service = service_of(fields)[:_PART_CHARS_MAX] if fields else ""
    said = word_of(headers, fields) if fields else None
    if said is None:
        return _found(service, body, fields)
    found = None if said.title else _found(service, body, fields)
    if found and (expanded := _expanded(said.parts, found)) is not None:
        return expanded
    title = said.title or (found.title if found else "")
    return _group(SENDER, title, service, *said.parts)


def _fields(body: Any) -> dict[str, Any]:
    """The object that is asked for names: of an array its first one."""
    if isinstance(body, list):
        body = next((each for each in body[:_PART_CHARS_MAX] if isinstance(each, dict)), None)
    return body if isinstance(body, dict) else {}


def _expanded(parts: tuple[str, ...], found: Group) -> Group | None:
    """The group of a fingerprint with `{{ default }}`; None where it has none."""
    if not any(map(DEFAULT.search, parts)):
        return None
    _, first, *others = parts
    if not others and DEFAULT.fullmatch(first):
        return found
    return _group(SENDER, found.title, *(DEFAULT.sub(str(found.key), part) for part in parts))


def _found(service: str, body: Any, fields: dict[str, Any]) -> Group:
    """By the rules after the first."""
    exception = exception_of(fields or body)
    if exception is not None:
        kind, value, frames = exception
        title = ": ".join(filter(None, (kind, value))) or frames[0]
        return _group(EXCEPTION, title, service, kind, *(frames or (value,)))
    if message := mask(body if isinstance(body, str) else message_of(fields)):
        level = fold(level_of(fields)[:_PART_CHARS_MAX])
        return _group(MESSAGE, message, service, level, message)
    shape = shape_of(body)
    return _group(SHAPE, ", ".join(shape), service, *shape)


def _group(rule: str, title: str, *parts: str) -> Group:
    # ascii() keeps parts apart, whatever characters they have, and does not depend on a locale.
    digest = sha256(ascii((rule, parts)).encode()).digest()
    key = int.from_bytes(digest[:_KEY_BYTES], signed=True)
    return Group(key, _title(title) or rule, rule)


def _title(text: str) -> str:
    text = text if len(text) <= TITLE_CHARS_MAX else f"{text[: TITLE_CHARS_MAX - 1]}…"
    if not text.isprintable():
        text = "".join(each if each.isprintable() else "\ufffd" for each in text)
    return text
