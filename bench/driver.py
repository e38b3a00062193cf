"""python -m bench.driver: what a round trip to PostgreSQL costs, by whose connection it takes."""

import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import click
import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bench import database, machine
from bench.table import render
from incidents.db.driver import connector
from incidents.db.pool import ConnectionPool, WriterPool

_TRIPS = 500
_ROUNDS = 9
_QUERY = "SELECT 1"
_WAIT_SECONDS = 10

Trip = Callable[[], Awaitable[object]]

# What a trip takes, and of that the processor time of who asks, in microseconds.
Times = tuple[float, ...]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def driver() -> None:
    """Measure a round trip on a connection that is held, and on one from each pool, in turns."""
    scratch = Path(__file__).parents[1] / ".bench"
    scratch.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=scratch) as data, database.postgresql(Path(data)) as url:
        click.echo(f"{machine.describe()}. Medians of {_ROUNDS} rounds of {_TRIPS} trips.\n")
        rows = [(road, *map("{:.0f}".format, each)) for road, each in uvloop.run(_measure(url))]
        click.echo(render(("connection", "µs", "processor µs of the client"), rows, {0}))


async def _measure(url: str) -> list[tuple[str, Times]]:
    opens = connector(url, name="bench", wait_seconds=_WAIT_SECONDS)

    async def opened(*_: object, **__: object) -> asyncpg.Connection:
        return await opens()

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=opens, isolation_level="AUTOCOMMIT"
    )
    writers, readers = WriterPool(opens), ConnectionPool(opens, 1, _WAIT_SECONDS)
    bare = await opened()
    async with (
        engine.connect() as held,
        asyncpg.create_pool(min_size=1, max_size=1, connect=opened) as resetting,
        asyncpg.create_pool(min_size=1, max_size=1, connect=opened, reset=_leave) as leaving,
    ):
        roads: dict[str, Trip] = {
            "asyncpg, on a connection that is held": lambda: bare.fetch(_QUERY),
            "on one that a worker's writers share": partial(_trip, writers.one),
            "on one that a worker's readers share": partial(_trip, readers.leased),
            "on one from asyncpg's pool": partial(_trip, resetting.acquire),
            "on one from asyncpg's pool that resets nothing": partial(_trip, leaving.acquire),
            "SQLAlchemy, on a connection that is held": partial(_execute, held),
            "SQLAlchemy, on one from its pool": partial(_checked_out, engine),
        }
        rounds = [{name: await _once(trip) for name, trip in roads.items()} for _ in range(_ROUNDS)]
    await bare.close()
    await writers.close()
    await readers.close()
    await engine.dispose()
    medians = (map(median, zip(*(each[name] for each in rounds), strict=True)) for name in roads)
    return list(zip(roads, map(tuple, medians), strict=True))


async def _leave(_: asyncpg.Connection) -> None:
    """What was set in the session stays."""


async def _trip(taken: Callable[[], AbstractAsyncContextManager[Any]]) -> None:
    async with taken() as connection:
        await connection.fetch(_QUERY)


async def _checked_out(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await _execute(connection)


async def _execute(connection: AsyncConnection) -> None:
    await connection.execute(text(_QUERY))


async def _once(trip: Trip) -> Times:
    begun, used = time.perf_counter(), time.process_time()
    for _ in range(_TRIPS):
        await trip()
    each = 1e6 / _TRIPS
    return (time.perf_counter() - begun) * each, (time.process_time() - used) * each


if __name__ == "__main__":
    driver(prog_name="python -m bench.driver")
