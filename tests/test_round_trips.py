"""How often a short find waits: for PostgreSQL, and for others' work in the worker's loop.

Beside reports each wait takes milliseconds.
"""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

import asyncpg
import pytest

from incidents.db.driver import connect_driver
from incidents.db.pool import Lease
from tests.api import Api

T = TypeVar("T")


@pytest.fixture
def statements(api: Api, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What searches have asked PostgreSQL."""
    asked: list[str] = []
    readers = api.runtime._readers
    acquire = readers.acquire

    def note(statement: asyncpg.connection.LoggedQuery) -> None:
        asked.append(statement.query)

    async def noted() -> Lease:
        lease = await acquire()
        lease.driver.add_query_logger(note)
        return lease

    monkeypatch.setattr(readers, "acquire", noted)
    return asked


@pytest.mark.parametrize("example", ['{"kind": 1}', '{"kind": 2}', "{}"])
async def test_postgresql_is_asked_twice_how_things_are_and_what_there_is(
    api: Api, statements: list[str], example: str
) -> None:
    for _ in range(60):
        await api.report({"kind": 1})
    for _ in range(2):
        statements.clear()
        assert (await api.post("/find?limit=50", example.encode())).status == 200
        await asyncio.sleep(0.01)  # the driver tells it a moment later

    assert len(statements) == 2, statements


async def test_in_the_loop_it_waits_for_postgresql_alone(api: Api) -> None:
    await api.report({"kind": 1})
    await api.find({"kind": 1}, "limit=50")
    tasks: list[str] = []
    loop, asking = asyncio.get_running_loop(), asyncio.current_task()

    def begin(
        of: asyncio.AbstractEventLoop,
        what: Coroutine[Any, Any, T] | Generator[Any, None, T],
        **options: Any,
    ) -> asyncio.Future[T]:
        if asyncio.current_task() is asking:
            tasks.append(repr(what))
        return asyncio.Task(what, loop=of, **options)

    loop.set_task_factory(begin)
    try:
        assert len(await api.find({"kind": 1}, "limit=50")) == 1
    finally:
        loop.set_task_factory(None)

    # It watches whether its client is there, and waits for nobody else.
    assert len(tasks) == 1, tasks
    assert "_wait_until_left" in tasks[0]


async def test_types_of_postgresql_itself_are_asked_for_once_in_a_process(database: str) -> None:
    asked: list[str] = []
    for _ in range(2):
        asked.clear()
        connection = await connect_driver(database, name="types", wait_seconds=60)
        connection.add_query_logger(lambda record: asked.append(record.query))
        try:
            rows = await connection.fetch("SELECT unnest($1::smallint[]) + 1 AS n", [1, 2])
        finally:
            await connection.close()
        assert [row["n"] for row in rows] == [2, 3]

    assert len(asked) == 1
