"""One connection that asks, and how long each answer took."""

import json
import socket
import time
from typing import Any, Self
from urllib.parse import quote

from httptools import HttpResponseParser

from bench.failed import Failed
from bench.find.questions import Question
from bench.process import HOST

_SECONDS_MAX = 60
_PIECE_BYTES = 256 * 1024
_JSON = "Content-Type: application/json\r\n"
_OVERLOADED = 503


class Client:
    """Keeps its connection open, and sends a request in one piece, as programs do.

    What it does itself is as little as can be: it shares the machine with what it measures.
    """

    def __init__(self, port: int, limit: int = 50) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=_SECONDS_MAX)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._limit = limit

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def port(self) -> int:
        """Its own, by which a worker's socket is known."""
        return int(self._socket.getsockname()[1])

    def ask(self, question: Question) -> tuple[float, bytes]:
        """The milliseconds until the answer was read, and the answer."""
        if question.url is not None:
            return self._time("GET", question.url, None)
        if question.hash is not None:
            path = f"/find?limit={self._limit}&h={question.hash}"
            return self._time("GET", path, None)
        if question.line is not None:
            line = quote(question.line)
            return self._time("GET", f"/find?limit={self._limit}&q={line}", None)
        path = f"/find?limit={self._limit}{question.parameters}"
        return self._time("POST", path, json.dumps(question.example))

    def report(self, body: str) -> tuple[float, Any]:
        """The milliseconds until it was acknowledged, and the answer."""
        milliseconds, answer = self._time("POST", "/problems", body)
        return milliseconds, json.loads(answer)

    def post(self, path: str, body: bytes, *, packed: bool = False) -> tuple[float, int]:
        """The milliseconds until it was answered, and the status: a success, or 503."""
        about = "Content-Encoding: gzip\r\n" if packed else ""
        milliseconds, status, answer = self._sent("POST", path, body, f"{_JSON}{about}")
        return milliseconds, _checked(status, answer, path, _OVERLOADED)

    def ask_for(self, method: str, path: str, body: str | None = None) -> bytes:
        """The answer to any request that succeeds."""
        return self._time(method, path, body)[1]

    def refused(self, path: str, body: bytes) -> int:
        """The status of what should not be taken."""
        return self._sent("POST", path, body, _JSON)[1]

    def _time(self, method: str, path: str, body: str | None) -> tuple[float, bytes]:
        about = "" if body is None else _JSON
        milliseconds, status, answer = self._sent(method, path, (body or "").encode(), about)
        _checked(status, answer, path)
        return milliseconds, answer

    def _sent(self, method: str, path: str, body: bytes, about: str) -> tuple[float, int, bytes]:
        begun = time.perf_counter()
        head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\n{about}Content-Length: {len(body)}"
        self._socket.sendall(head.encode() + b"\r\n\r\n" + body)
        status, answer = self._answer()
        return (time.perf_counter() - begun) * 1000, status, answer

    def _answer(self) -> tuple[int, bytes]:
        answer = _Answer()
        parser = HttpResponseParser(answer)
        while not answer.is_whole:
            piece = self._socket.recv(_PIECE_BYTES)
            if not piece:
                raise Failed("an answer was cut")
            parser.feed_data(piece)
        return parser.get_status_code(), b"".join(answer.pieces)


def _checked(status: int, answer: bytes, path: str, *others: int) -> int:
    if status >= 300 and status not in others:  # noqa: PLR2004 - no success
        raise Failed(f"{path} was answered {status}: {answer[:500]!r}")
    return status


class _Answer:
    """What the parser found."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.is_whole = False

    def on_body(self, piece: bytes) -> None:
        """A part of the body."""
        self.pieces.append(piece)

    def on_message_complete(self) -> None:
        """The answer is whole."""
        self.is_whole = True
