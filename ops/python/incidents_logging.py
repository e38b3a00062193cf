"""A handler for Python's `logging` that reports to incidents. Copy this file into your program.

    handler = IncidentsHandler("https://incidents.example", key=os.environ["INCIDENTS_KEY"])
    logging.getLogger().addHandler(handler)

Logging never waits for the network, and no error of this handler reaches the program. Records wait
in a queue of `records_max`. A thread sends them one after the other, and retries each for
`seconds_max` while the server is busy or away. Records that are lost, because the queue is full or
the server refuses them or cannot be reached, are counted: the next report has the number in
`lost_before`, and stderr has it when the program ends. stderr gives the reason once a minute. The
end of the program waits for at most `seconds_max`.

It needs only Python 3.9 or later.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import socket
import sys
import threading
import time
import traceback
from http.client import HTTPException
from typing import Any, Dict, Optional
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

# With these limits a report stays below INCIDENTS_BODY_BYTES_MAX of a server.
_TEXT_CHARACTERS_MAX = 50_000
_FIELD_CHARACTERS_MAX = 5_000
_BODY_BYTES_MAX = 1_000_000

# Python loads this codec when the first name is looked up; while a program ends it no longer can.
"incidents".encode("idna")

_BUSY = (408, 429, 500, 502, 503, 504)
_PAUSE_SECONDS_MAX = 5
_SAID_SECONDS = 60

# What every record has; anything else is what its caller gave as `extra`.
_OF_EVERY_RECORD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}

_Report = Dict[str, Any]


class IncidentsHandler(logging.Handler):
    """Reports records of `level` and above to the server at `url`, and never blocks the program.

    `key` has the scope `report`; `fields` are part of every report: {"service": "billing"}.
    """

    _thread: Optional[threading.Thread]
    _lost: int

    def __init__(
        self,
        url: str,
        key: Optional[str] = None,
        level: int | str = logging.ERROR,
        fields: Optional[Dict[str, Any]] = None,
        records_max: int = 1000,
        seconds_max: float = 10,
    ) -> None:
        super().__init__(level)
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"a server's URL looks like http://127.0.0.1:8000, not {url}")
        self._url = f"{url.rstrip('/')}/problems"
        self._headers = {"Content-Type": "application/json", "User-Agent": "incidents-logging"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._fields = {"host": socket.gethostname(), **(fields or {})}
        self._records_max = records_max
        self._seconds_max = seconds_max
        self._opener = build_opener(_StayHere)
        self._begin()

    def emit(self, record: logging.LogRecord) -> None:
        """Returns at once, whatever becomes of the record."""
        try:
            if os.getpid() != self._process:
                self._begin()
            # Made now: what the record refers to may change before it is sent.
            self._waiting.put_nowait(_report_of(record, self._fields))
            if self._thread is None:
                thread = threading.Thread(target=self._send_all, name="incidents", daemon=True)
                thread.start()
                self._thread = thread
        except queue.Full:
            self._count(1)
        except Exception as error:
            self._count(1)
            self._say(repr(error))

    def close(self) -> None:
        """Returns when all is sent, or after `seconds_max`. The end of a program calls it."""
        if os.getpid() == self._process:
            self._ends_at = time.monotonic() + self._seconds_max
            if self._thread is not None:
                self._end(self._thread)
            if self._lost and sys.stderr is not None:
                print(f"log records not reported to {self._url}: {self._lost}", file=sys.stderr)
            self._begin()
        super().close()

    def _begin(self) -> None:
        """What one process has: after a fork the child has no thread, and a queue of its parent."""
        self._process = os.getpid()
        self._waiting: queue.Queue[Optional[_Report]] = queue.Queue(self._records_max)
        self._thread = None
        self._counting = threading.Lock()
        self._lost = 0
        self._ends_at = float("inf")
        self._said_at = float("-inf")

    def _end(self, thread: threading.Thread) -> None:
        try:
            self._waiting.put(None, timeout=self._seconds_max)
        except queue.Full:
            self._count(self._waiting.qsize() + 1)  # and the one that is on its way
        else:
            thread.join(max(0, self._ends_at - time.monotonic()))
            if thread.is_alive():
                # The last in the queue is no report; the one that is on its way is lost, too.
                self._count(max(1, self._waiting.qsize()))

    def _send_all(self) -> None:
        waiting = self._waiting
        while (report := waiting.get()) is not None:
            lost = self._lost
            try:
                if lost:
                    report["lost_before"] = lost
                sent = self._send(_body_of(report))
            except Exception as error:
                sent = False
                self._say(repr(error))
            self._count(-lost if sent else 1)

    def _send(self, body: bytes) -> bool:
        """Whether it is on the server's disk. What the server refuses is not sent again."""
        deadline = time.monotonic() + self._seconds_max
        pause = 0.1
        while True:
            try:
                request = Request(self._url, body, self._headers)
                with self._opener.open(request, timeout=self._seconds_max):
                    return True
            except HTTPError as error:
                error.close()
                why = f"the server answered {error.code}"
                if error.code not in _BUSY:
                    break
            except (OSError, HTTPException) as error:
                why = repr(error)
            if time.monotonic() + pause > min(deadline, self._ends_at):
                break
            time.sleep(pause)
            pause = min(2 * pause, _PAUSE_SECONDS_MAX)
        self._say(why)
        return False

    def _count(self, lost: int) -> None:
        with self._counting:
            self._lost += lost

    def _say(self, why: str) -> None:
        if time.monotonic() - self._said_at > _SAID_SECONDS and sys.stderr is not None:
            self._said_at = time.monotonic()
            print(f"log records are not reported to {self._url}: {why}", file=sys.stderr)


class _StayHere(HTTPRedirectHandler):
    """Follows nowhere: neither a report nor the key goes to a place that nobody named."""

    def redirect_request(self, *_: Any) -> None:
        """Nothing to go on with: the redirection is an error."""


def _report_of(record: logging.LogRecord, fields: Dict[str, Any]) -> _Report:
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    report = {
        **fields,
        "time": f"{seconds}.{int(record.msecs):03d}Z",
        "level": record.levelname,
        "logger": record.name,
        "message": _message_of(record)[:_TEXT_CHARACTERS_MAX],
        # The same for all such messages, whatever was put into them.
        "template": str(record.msg)[:_FIELD_CHARACTERS_MAX],
        "file": record.pathname,
        "line": record.lineno,
        "function": record.funcName,
        "process": record.process,
        "thread": record.threadName,
    }
    extra = {name: each for name, each in vars(record).items() if name not in _OF_EVERY_RECORD}
    if extra:
        report["extra"] = {str(name): _as_json(each) for name, each in extra.items()}
    if record.exc_info and record.exc_info[0]:
        report["exception"] = _exception_of(*record.exc_info)
    if record.stack_info:
        report["stack"] = record.stack_info[-_TEXT_CHARACTERS_MAX:]
    return report


def _message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:
        return f"{record.msg!r} % {record.args!r}"


def _exception_of(kind: Any, error: Any, where: Any) -> Dict[str, str]:
    text = "".join(traceback.format_exception(kind, error, where))
    return {
        "type": f"{kind.__module__}.{kind.__qualname__}",
        "message": str(error)[:_FIELD_CHARACTERS_MAX],
        "traceback": text[-_TEXT_CHARACTERS_MAX:],  # its end says what happened
    }


def _as_json(value: Any) -> Any:
    """The value, where JSON has such; else a text that shows it, of some length at most."""
    try:
        text = json.dumps(value, allow_nan=False)
        if len(text) <= _FIELD_CHARACTERS_MAX:
            return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        pass
    return repr(value)[:_FIELD_CHARACTERS_MAX]


def _body_of(report: _Report) -> bytes:
    body = json.dumps(report).encode()
    if len(body) > _BODY_BYTES_MAX:
        left_out = {**report, "extra": f"{len(report.get('extra', ()))} fields were too long"}
        body = json.dumps(left_out).encode()
    return body
