"""From the bytes of a request to the bodies of its incidents.

In this order: files are refused by their declared type; JSON is accepted under any type; then lines
of JSON, forms, and text. Senders often declare the wrong type, and most do not retry when refused.
"""

import json
from json import JSONDecoder
from typing import Any, NamedTuple

from incidents.core import json_text
from incidents.core.errors import NotJSON, UnsupportedType
from incidents.core.incident import Body
from incidents.core.report.form import form_body
from incidents.core.report.media_type import MediaType
from incidents.core.report.text import Text, read_text

_GZIP = b"\x1f\x8b"
_SPACE = " \t\n\r"
# An array that is split may be this many times as deep: an element that is too deep is refused by
# itself.
_SPLIT_LEVELS_TIMES = 4

_decoder = JSONDecoder()


class Bodies(NamedTuple):
    """The bodies of one request. `are_several`: the reply has a line for each."""

    bodies: list[Body]
    are_several: bool


def check_type(kind: MediaType) -> None:
    """Returns unless the type alone decides that the body is refused. Raises UnsupportedType."""
    if kind.is_binary:
        raise UnsupportedType(
            f"{kind.name[:80]} is not supported: send JSON, lines of JSON, a form "
            "(application/x-www-form-urlencoded), or text"
        )


def utf8_body(raw: bytes, kind: MediaType) -> Body | None:
    """The body if it may be JSON in UTF-8; None if its charset or its first bytes say otherwise."""
    if kind.charset not in (None, "utf-8"):
        return None
    try:
        return Body(raw.decode())
    except UnicodeDecodeError:
        return None


def read_bodies(raw: bytes, kind: MediaType, nesting_levels_max: int, *, split: bool) -> Bodies:
    """The bodies of a request that `check_type` accepted and whose type is not one of lines.

    With `split` each element of a top-level array is one. Raises NotJSON, with line and column if
    it was meant to be JSON; OverLimit as `json_text.parse` does; UnsupportedType.
    """
    read = read_text(raw, kind.charset)
    text = read.text
    if not text or text.isspace():
        raise NotJSON("the body is empty: send a JSON text, for example {}")
    levels_max = _SPLIT_LEVELS_TIMES * nesting_levels_max if split else nesting_levels_max
    try:
        value = json_text.parse(text, levels_max)
    except NotJSON as error:
        return _not_json(raw, read, kind, error)
    if split and (elements := split_array(text, value)) is not None:
        return Bodies([Body(each, read.bytes_of(each)) for each in elements], are_several=True)
    return _one(Body(text, None if read.is_utf8 else raw))


def read_line(raw: bytes) -> Body:
    """The body of a line. Whether it is JSON is checked later, when the incident is made."""
    try:
        return Body(raw.decode())
    except UnicodeDecodeError:
        return Body(raw.decode("latin-1"), raw)


def split_array(text: str, value: Any) -> list[str] | None:
    """The texts of an array's elements, unchanged; None if it is not an array, or empty.

    `text` is a JSON text, `value` its parsed value.
    """
    if not isinstance(value, list) or not value:
        return None
    elements, at = [], text.index("[") + 1
    for _ in value:
        at = _after_space(text, at)
        _, end = _decoder.raw_decode(text, at)
        elements.append(text[at:end])
        at = _after_space(text, end) + 1  # behind the comma, or the closing bracket
    return elements


def _not_json(raw: bytes, read: Text, kind: MediaType, error: NotJSON) -> Bodies:
    text = read.text
    if lines := _lines(text):
        return Bodies([Body(each, read.bytes_of(each)) for each in lines], are_several=True)
    if raw.startswith(_GZIP):
        raise NotJSON("the body is gzip: say so with `Content-Encoding: gzip`") from error
    looks_like_json = text.lstrip(_SPACE).startswith(("{", "["))
    if kind.is_json or looks_like_json:
        raise error
    if kind.is_form and "=" in text:
        return _one(Body(form_body(text), raw))
    if kind.is_form or kind.is_text:
        return _one(Body(json.dumps(text, ensure_ascii=False), raw))
    raise UnsupportedType(
        f"the body is neither JSON nor, by its Content-Type {kind.name[:80]}, a form or text: "
        "send JSON, or text/plain"
    ) from error


def _lines(text: str) -> list[str] | None:
    """The lines that are not empty, if there are several and each is an object or an array."""
    lines = [line for each in text.split("\n") if (line := each.strip(_SPACE))]
    return lines if len(lines) > 1 and all(map(_is_object_or_array, lines)) else None


def _is_object_or_array(line: str) -> bool:
    return line.startswith(("{", "[")) and json_text.is_json(line)


def _after_space(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at


def _one(body: Body) -> Bodies:
    return Bodies([body], are_several=False)
