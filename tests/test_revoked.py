"""What was let in ends with its key: listeners, long answers, bulk requests."""

import asyncio
import contextlib
import http.client
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from incidents.auth.key_table import KeyTable
from incidents.auth.keyring import Keyring
from incidents.auth.login import login_text
from incidents.core.api_key import hash_of
from incidents.http.http1.exchange import CutShort
from incidents.http.message.cookie import NAME
from incidents.runtime import Runtime
from incidents.search.stream import PIECE_BYTES
from incidents.support.settings import Settings
from tests.api import JSON, Api, request_scope
from tests.command import incidents
from tests.keys import bearer, make
from tests.proxy import Proxy
from tests.server import Server
from tests.tail_client import TailClient

OpenApi = Callable[..., Awaitable[Api]]

# The keys are read several times in that time.
SOON = 0.4

SECONDS_MAX = 30

REVOKED = {"reason": "the key was revoked, or the login has expired"}


def login(key: str, expires: float) -> dict[str, str]:
    return {"Cookie": f"{NAME}={login_text(hash_of(key.encode()), int(expires))}"}


async def end(ear: TailClient) -> Any:
    """What the listener is told last, once the answer has ended."""
    told = await ear.next()
    assert told.kind == "end"
    await ear.ended()
    return told.data


async def test_a_listener_is_told_that_its_key_was_revoked_and_the_others_go_on(
    open_api: OpenApi, table: KeyTable
) -> None:
    key = await make(table, "read")
    admin = bearer(await make(table, "admin"))
    api = await open_api(key_cache_seconds_max=SOON)

    async with TailClient(api, headers=bearer(key)) as ear, TailClient(api, headers=admin) as other:
        await api.report({"n": 1}, **admin)
        assert [await each.bodies(1) for each in (ear, other)] == [[{"n": 1}]] * 2
        await table.revoke("read")
        assert await end(ear) == REVOKED
        await api.report({"n": 2}, **admin)
        assert await other.bodies(1) == [{"n": 2}]


async def test_a_login_ends_with_its_key_and_when_it_expires(
    open_api: OpenApi, table: KeyTable
) -> None:
    key = await make(table, "read")
    api = await open_api(key_cache_seconds_max=SOON)

    async with TailClient(api, headers=login(key, time.time() + 2)) as ear:
        assert await end(ear) == REVOKED
    async with TailClient(api, headers=login(key, time.time() + 3600)) as ear:
        await table.revoke("read")
        assert await end(ear) == REVOKED


async def test_who_listens_without_a_key_goes_when_the_first_one_is_made(
    open_api: OpenApi, table: KeyTable
) -> None:
    api = await open_api(key_cache_seconds_max=SOON)

    async with TailClient(api) as ear:
        await make(table, "read")
        assert await end(ear) == REVOKED


async def test_who_does_not_read_ends_too(open_api: OpenApi, table: KeyTable) -> None:
    key = await make(table, "read")
    admin = bearer(await make(table, "admin"))
    api = await open_api(key_cache_seconds_max=SOON)

    async with TailClient(api, headers=bearer(key)) as ear:
        ear.hears.clear()
        await api.report({}, **admin)
        await table.revoke("read")
        await ear.ended()


@asynccontextmanager
async def long_find(api: Api, key: str, reads: asyncio.Event) -> AsyncIterator[Any]:
    """A find whose client takes the first piece; the others when it `reads`."""
    begun, pieces = asyncio.Event(), list[bytes]()
    asked = [{"type": "http.request", "body": b"{}", "more_body": False}]

    async def receive() -> dict[str, Any]:
        return asked.pop() if asked else await asyncio.Future()

    async def send(event: dict[str, Any]) -> None:
        pieces.append(event.get("body", b""))
        if pieces[-1]:
            begun.set()
            await reads.wait()

    answer = asyncio.create_task(
        api.stream(
            "/find", {"Accept": "application/x-ndjson", **JSON, **bearer(key)}, receive, send
        )
    )
    await asyncio.wait_for(begun.wait(), SECONDS_MAX)
    yield answer, pieces
    reads.set()
    await asyncio.wait({answer}, timeout=SECONDS_MAX)


async def fill(api: Api, admin: dict[str, str]) -> None:
    for n in range(40):
        await api.report({"n": n, "long": "-" * PIECE_BYTES}, **admin)


@pytest.mark.parametrize("reads_on", [True, False])
async def test_a_long_find_is_cut_so_that_nobody_takes_it_for_whole(
    open_api: OpenApi, table: KeyTable, *, reads_on: bool
) -> None:
    key = await make(table, "read")
    admin = bearer(await make(table, "admin"))
    api = await open_api(key_cache_seconds_max=SOON)
    await fill(api, admin)

    reads = asyncio.Event()
    async with long_find(api, key, reads) as (answer, pieces):
        await table.revoke("read")
        if reads_on:
            await until(lambda: answers(api, "/find?limit=1", key, 401))
            reads.set()
        await asyncio.wait({answer}, timeout=SECONDS_MAX)
        assert answer.done()
        with contextlib.suppress(ConnectionAbortedError):
            answer.result()
        assert pieces[-1] != b""


async def until(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            found = holds()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)


async def answers(api: Api, path: str, key: str, status: int) -> bool:
    with contextlib.suppress(ConnectionAbortedError):  # it was revoked in the middle of this one
        return (await api.post(path, b"{}", bearer(key))).status == status
    return False


async def test_nothing_is_told_while_the_keys_cannot_be_read(
    database: str, table: KeyTable
) -> None:
    key = await make(table, "read")
    settings = Settings(key_cache_seconds_max=SOON)
    async with Proxy(database) as proxy:
        runtime = Runtime(settings, database)
        runtime.keyring = Keyring(settings, proxy.url)  # PostgreSQL is away for the keys alone
        async with Api(runtime) as api, TailClient(api, headers=bearer(key)) as ear:
            await proxy.go_away()
            await until(lambda: not runtime.keyring.is_current)
            await table.revoke("read")
            await insert(database)
            hearing = asyncio.create_task(ear.next())
            await asyncio.wait({hearing}, timeout=3 * SOON)
            assert not hearing.done()
            await proxy.come_back()
            assert (await hearing).kind == "end"


async def insert(database: str) -> None:
    """A report that somebody else takes."""
    async with Api(Runtime(Settings(auth="off"), database)) as other:
        await other.report({})


async def test_a_bulk_request_takes_no_line_more(open_api: OpenApi, table: KeyTable) -> None:
    key = await make(table, "report")
    reader = bearer(await make(table, "read"))
    api = await open_api(key_cache_seconds_max=SOON)
    arriving: asyncio.Queue[bytes] = asyncio.Queue()
    replies: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": await arriving.get(), "more_body": True}

    async def send(event: dict[str, Any]) -> None:
        replies.append(event.get("body", b""))

    sent = {"Content-Type": "application/x-ndjson", **bearer(key)}
    answer = asyncio.create_task(
        api.app(request_scope("POST", "/problems", "", sent), receive, send)
    )
    arriving.put_nowait(b'{"n": 1}\n')
    await until(lambda: any(b"hash" in each for each in replies))
    await table.revoke("report")
    await until(lambda: answers(api, "/problems", key, 401))
    arriving.put_nowait(b'{"n": 2}\n')
    with pytest.raises(CutShort):
        await asyncio.wait_for(answer, SECONDS_MAX)
    last = json.loads(b"".join(replies).splitlines()[-1])
    assert (last["status"], last["detail"]) == (401, REVOKED["reason"])
    found = await api.post("/find", b'{"n": 2}', {**JSON, **reader})
    assert found.json["incidents"] == []


def listen(server: Server, key: str) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/tail", headers=bearer(key))
    return connection


def test_every_worker_and_every_server_ends_them(
    start_server: Callable[..., Server], database: str
) -> None:
    def keys(*arguments: str) -> str:
        return incidents("keys", *arguments, "--database-url", database).stdout.strip()

    key = keys("create", "reader", "--scope", "read")
    servers = [start_server("--workers", "2") for _ in range(2)]
    # So many that each worker has some of them.
    listening = [listen(server, key) for server in servers for _ in range(10)]
    responses = [connection.getresponse() for connection in listening]
    assert {response.status for response in responses} == {200}
    keys("revoke", "reader")
    for connection, response in zip(listening, responses, strict=True):
        assert b"\nevent: end\ndata: {" in response.read()
        connection.close()


def test_the_command_says_why_and_ends(start_server: Callable[..., Server], database: str) -> None:
    def keys(*arguments: str) -> str:
        return incidents("keys", *arguments, "--database-url", database).stdout.strip()

    # Both are there before the server reads its keys: a later one is known after a moment.
    admin = bearer(keys("create", "admin", "--scope", "admin"))
    reader = keys("create", "reader", "--scope", "read")
    server = start_server()
    command = subprocess.Popen(
        [sys.executable, "-m", "incidents", "tail", "--url", f"http://127.0.0.1:{server.port}"],
        env={**os.environ, "INCIDENTS_KEY": reader},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert command.stdout is not None
    while not select.select([command.stdout], [], [], 0.2)[0]:  # until it listens
        server.post("/problems", b"{}", admin)
    keys("revoke", "reader")
    _, errors = command.communicate(timeout=60)
    assert errors == f"incidents: the server ended it: {REVOKED['reason']}\n"
    assert command.returncode == 2
