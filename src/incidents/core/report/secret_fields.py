"""Fields of bodies whose values are never stored, by their paths."""

from collections.abc import Iterable, Iterator

from incidents.core import json_text
from incidents.core.incident import NOT_KEPT, REDACTED, Body
from incidents.core.report.json_walk import after_comma, after_space, value_at

_REDACTED = f'"{REDACTED}"'

Span = tuple[int, int]


class SecretFields:
    """Redacts the fields of its paths: dotted names, through objects and all elements of arrays.

    Every way to split a path at its dots counts: `a.b` is both the key `b` in `a` and the key
    `a.b`.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = tuple(paths)
        self._last_names = tuple({path.rpartition(".")[2] for path in self._paths})

    def __bool__(self) -> bool:
        """Whether there is any path."""
        return bool(self._paths)

    def redact(self, body: Body, nesting_levels_max: int) -> Body:
        """The body with `[redacted]` for those values, and everything else as it was sent.

        The original bytes are not kept if a value was redacted. Raises NotJSON and OverLimit as
        `json_text.parse` does.
        """
        text = body.text
        # A name can only be escaped with a backslash.
        if "\\" not in text and not any(name in text for name in self._last_names):
            return body
        json_text.parse(text, nesting_levels_max)
        spans: list[Span] = []
        _look(text, after_space(text, 0), self._paths, spans)
        return Body("".join(_redacted(text, spans)), NOT_KEPT) if spans else body


def _redacted(text: str, spans: list[Span]) -> Iterator[str]:
    kept_from = 0
    for start, end in spans:
        yield text[kept_from:start]
        yield _REDACTED
        kept_from = end
    yield text[kept_from:]


def _look(text: str, at: int, paths: tuple[str, ...], spans: list[Span]) -> int:
    """Adds the spans of the named fields in the value at `at`; returns the index behind the value.

    The text was parsed before, so it is well-formed and not too deep. Repeated keys are all
    visited, although a parser would return only the last.
    """
    if paths and text[at] == "{":
        return _look_in_object(text, at, paths, spans)
    if paths and text[at] == "[":
        return _look_in_array(text, at, paths, spans)
    return value_at(text, at)[1]


def _look_in_object(text: str, at: int, paths: tuple[str, ...], spans: list[Span]) -> int:
    at = after_space(text, at + 1)
    while text[at] != "}":
        name, at = value_at(text, at)
        start = after_space(text, after_space(text, at) + 1)  # behind the colon
        deeper = tuple(path[len(name) + 1 :] for path in paths if path.startswith(f"{name}."))
        end = _look(text, start, () if name in paths else deeper, spans)
        if name in paths:
            spans.append((start, end))
        at = after_comma(text, end)
    return at + 1


def _look_in_array(text: str, at: int, paths: tuple[str, ...], spans: list[Span]) -> int:
    at = after_space(text, at + 1)
    while text[at] != "]":
        at = after_comma(text, _look(text, at, paths, spans))
    return at + 1
