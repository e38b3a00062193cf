"""Idempotency-Key, across workers, a kill -9 of all of them, and a PostgreSQL lost in a commit."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from incidents.embedded.postgresql import Embedded
from tests.proxy import Proxy
from tests.server import Reply, Server

StartServer = Callable[..., Server]

SECONDS_MAX = 60

# A commit waits for as long as somebody has this lock.
_GATE = 0x67617465
_SLOW_COMMITS = f"""
    CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared({_GATE}); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON incidents DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION wait_at_gate();
"""
_AT_GATE = f"SELECT pid FROM pg_locks WHERE objid = {_GATE} AND NOT granted"

REQUESTS = {
    "single": (b'{"n": 1}', "/problems", {}, 1),
    "lines": (b"1\n2\n3\n", "/problems", {"Content-Type": "application/x-ndjson"}, 3),
    "atomic": (
        b"1\n2\n3\n",
        "/problems?atomic=true",
        {"Content-Type": "application/x-ndjson"},
        3,
    ),
}


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INCIDENTS_DATABASE_WAIT_SECONDS", str(SECONDS_MAX))


@asynccontextmanager
async def gate(
    url: str,
) -> AsyncIterator[tuple[asyncpg.Connection, Callable[[], Awaitable[object]]]]:
    """While it is shut no commit of incidents ends; yields a connection, and what opens it."""
    connection = await asyncpg.connect(url)
    await connection.execute(_SLOW_COMMITS)
    await connection.execute(f"SELECT pg_advisory_lock({_GATE})")
    try:
        yield connection, lambda: connection.execute(f"SELECT pg_advisory_unlock({_GATE})")
    finally:
        await connection.close()


async def somebody_at(connection: asyncpg.Connection) -> int:
    """PostgreSQL's process that waits in a commit."""
    async with asyncio.timeout(SECONDS_MAX):
        while not await connection.fetchval(_AT_GATE):  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.01)
    return int(await connection.fetchval(_AT_GATE))


def post(server: Server, kind: str) -> Reply:
    body, target, headers, _ = REQUESTS[kind]
    return server.post(target, body, {**headers, "Idempotency-Key": kind})


def count(server: Server) -> int:
    return len(server.find({}))


def test_whichever_worker_it_comes_to_it_is_stored_once(start_server: StartServer) -> None:
    server = start_server("--workers", "2")

    with ThreadPoolExecutor(4) as clients:
        for kind, (_, _, _, incidents) in REQUESTS.items():
            before = count(server)
            replies = list(clients.map(lambda _, kind=kind: post(server, kind), range(32)))
            assert {each.status for each in replies} == {201 if kind == "single" else 200}
            assert len({each.body for each in replies}) == 1
            assert len({each.headers.get("location") for each in replies}) == 1
            assert count(server) == before + incidents


@pytest.mark.parametrize("kind", ["single", "lines"])
async def test_what_was_killed_in_a_commit_is_stored_once(
    start_server: StartServer, database: str, kind: str
) -> None:
    """PostgreSQL goes on with the commit, beside whom the same comes again."""
    first = start_server("--workers", "2")
    async with gate(database) as (connection, open_gate):
        lost = asyncio.create_task(asyncio.to_thread(post, first, kind))
        await somebody_at(connection)
        await asyncio.to_thread(first.kill)
        with pytest.raises(OSError, match=r"reset|closed|aborted|refused"):
            await lost
        second = await asyncio.to_thread(start_server, "--workers", "2")
        again = asyncio.create_task(asyncio.to_thread(post, second, kind))
        await open_gate()
        reply = await again

    assert reply.status in (200, 201)
    assert reply.body.count(b'{"hash"') == REQUESTS[kind][3]
    assert await asyncio.to_thread(count, second) == REQUESTS[kind][3]
    assert (await asyncio.to_thread(post, second, kind)).body == reply.body


async def test_a_worker_that_is_stopped_in_a_transaction_does_not_keep_its_key(
    start_server: StartServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Proxy(database) as proxy:
        monkeypatch.setenv("INCIDENTS_DATABASE_WAIT_SECONDS", "4")
        stopped = await asyncio.to_thread(start_server, url=proxy.url)
        monkeypatch.setenv("INCIDENTS_DATABASE_WAIT_SECONDS", str(SECONDS_MAX))
        other = await asyncio.to_thread(start_server)
        await asyncio.to_thread(post, stopped, "lines")  # from here on its statements are prepared
        proxy.hold_when_asked(REQUESTS["single"][0])
        first = asyncio.create_task(asyncio.to_thread(post, stopped, "single"))
        await asyncio.wait_for(proxy.held.wait(), SECONDS_MAX)
        (worker,) = stopped.workers()
        worker.suspend()

        second = await asyncio.to_thread(post, other, "single")

        worker.resume()
        proxy.let_answers_pass()
        await first
    assert second.status == 201
    assert await asyncio.to_thread(count, other) == 1 + REQUESTS["lines"][3]


@pytest.mark.parametrize("kind", ["single", "atomic"])
async def test_a_postgresql_that_dies_in_the_commit_has_it_once(
    start_server: StartServer, tmp_path: Path, kind: str
) -> None:
    server = await asyncio.to_thread(start_server, "--workers", "2", data=tmp_path / "data")
    async with gate(Embedded(tmp_path / "data", start_seconds=SECONDS_MAX).url) as (connection, _):
        asking = asyncio.create_task(asyncio.to_thread(post, server, kind))
        os.kill(await somebody_at(connection), signal.SIGKILL)
        reply = await asking  # the gate is gone with its connection

    assert reply.body.count(b'{"hash"') == REQUESTS[kind][3]
    assert await asyncio.to_thread(count, server) == REQUESTS[kind][3]
    assert (await asyncio.to_thread(post, server, kind)).body == reply.body
