"""Finding as clients do it: over sockets, from workers that share nothing but the database."""

import asyncio
import http.client
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import asyncpg
import psutil
import pytest

from tests.conftest import run_sql
from tests.served import Served
from tests.server import Server

Start = Callable[..., Server]
Here = Callable[..., Served]

_SLOW = b'{"absent": {}}'  # no index leads there

_MANY = """
    INSERT INTO incidents (id, received_at, hash, headers, body)
    SELECT id, now(), sha256(id::text::bytea), '{{}}', json_build_object('number', id, 'filling',
        (SELECT json_object_agg(n, repeat('x', 50)) FROM generate_series(1, {filling}) AS n))
    FROM generate_series(1, {count}) AS id
"""


def fill(url: str, count: int, filling: int) -> None:
    run_sql(
        url,
        "CREATE TABLE incidents_0 PARTITION OF incidents FOR VALUES FROM (0) TO (1000000)",
        # Nobody asks it here, and it takes long to fill.
        "DROP INDEX incidents_searched_by_section_idx",
        _MANY.format(count=count, filling=filling),
        f"SELECT setval('incidents_id_seq', {count})",
    )


def request(path: str, body: bytes) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def searching(url: str) -> int:
    """How many searches PostgreSQL is busy with."""

    async def count() -> int:
        connection = await asyncpg.connect(url)
        try:
            return int(
                await connection.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND application_name = 'incidents search' AND state = 'active'"
                )
            )
        finally:
            await connection.close()

    return asyncio.run(count())


def wait_until(condition: Callable[[], bool]) -> float:
    """The seconds until it held."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < 60
        time.sleep(0.01)
    return time.monotonic() - begun


def test_a_search_whose_client_left_is_cancelled_in_postgresql(
    serve_here: Here, database: str
) -> None:
    fill(database, count=40_000, filling=30)
    server = serve_here(search_deadline_seconds=600)
    # A lock that nobody gives back: without the cancel it would be waited for to the deadline.
    for path in ("/find", "/find?limit=10"):
        with held_lock(database), server.connect() as raw:
            raw.sendall(request(path, _SLOW))
            wait_until(lambda: searching(database) == 1)
            raw.close()
            wait_until(lambda: searching(database) == 0)

    assert server.find({"number": 7})[0]["number"] == 7


class held_lock:  # noqa: N801 - used like a function
    """The table locked for as long as the block lasts."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> None:
        self._connection = self._loop.run_until_complete(asyncpg.connect(self._url))
        self._loop.run_until_complete(self._connection.execute("BEGIN"))
        self._loop.run_until_complete(
            self._connection.execute("LOCK TABLE incidents IN ACCESS EXCLUSIVE MODE")
        )

    def __exit__(self, *_: object) -> None:
        self._loop.run_until_complete(self._connection.close())
        self._loop.close()


def test_a_slow_question_is_a_page_with_a_cursor_and_no_error(
    serve_here: Here, database: str
) -> None:
    fill(database, count=3000, filling=100)
    server = serve_here(search_deadline_seconds=0.01)

    pages, after = 0, ""
    while True:
        reply = server.post(f"/find?limit=5{after}", _SLOW)
        assert reply.status == 200
        assert reply.json["incidents"] == []
        if reply.json["next"] is None:
            break
        assert after != f"&after={reply.json['next']}"
        after = f"&after={reply.json['next']}"
        pages += 1

    assert pages > 0


@pytest.mark.timeout(600)
def test_what_one_worker_acknowledged_the_other_finds_at_once(start_server: Start) -> None:
    server = start_server("--workers", "2")

    def report_and_find(start: int) -> None:
        with ExitStack() as stack:
            clients = [stack.enter_context(closing(each)) for each in one_for_each_worker(server)]
            report_and_find_with(clients, start)

    def report_and_find_with(clients: list[http.client.HTTPConnection], start: int) -> None:
        for number in range(start, start + 100):
            reporter, finder = clients[number % 2], clients[1 - number % 2]
            body = b'{"number": %d}' % number
            reporter.request("POST", "/problems", body, {"Content-Type": "application/json"})
            reply = reporter.getresponse()
            hash_ = json.loads(reply.read())["hash"]
            assert reply.status == 201
            finder.request("GET", f"/find?h={hash_}")
            answer = finder.getresponse().read()
            assert b'{"incidents"' in answer, (number, answer, server.output)
            (found,) = json.loads(answer)["incidents"]
            assert found["body"] == {"number": number}

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(report_and_find, range(0, 800, 100)))


def one_for_each_worker(server: Server) -> Iterator[http.client.HTTPConnection]:
    """A connection to each worker: which one took it shows among its sockets."""
    taken: set[int] = set()
    while len(taken) < 2:
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        client.request("GET", "/healthz")
        client.getresponse().read()
        port = client.sock.getsockname()[1]
        (worker,) = [
            child.pid
            for child in psutil.Process(server.process.pid).children()
            if port in {getattr(each.raddr, "port", 0) for each in child.net_connections()}
        ]
        if worker in taken:
            client.close()
            continue
        taken.add(worker)
        yield client
