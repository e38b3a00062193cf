"""A receiver of webhooks, and how soon after a report it was told of it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench.failed import Failed
from bench.process import HOST

_WAIT_SECONDS_MAX = 60
_POLL_SECONDS = 0.05

# A rule, and the value of its `by`.
Member = tuple[str, str]


class Told:
    """When something was due to be told, and when it was, on one clock."""

    def __init__(self, port: int) -> None:
        self.url = f"http://{HOST}:{port}/in"
        self._due: dict[Member, float] = {}
        self._came: dict[Member, float] = {}

    def expect(self, rule: str, member: str, due: float) -> None:
        """The rule fires for that member, at that time of the monotonic clock."""
        self._due[rule, member] = due

    def receive(self, payload: dict[str, Any]) -> None:
        """Takes a message, or each of those that were joined in it."""
        now, data = time.monotonic(), payload["data"]
        for each in data.get("notifications", [payload]):
            member = each["data"]["rule"], *each["data"]["by"].values()
            self._came.setdefault(member, now)

    def seconds(self, rule: str) -> list[float]:
        """How late each firing of a rule was told. Raises Failed for one that was not."""
        expected = [member for member in self._due if member[0] == rule]
        end = time.monotonic() + _WAIT_SECONDS_MAX
        while missing := [member for member in expected if member not in self._came]:
            if time.monotonic() > end:
                raise Failed(f"{len(missing)} firings of {rule} were not told")
            time.sleep(_POLL_SECONDS)
        return sorted(self._came[member] - self._due[member] for member in expected)


@contextmanager
def listening() -> Iterator[Told]:
    """It answers in the block."""
    told: Told

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()
            told.receive(json.loads(body))

        log_message: Callable[..., None] = staticmethod(lambda *_: None)

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        told = Told(server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield told
        server.shutdown()
