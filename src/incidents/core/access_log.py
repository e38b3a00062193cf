"""What a log of accesses tells of a request, and the words that stand in JSON."""

import re
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

_METHODS = (
    *("method", "http_method", "request_method", "requestMethod", "verb"),
    *("http.method", "http.request.method"),
)
_PATHS = (
    *("path", "url", "uri", "request_uri", "request_path", "requestUrl", "target", "route"),
    *("http.target", "http.route", "http.url", "url.path", "url.full"),
)
_STATUSES = (
    *("status", "status_code", "statusCode", "http_status", "response_code"),
    *("http.status_code", "http.response.status_code"),
)
_MILLISECONDS = (
    *("duration_ms", "took_ms", "elapsed_ms", "latency_ms", "response_time_ms"),
    *("durationMs", "responseTime"),
)
_SECONDS = ("duration_seconds", "duration_s", "elapsed_seconds", "latency_seconds", "request_time")
_WITHIN = ("request", "http", "httpRequest", "response")
# Names of a body that `request_of` and `http_status` ask for.
REQUEST_NAMES = frozenset((*_METHODS, *_PATHS, *_STATUSES, *_WITHIN))
_REQUEST_LINE = re.compile(r"([A-Z]{3,7}) (\S+)(?: HTTP/[\d.]+)?")
_HTTP_STATUS = re.compile(r"[1-5]\d\d")
_SECOND_MS = 1000
_MINUTE_MS = 60 * _SECOND_MS
_FEW_MS = 10


def request_line(body: Mapping[str, Any]) -> str | None:
    """Method, path, status and duration: `POST /cart 502 3.1 s`; None where it is no request."""
    asked = request_of(body)
    if asked is None:
        return None
    return " ".join(filter(None, [*asked, http_status(body), _duration(_requests(body))]))


def request_of(body: Mapping[str, Any]) -> tuple[str, str] | None:
    """Method and path; None where it is no request."""
    asked = _requests(body)
    method, path = first_of(asked, _METHODS), first_of(asked, _PATHS)
    request = body.get("request")
    if isinstance(request, str) and (line := _REQUEST_LINE.fullmatch(request)):
        method, path = line.groups()
    return None if method is None or path is None else (method, path)


def _requests(body: Mapping[str, Any]) -> list[Any]:
    return [body, *map(body.get, _WITHIN)]


def http_status(body: Mapping[str, Any]) -> str | None:
    """The three digits of the status that a request was answered with."""
    for each in _requests(body):
        found = first_of([each], _STATUSES)
        if found is not None and _HTTP_STATUS.fullmatch(found):
            return found
    return None


def _duration(asked: Sequence[Any]) -> str | None:
    for names, factor in ((_MILLISECONDS, 1), (_SECONDS, _SECOND_MS)):
        try:
            milliseconds = float(first_of(asked, names) or "") * factor
        except ValueError:
            continue
        if not 0 <= milliseconds < inf:
            continue
        if milliseconds >= _MINUTE_MS:
            return f"{_number(_round(milliseconds / _MINUTE_MS, 10))} min"
        if milliseconds >= _SECOND_MS:
            return f"{_number(_round(milliseconds / _SECOND_MS, 10))} s"
        return f"{_number(_round(milliseconds, 1 if milliseconds >= _FEW_MS else 10))} ms"
    return None


def _round(value: float, parts: int) -> float:
    """Rounded to a multiple of 1 / parts. A tie goes up, as in JavaScript's Math.round."""
    return (value * parts + 0.5) // 1 / parts


def first_of(places: Sequence[Any], names: Sequence[str]) -> str | None:
    """The first word that stands under one of the names in one of the places."""
    for place in places:
        for name in names:
            if isinstance(place, dict) and is_word(place.get(name)):
                return word(place[name])
    return None


def is_word(value: Any) -> bool:
    """Whether it is a text that is not blank, or a number."""
    if isinstance(value, str):
        return value != "" and not value.isspace()
    return type(value) in (int, float)


def word(value: Any) -> str:
    """The text of what `is_word`."""
    return value if isinstance(value, str) else _number(value)


def _number(value: float) -> str:
    # An integer of JSON can be beyond any double.
    return str(int(value)) if type(value) is float and value.is_integer() else str(value)
