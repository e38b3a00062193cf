"""A PostgreSQL that may lose what it has committed is named, loudly."""

import asyncio
from collections.abc import Callable

import pytest

from incidents.errors import Unavailable
from incidents.storage.durability import lapses
from tests.conftest import run_sql
from tests.server import Server

WAIT_SECONDS = 10


async def test_a_postgresql_that_keeps_what_it_commits_has_no_lapse(database: str) -> None:
    assert await lapses(database, WAIT_SECONDS) == []


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
async def test_each_lapse_of_the_server_is_named(own_url: str, name: str) -> None:
    try:
        await asyncio.to_thread(switch, own_url, f"ALTER SYSTEM SET {name} = off")
        [found] = await lapses(own_url, WAIT_SECONDS)
    finally:
        await asyncio.to_thread(switch, own_url, f"ALTER SYSTEM RESET {name}")
    assert found.startswith(f"{name} is off")


def switch(url: str, statement: str) -> None:
    run_sql(url, statement, "SELECT pg_reload_conf()", "SELECT pg_sleep(0.2)")


def test_the_server_says_so_and_starts(start_server: Callable[..., Server], database: str) -> None:
    name = database.split("?", maxsplit=1)[0].rpartition("/")[2]
    run_sql(database, f"ALTER DATABASE {name} SET synchronous_commit = off")

    server = start_server()

    assert "WARNING: synchronous_commit is off in this PostgreSQL" in server.output
    assert server.report({"service": "billing"})


async def test_a_postgresql_that_is_away_cannot_be_asked() -> None:
    with pytest.raises(Unavailable):
        await lapses("postgresql://postgres@127.0.0.1:9/none", 1)
