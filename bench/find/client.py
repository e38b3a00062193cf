"""One connection that asks, and how long each answer took."""

import json
import time
from http.client import HTTPConnection
from typing import Any, Self

from bench.failed import Failed
from bench.find.questions import Question
from bench.process import HOST

_SECONDS_MAX = 60


class Client:
    """Keeps its connection open, as programs do."""

    def __init__(self, port: int, limit: int = 50) -> None:
        self._connection = HTTPConnection(HOST, port, timeout=_SECONDS_MAX)
        self._limit = limit

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @property
    def port(self) -> int:
        """Its own, by which a worker's socket is known."""
        return int(self._connection.sock.getsockname()[1])

    def ask(self, question: Question) -> tuple[float, bytes]:
        """The milliseconds until the answer was read, and the answer."""
        begun = time.perf_counter()
        if question.hash is not None:
            path = f"/find?limit={self._limit}&h={question.hash}"
            return self._time(begun, "GET", path, None)
        path = f"/find?limit={self._limit}{question.parameters}"
        return self._time(begun, "POST", path, json.dumps(question.example))

    def report(self, body: str) -> tuple[float, Any]:
        """The milliseconds until it was acknowledged, and the answer."""
        milliseconds, answer = self._time(time.perf_counter(), "POST", "/problems", body)
        return milliseconds, json.loads(answer)

    def _time(self, begun: float, method: str, path: str, body: str | None) -> tuple[float, bytes]:
        headers = {} if body is None else {"Content-Type": "application/json"}
        self._connection.request(method, path, body, headers)
        reply = self._connection.getresponse()
        answer = reply.read()
        if reply.status >= 300:  # noqa: PLR2004 - no success
            raise Failed(f"{method} {path} was answered {reply.status}: {answer[:500]!r}")
        return (time.perf_counter() - begun) * 1000, answer
