"""A PostgreSQL that may lose what it has committed is named, loudly."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from incidents.core.errors import Unavailable
from incidents.db.durability import lapses
from tests.conftest import run_sql, switch
from tests.server import Server

WAIT_SECONDS = 10


@pytest.fixture
def durable(own_url: str) -> Iterator[str]:
    """The URL of a PostgreSQL that keeps what it commits; the test may change that."""
    switch(own_url, "fsync", "on")
    yield own_url
    switch(own_url, "fsync", "off")
    switch(own_url, "full_page_writes", "on")


async def test_a_postgresql_that_keeps_what_it_commits_has_no_lapse(durable: str) -> None:
    assert await lapses(durable, WAIT_SECONDS) == []


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
async def test_each_lapse_of_the_server_is_named(durable: str, name: str) -> None:
    await asyncio.to_thread(switch, durable, name, "off")

    [found] = await lapses(durable, WAIT_SECONDS)

    assert found.startswith(f"{name} is off")


def test_the_server_says_so_and_starts(start_server: Callable[..., Server], database: str) -> None:
    name = database.split("?", maxsplit=1)[0].rpartition("/")[2]
    run_sql(database, f"ALTER DATABASE {name} SET synchronous_commit = off")

    server = start_server()

    assert "WARNING: synchronous_commit is off in this PostgreSQL" in server.output
    assert server.report({"service": "billing"})


async def test_a_postgresql_that_is_away_cannot_be_asked() -> None:
    with pytest.raises(Unavailable):
        await lapses("postgresql://postgres@127.0.0.1:9/none", 1)
