"""Positions of values in a JSON text that was parsed before, and so is well-formed."""

from collections.abc import Iterator
from json import JSONDecoder

_SPACE = " \t\n\r"

# The value that begins at an index, and the index behind it. There must be no white space before
# the value.
value_at = JSONDecoder().raw_decode


def after_space(text: str, at: int) -> int:
    """The index of the next character that is not white space."""
    while text[at] in _SPACE:
        at += 1
    return at


def after_comma(text: str, at: int) -> int:
    """Behind a value: the index of the next name or value, or of the closing bracket."""
    at = after_space(text, at)
    return after_space(text, at + 1) if text[at] == "," else at


def spans_of(text: str, path: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """The spans of the elements of nested arrays: `{"a": [{"b": [HERE]}]}` by the path a, b.

    Repeated keys are all visited. A value that is not an array has no elements.
    """
    spans: list[tuple[int, int]] = []
    _walk_object(text, after_space(text, 0), path, spans)
    return iter(spans)


def _walk_object(text: str, at: int, path: tuple[str, ...], spans: list[tuple[int, int]]) -> int:
    if text[at] != "{":
        return value_at(text, at)[1]
    at = after_space(text, at + 1)
    while text[at] != "}":
        name, at = value_at(text, at)
        start = after_space(text, after_space(text, at) + 1)  # behind the colon
        if name == path[0] and text[start] == "[":
            end = _walk_array(text, start, path[1:], spans)
        else:
            end = value_at(text, start)[1]
        at = after_comma(text, end)
    return at + 1


def _walk_array(text: str, at: int, path: tuple[str, ...], spans: list[tuple[int, int]]) -> int:
    at = after_space(text, at + 1)
    while text[at] != "]":
        if path:
            end = _walk_object(text, at, path, spans)
        else:
            end = value_at(text, at)[1]
            spans.append((at, end))
        at = after_comma(text, end)
    return at + 1
