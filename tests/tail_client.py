"""A listener without a socket: GET /tail straight to the ASGI application."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

from tests.api import Api, Result, request_scope

_SECONDS_MAX = 30


@dataclass
class Told:
    """One server-sent event."""

    id: str
    kind: str
    data: Any


class TailClient:
    """Listens from the block's beginning to its end; `hears` says whether it reads on."""

    def __init__(
        self,
        api: Api,
        example: Any = None,
        left: str | None = None,
        headers: dict[str, str] | None = None,
        q: str | None = None,
    ) -> None:
        query = "" if example is None else "example=" + quote(json.dumps(example))
        query += "" if q is None else "&q=" + quote(q)
        headers = {**({} if left is None else {"Last-Event-ID": left}), **(headers or {})}
        self._scope = request_scope("GET", "/tail", query, headers)
        self._api = api
        self._text = ""
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self._asked = False
        self._left = asyncio.Event()
        self._started: asyncio.Future[dict[str, Any]] = asyncio.Future()
        self.hears = asyncio.Event()
        self.hears.set()
        self.position = ""

    async def __aenter__(self) -> Self:
        answer = self._api.app(self._scope, self._receive, self._send)
        self._task = asyncio.ensure_future(answer)
        self.start = await asyncio.wait_for(asyncio.shield(self._started), _SECONDS_MAX)
        assert self.start["status"] == 200, await self._rest()
        while not self.position:
            await self._read()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    async def leave(self) -> None:
        self._left.set()
        self.hears.set()
        await asyncio.wait_for(self._task, _SECONDS_MAX)

    async def ended(self) -> None:
        """Returns when the server has ended the answer."""
        await asyncio.wait_for(asyncio.shield(self._task), _SECONDS_MAX)

    async def next(self) -> Told:
        """The next event that has data."""
        while "\n\n" not in self._text or not (told := self._event()):
            if "\n\n" not in self._text:
                await self._read()
        return told

    async def bodies(self, count: int) -> list[Any]:
        """The bodies of the next incidents."""
        return [(await self.next()).data["body"] for _ in range(count)]

    def _event(self) -> Told | None:
        written, _, self._text = self._text.partition("\n\n")
        fields = dict(line.split(": ", 1) for line in written.split("\n"))
        self.position = fields.get("id", self.position)
        if "data" not in fields:
            return None
        return Told(self.position, fields.get("event", "message"), json.loads(fields["data"]))

    async def _read(self) -> None:
        piece = await asyncio.wait_for(self._pieces.get(), _SECONDS_MAX)
        self._text += piece.decode()
        if not self.position and "\n\n" in self._text:
            assert self._event() is None

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, event: dict[str, Any]) -> None:
        if event["type"] == "http.response.start":
            self._started.set_result(event)
            return
        await self.hears.wait()
        self._pieces.put_nowait(event.get("body", b""))

    async def _rest(self) -> bytes:
        return await self._pieces.get()


async def refusal(api: Api, query: str = "", **headers: str) -> Result:
    """The answer to one who may not listen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.request("GET", f"/tail?{query}", headers=named)
