"""Asks a server that nothing happens to any more."""

import json
from collections.abc import AsyncIterator
from typing import Any

from faults.wire import Wire, json_headers, request

# Everything that a run stored, over the proxies of a part, on a machine that does other things.
SECONDS_MAX = 300.0
_OK = (200, 201)


async def ask(port: int, method: str, target: str, body: Any = None, accept: str = "*/*") -> bytes:
    """The body of the reply. Raises AssertionError if it is an error."""
    sent = b"" if body is None else json.dumps(body).encode()
    headers = {**json_headers(sent), "Accept": accept}
    wire = Wire(port)
    reply = await wire.ask(request(method, target, headers, sent), SECONDS_MAX)
    wire.close()
    assert reply.status in _OK, reply.body
    return reply.body


async def find_lines(port: int, query: str = "") -> list[bytes]:
    """All incidents of a query, each as its line of NDJSON."""
    body = await ask(port, "POST", f"/find{query}", {}, accept="application/x-ndjson")
    return body.splitlines()


async def items(port: int, path: str, name: str) -> AsyncIterator[dict[str, Any]]:
    """Everything of a list that comes in pages, such as `incidents` of /find."""
    after = ""
    while True:
        page = json.loads(await ask(port, "GET", f"{path}{after}"))
        for each in page[name]:
            yield each
        if page["next"] is None:
            return
        after = f"&after={page['next']}"
