"""The second rule: an exception, wherever a report has it."""

from collections.abc import Iterator, Mapping
from typing import Any

from incidents.core.grouping.mask import mask
from incidents.core.grouping.trace import FRAMES_MAX, Trace, frame, frames_of, trace_of

# Objects that describe an exception, and prefixes of such names (`exception.type`).
HOLDERS = ("exception", "error", "err", "thrown")
# Where they stand: in the body itself, or in one of these.
_PLACES = ("attributes",)
TYPES = ("type", "class", "name", "kind", "exception_class")
VALUES = ("value", "message", "exception_message")
TRACES = (
    *("stacktrace", "stack_trace", "stack", "stackTrace", "traceback", "backtrace"),
    *("exc_info", "exc_text", "extendedStackTrace"),
)
# Texts that may have a trace in them.
TEXTS = ("exception", "error", "@x", "full_message", "message", "msg", "log", "text", "body")

# Sentry sends the whole chain.
_CHAIN_MAX = 8
_LINES_MAX = 256


def exception_of(body: Any) -> Trace | None:
    """The exception of a report; None if it has none. `type` and `value` are masked."""
    found = _found(body)
    return found and Trace(mask(found.type), mask(found.value), found.frames)


def _found(body: Any) -> Trace | None:
    if isinstance(body, str):
        return trace_of(body)
    if not isinstance(body, dict):
        return None
    return _sentry(body) or _described(body) or _in_texts(body)


def _sentry(body: Mapping[str, Any]) -> Trace | None:
    """A chain: https://develop.sentry.dev/sdk/data-model/event-payloads/exception/."""
    exception = body.get("exception")
    values = exception.get("values") if isinstance(exception, dict) else exception
    if not isinstance(values, list):
        return None
    chain = [each for each in values[-_CHAIN_MAX:] if isinstance(each, dict)]
    types = [kind for each in chain if (kind := _text(each.get("type")))]
    frames = next((found for each in reversed(chain) if (found := _frames(each))), ())
    if not types and not frames:
        return None
    return Trace(" ".join(types), _text(chain[-1].get("value")), frames)


def _frames(exception: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of the program itself if some are marked so; else all."""
    trace = exception.get("stacktrace")
    frames = trace.get("frames") if isinstance(trace, dict) else None
    if not isinstance(frames, list):
        return ()
    known = [each for each in frames[-4 * FRAMES_MAX :] if isinstance(each, dict)]
    own = [each for each in known if each.get("in_app") is True]
    return frames_of([_frame(each) for each in reversed(own or known)])


def _frame(described: Mapping[str, Any]) -> str:
    file = _text(described.get("filename")) or _text(described.get("module"))
    return frame(_text(described.get("function")), file)


def _described(body: Mapping[str, Any]) -> Trace | None:
    """An exception as an object, or as fields with a prefix."""
    for place in (body, *map(body.get, _PLACES)):
        if isinstance(place, dict):
            for holder in HOLDERS:
                inner = place.get(holder)
                found = _object(inner, "") if isinstance(inner, dict) else None
                if found := found or _object(place, f"{holder}."):
                    return found
    return None


def _object(fields: Mapping[str, Any], prefix: str) -> Trace | None:
    kind = next((text for name in TYPES if (text := _text(fields.get(prefix + name)))), "")
    value = next((text for name in VALUES if (text := _text(fields.get(prefix + name)))), "")
    traces = (trace_of(_lines(fields.get(prefix + name))) for name in TRACES)
    trace = next(filter(None, traces), None)
    if trace is None:
        return Trace(kind, value, ()) if kind else None
    return Trace(kind or trace.type, value or trace.value, trace.frames)


def _in_texts(body: Mapping[str, Any]) -> Trace | None:
    texts = (_lines(body.get(name)) for name in (*TRACES, *TEXTS))
    return next(filter(None, map(trace_of, texts)), None)


def _lines(value: Any) -> str:
    """A text, also one that is sent as an array of its lines."""
    if isinstance(value, list):
        return "\n".join(_strings(value[:_LINES_MAX]))
    return value if isinstance(value, str) else ""


def _strings(values: list[Any]) -> Iterator[str]:
    return (each for each in values if isinstance(each, str))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
