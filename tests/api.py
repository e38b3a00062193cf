"""The API without a socket: requests go straight to the ASGI application."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from incidents.http.app import create_app
from incidents.http.http1.exchange import CutShort
from incidents.http.message.client import Receive, Send
from incidents.runtime import Runtime

JSON = {"Content-Type": "application/json"}


@dataclass
class Result:
    """What came back for one request; `is_cut` says that its end is missing."""

    status: int
    headers: dict[str, str]
    content: bytes
    is_cut: bool = False

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Api:
    """Sends requests, and reads what comes back."""

    def __init__(self, runtime: Runtime, *, with_jobs: bool = True) -> None:
        self._with_jobs = with_jobs
        self.runtime = runtime
        self.app = create_app(runtime)

    async def __aenter__(self) -> Self:
        await self.runtime.open(with_jobs=self._with_jobs)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.runtime.close()

    async def request(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Result:
        """The reply to a request whose client stays until it has it."""
        path, _, query = path.partition("?")
        sent: list[dict[str, Any]] = []
        arriving = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return arriving.pop() if arriving else await asyncio.Future()

        async def send(event: dict[str, Any]) -> None:
            sent.append(event)

        sized = {"Content-Length": str(len(body)), **(headers or {})}
        is_cut = False
        try:
            await self.app(request_scope(method, path, query, sized), receive, send)
        except CutShort:
            is_cut = True
        start, *pieces = sent
        return Result(
            start["status"],
            {name.decode(): value.decode() for name, value in start["headers"]},
            b"".join(piece.get("body", b"") for piece in pieces),
            is_cut,
        )

    async def stream(
        self, path: str, headers: dict[str, str], receive: Receive, send: Send
    ) -> None:
        """POSTs what `receive` gives; hands each event of the reply to `send`."""
        with suppress(CutShort):
            await self.app(request_scope("POST", path, "", headers), receive, send)

    async def get(self, path: str, **headers: str) -> Result:
        return await self.request("GET", path, headers=headers)

    async def post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> Result:
        return await self.request("POST", path, body, {**JSON, **(headers or {})})

    async def report(self, body: Any, **headers: str) -> int:
        """The id of an incident with that body (bytes as they are, else as JSON)."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        result = await self.post("/problems", raw, named)
        assert result.status == 201, result.text
        return int(result.headers["location"].rpartition("/")[2])

    async def newest(self) -> int | None:
        """The id of the newest incident; None where there is none."""
        return next(iter(await self.find({}, "limit=1")), None)

    async def find(self, example: Any, query: str = "") -> list[int]:
        """The ids of the incidents that match, in the order they come."""
        answer = await self.post(f"/find?{query}", json.dumps(example).encode())
        assert answer.status == 200, answer.text
        return [incident["id"] for incident in answer.json["incidents"]]


def request_scope(method: str, path: str, query: str, headers: dict[str, str]) -> dict[str, Any]:
    all_headers = {"Host": "127.0.0.1:8000", **headers}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [
            (name.lower().encode(), value.encode("latin-1")) for name, value in all_headers.items()
        ],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }
