"""The log, on stderr: text on a terminal, otherwise JSON. API keys are replaced in both."""

import json
import logging
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any, Literal

from incidents.core.api_key import masked
from incidents.support.log_rate import LogRate
from incidents.support.metrics.metrics import LOG_MESSAGES
from incidents.support.request_id import request_id
from incidents.support.terminal import visible

LogFormat = Literal["auto", "text", "json"]

_RESERVED = frozenset(("time", "level", "logger", "message", "request_id", "pid", "exception"))


class TextFormatter(logging.Formatter):
    """Formats lines for people, without API keys."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The message, followed by the values of `fields` and the request id."""
        line = super().formatMessage(record)
        for name, value in _fields(record).items():
            line += f" {name}={value if isinstance(value, str) else json.dumps(value, default=str)}"
        line = visible(line).replace("\n", "\\n")
        id_ = request_id()
        return line if id_ is None else f"{line} [{id_}]"

    def format(self, record: logging.LogRecord) -> str:
        """The line and its traceback, with API keys replaced."""
        return masked(visible(super().format(record)))


class JSONFormatter(logging.Formatter):
    """Formats one JSON object a line, without API keys."""

    def format(self, record: logging.LogRecord) -> str:
        """The object. `time` is RFC 3339 in UTC; `request_id` is null outside of requests."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id(),
            "pid": record.process,
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return masked(json.dumps(line, default=str))


def fields(**values: object) -> dict[str, dict[str, object]]:
    """Values beside the message, by name: `log.info("…", extra=fields(seconds=3))`."""
    assert not _RESERVED & values.keys()
    return {"fields": values}


def log_to_stderr(level: int, log_format: LogFormat = "text") -> None:
    """From now on the log goes to stderr alone, from `level` upwards."""
    handler = _Handler()
    in_json = log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())
    handler.setFormatter(JSONFormatter() if in_json else TextFormatter())
    root = logging.getLogger()
    for each in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(each)
    logging.basicConfig(handlers=[handler], level=level)


def log_counted(*, all_: bool = False) -> None:
    """Writes the lines that were counted for a minute; with `all_`, all counted lines."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Handler):
            handler.write_counted(all_=all_)


class _Handler(logging.StreamHandler[Any]):
    """Writes the lines that the rate limit allows, and counts warnings for the metrics."""

    def __init__(self) -> None:
        super().__init__()
        self._rate = LogRate()

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            LOG_MESSAGES.add(1, "error" if record.levelno >= logging.ERROR else "warning")
            self.write_counted()
            # The caller limits lines of this kind itself.
            if not getattr(record, "is_rated", False) and self._rate.is_exceeded(record):
                return
        super().emit(record)

    def write_counted(self, *, all_: bool = False) -> None:
        """Writes the last of each kind of counted lines, with their number."""
        with self.lock or nullcontext():
            for record in self._rate.due(all_=all_):
                super().emit(record)

    def close(self) -> None:
        """Writes the counted lines; nothing is written afterwards."""
        self.write_counted(all_=True)
        super().close()


def _fields(record: logging.LogRecord) -> dict[str, object]:
    found: dict[str, object] = getattr(record, "fields", {})
    return found
