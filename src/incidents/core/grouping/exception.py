"""The second rule: an exception, wherever a report has it."""

from collections.abc import Iterable, Mapping
from typing import Any

from incidents.core.access_log import is_word, word
from incidents.core.grouping.trace import FRAMES_MAX, Trace, frame, frames_of, trace_of

# An exception as an object, or as fields with a prefix (`error.type`); in attributes, too.
HOLDERS = ("exception", "error", "err", "thrown")
ATTRIBUTES = "attributes"
TYPES = ("type", "class", "name", "kind", "exception_class")
VALUES = ("value", "message", "exception_message")
TRACES = (
    *("stacktrace", "stack_trace", "stack", "stackTrace", "traceback", "backtrace", "exc_info"),
    *("exc_text", "extendedStackTrace"),
)
# Texts that can have a trace in them.
TEXTS = (
    *TRACES,
    *("exception", "Exception", "StackTrace", "error", "@x", "full_message"),
    *("message", "msg", "log", "text", "body"),
)

# Exceptions of a chain, lines of a trace that is sent as an array, characters of a value.
_CHAIN_MAX = 8
_LINES_MAX = 256
_VALUE_CHARS_MAX = 1000
_FRAMES_READ_MAX = 4 * FRAMES_MAX

_NAMES = {"": (TYPES, VALUES, TRACES)} | {
    f"{holder}.": (
        [f"{holder}.{name}" for name in TYPES],
        [f"{holder}.{name}" for name in VALUES],
        [f"{holder}.{name}" for name in TRACES],
    )
    for holder in HOLDERS
}
_PREFIXED = frozenset(
    name for prefix, (types, _, traces) in _NAMES.items() if prefix for name in (*types, *traces)
)
_DESCRIBED = frozenset((*HOLDERS, ATTRIBUTES)) | _PREFIXED
_MESSAGE = "message"
_VALUES = frozenset(name for prefix, (_, values, _) in _NAMES.items() if prefix for name in values)
# Names of a body that `exception_of` asks for.
NAMES = _DESCRIBED | _VALUES | frozenset(TEXTS)
_UNUSUAL = (_DESCRIBED | frozenset(TEXTS)) - {_MESSAGE}


def exception_of(body: Mapping[str, Any]) -> Trace | None:
    """The exception of a report; None if it has none."""
    if _UNUSUAL.isdisjoint(body):  # as most reports are
        message = body.get(_MESSAGE)
        return None if type(message) is str and "\n" not in message else _trace(message)
    if not _DESCRIBED.isdisjoint(body) and (found := _sentry(body) or _described(body)):
        return found
    return next((found for name in TEXTS if name in body and (found := _trace(body[name]))), None)


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
    known = [each for each in frames[-_FRAMES_READ_MAX:] if isinstance(each, dict)]
    own = [each for each in known if each.get("in_app") is True]
    return frames_of([_frame(each) for each in reversed(own or known)])


def _frame(described: Mapping[str, Any]) -> str:
    file = _text(described.get("filename")) or _text(described.get("module"))
    return frame(_text(described.get("function")), file)


def _described(body: Mapping[str, Any]) -> Trace | None:
    for place in (body, body.get(ATTRIBUTES)):
        if isinstance(place, dict):
            for holder in HOLDERS:
                inner = place.get(holder)
                if isinstance(inner, dict) and (found := _object(inner, "")):
                    return found
            if not _PREFIXED.isdisjoint(place):
                return next(filter(None, (_object(place, f"{each}.") for each in HOLDERS)), None)
    return None


def _object(fields: Mapping[str, Any], prefix: str) -> Trace | None:
    """An exception by its fields: one that has a type, or a trace with frames."""
    types, values, traces = _NAMES[prefix]
    kind, value = _first(fields, types), _first(fields, values)
    trace = next(
        (found for each in traces if each in fields and (found := _trace(fields[each]))), None
    )
    if trace is None:
        return Trace(kind, value, ()) if kind else None
    return Trace(kind or trace.type, value or trace.value, trace.frames)


def _first(fields: Mapping[str, Any], names: Iterable[str]) -> str:
    return next((text for name in names if name in fields and (text := _text(fields[name]))), "")


def _trace(value: Any) -> Trace | None:
    """The trace in a text, or in an array of its lines."""
    if isinstance(value, list):
        value = "\n".join([each for each in value[:_LINES_MAX] if isinstance(each, str)])
    return trace_of(value) if isinstance(value, str) else None


def _text(value: Any) -> str:
    return word(value)[:_VALUE_CHARS_MAX] if is_word(value) else ""
