"""An incident as one line of an export: complete, character by character.

A line is the incident as every find shows it. If the body's text has white space that would be
lost, the line also has `body_text`: the original text as a string. If the original bytes are not
the body, they are in `raw`, as base64.
"""

import json
import re
from base64 import b64decode, b64encode
from datetime import datetime
from json import JSONDecoder
from typing import Any

from incidents.core import json_text
from incidents.core.errors import BadLine, NotJSON, OverLimit
from incidents.core.grouping.keys import keys_of
from incidents.core.incident import Body, Derived, Incident, StoredIncident, of_derived
from incidents.maintenance.integrity import fault_of
from incidents.support.settings import NESTING_LEVELS_MAX

_NEEDED = ("id", "hash", "received_at", "body", "headers")
# Half the range of a bigint: ids are left to assign after any import.
ID_MAX = 2**62
_SPACE = re.compile(r"[ \t\r\n]*")
_HASH = re.compile(r"[0-9a-f]{64}")

_value_at = JSONDecoder().raw_decode


def write_line(incident: StoredIncident) -> str:
    """One line, from which `read_line` makes the same incident."""
    line, body = incident.to_line(), incident.body
    if body != body.strip() or "\n" in body or "\r" in body:
        line = f'{line[:-1]}, "body_text": {json.dumps(body, ensure_ascii=False)}}}'
    if incident.raw is not None:
        line = f'{line[:-1]}, "raw": "{b64encode(incident.raw).decode()}"}}'
    return line


def read_line(line: str) -> tuple[int, Incident]:
    """The id and the incident of a line. Raises BadLine, which says what is wrong."""
    try:
        texts = members(line)
        missing = [name for name in _NEEDED if name not in texts]
        if missing:
            raise BadLine(f"it has no {' and no '.join(missing)}")
        return _id(texts["id"]), _incident(texts)
    except (NotJSON, OverLimit) as error:
        raise BadLine(str(error)) from error


def members(text: str) -> dict[str, str]:
    """The members of a JSON object, each value as its original text.

    Raises NotJSON.
    """
    try:
        return dict(_members(text))
    except (IndexError, ValueError, RecursionError) as error:
        raise NotJSON(f"it is not a JSON object on one line: {error}") from error


def _members(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = _expect(text, 0, "{")
    while text[at] != "}":
        if found:
            at = _expect(text, at, ",")
        if text[at] != '"':
            raise ValueError(f"a name is missing at character {at}")
        name, at = _value_at(text, at)
        at = _expect(text, at, ":")
        _, end = _value_at(text, at)
        found.append((name, text[at:end]))
        at = _after_space(text, end)
    if _after_space(text, at + 1) != len(text):
        raise ValueError("there is text behind the object")
    return found


def _expect(text: str, at: int, sign: str) -> int:
    at = _after_space(text, at)
    if text[at : at + 1] != sign:
        raise ValueError(f"{sign} is missing at character {at}")
    return _after_space(text, at + 1)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def _incident(texts: dict[str, str]) -> Incident:
    headers = texts["headers"]
    body = _string(texts, "body_text") if "body_text" in texts else texts["body"]
    if not headers.startswith("{"):
        raise BadLine("its headers are not an object")
    hash_ = _hash(_string(texts, "hash"))
    fault = fault_of(headers, body, hash_)
    if fault is not None:
        raise BadLine(f"{fault}: it is not what was exported")
    for_search = json_text.for_search(body, NESTING_LEVELS_MAX)
    known = Derived(hash_, for_search, keys_of(headers, json_text.parse(body, NESTING_LEVELS_MAX)))
    raw = _bytes(texts, "raw") if "raw" in texts else None
    return of_derived(headers, Body(body, raw), _time(_string(texts, "received_at")), known)


def _bytes(texts: dict[str, str], name: str) -> bytes:
    try:
        return b64decode(_string(texts, name), validate=True)
    except ValueError as error:
        raise BadLine(f"its {name} is not base64") from error


def _string(texts: dict[str, str], name: str) -> str:
    value: Any = json.loads(texts[name])
    if not isinstance(value, str):
        raise BadLine(f"its {name} is not a string")
    return value


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= ID_MAX):
        raise BadLine(f"an id is a whole number from 1 to {ID_MAX}, not {text[:40]}")
    return int(text)


def _hash(text: str) -> bytes:
    if _HASH.fullmatch(text) is None:
        raise BadLine("a hash is 64 hexadecimal digits")
    return bytes.fromhex(text)


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise BadLine(f"received_at is a time such as 2026-11-23T03:46:00.123456Z, not {text[:40]}")
    return time
