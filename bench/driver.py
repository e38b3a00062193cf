"""python -m bench.driver: what a round trip to PostgreSQL costs, by the road it takes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import asyncpg
import click
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bench import database, machine
from incidents.storage.engine import connect

_TRIPS = 500
_ROUNDS = 9
_QUERY = "SELECT 1"

Trip = Callable[[], Awaitable[object]]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def driver() -> None:
    """Measure a round trip over asyncpg, and over SQLAlchemy, in turns."""
    scratch = Path(__file__).parents[1] / ".bench"
    scratch.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=scratch) as data, database.postgresql(Path(data)) as url:
        click.echo(f"{machine.describe()}. Medians of {_ROUNDS} rounds of {_TRIPS} trips.\n")
        for road, microseconds in asyncio.run(_measure(url)).items():
            click.echo(f"| {road:<50} | {microseconds:5.0f} µs |")


async def _measure(url: str) -> dict[str, float]:
    engine = connect(url, name="bench", connections=2, wait_seconds=10)
    bare = await asyncpg.connect(url)
    async with engine.connect() as held:

        async def checked_out() -> None:
            async with engine.connect() as connection:
                await connection.execute(text(_QUERY))

        roads: dict[str, Trip] = {
            "asyncpg": lambda: bare.fetch(_QUERY),
            "SQLAlchemy, on a connection that is held": lambda: _execute(held),
            "SQLAlchemy, on a connection from its pool": checked_out,
        }
        rounds = [{name: await _once(trip) for name, trip in roads.items()} for _ in range(_ROUNDS)]
    await bare.close()
    await engine.dispose()
    return {name: median(each[name] for each in rounds) for name in roads}


async def _execute(connection: AsyncConnection) -> None:
    await connection.execute(text(_QUERY))


async def _once(trip: Trip) -> float:
    begun = time.perf_counter()
    for _ in range(_TRIPS):
        await trip()
    return (time.perf_counter() - begun) / _TRIPS * 1e6


if __name__ == "__main__":
    driver(prog_name="python -m bench.driver")
