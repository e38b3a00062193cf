"""python -m bench.scaling NAME=URL …: what a step to other machines costs, on empty databases.

It stores and finds in each of them by turns, the same incidents, and compares them with the first.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from statistics import median

import asyncpg
import click

from bench import machine
from bench.find.generator import Row, request_of, rows, trace_of
from bench.table import render
from incidents.cli.parts.database import migrate_database
from incidents.core.example import parse_example
from incidents.core.incident import Incident, make_incident
from incidents.db.driver import connector
from incidents.db.partitions import Partitions
from incidents.ingest.store import Store
from incidents.runtime import Runtime
from incidents.search.question import condition_of
from incidents.support.settings import NESTING_LEVELS_MAX, Settings

_SEED = 1
_NESTING = 100
_IDS = 100_000
_WAIT_SECONDS = 60
_BATCHES = ((1, 1), (100, 1), (1000, 1), (1000, 4), (8000, 4))
_BYTES = """
    SELECT coalesce(i.relname, 'the rows') AS part, sum(pg_relation_size(coalesce(i.oid, p.oid)))
        + CASE WHEN i.oid IS NULL THEN sum(pg_total_relation_size(p.oid)
          - pg_indexes_size(p.oid) - pg_relation_size(p.oid)) ELSE 0 END AS bytes
    FROM pg_inherits
    JOIN pg_class p ON p.oid = inhrelid
    LEFT JOIN LATERAL (
        SELECT NULL::oid AS oid, NULL::name AS relname UNION ALL
        SELECT indexrelid, regexp_replace(indexrelid::regclass::text, '^incidents_\\d+_', '')
        FROM pg_index WHERE indrelid = p.oid
    ) AS i ON true
    WHERE inhparent = 'incidents'::regclass GROUP BY i.relname, i.oid IS NULL ORDER BY 2 DESC
"""

Job = Callable[[Runtime], Awaitable[object]]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("databases", nargs=-1, required=True, metavar="NAME=URL …")
@click.option("--rounds", default=3, show_default=True, help="Turns that each database has.")
@click.option("--size", default=16_000, show_default=True, help="Incidents a batch size and turn.")
def scaling(databases: Sequence[str], rounds: int, size: int) -> None:
    """Measure what each database costs, against the first. They must be empty."""
    urls = dict(each.split("=", 1) for each in databases)
    settings = Settings(partition_ids=100_000_000)
    for url in urls.values():
        migrate_database(settings, url)
    click.echo(f"{machine.describe()}; medians of {rounds} rounds.\n")
    asyncio.run(_measure(urls, settings, rounds, size))


async def _measure(urls: dict[str, str], settings: Settings, rounds: int, size: int) -> None:
    ids = {name: itertools.count(1) for name in urls}
    stored: dict[tuple[str, int, int], list[float]] = {}
    for _, (batch, writers), name in itertools.product(range(rounds), _BATCHES, urls):
        count = max(batch * writers, min(size, batch * writers * 25))
        taken = await _store(urls[name], settings, ids[name], count, batch, writers)
        stored.setdefault((name, batch, writers), []).append(count / taken)
    first = next(iter(urls))
    click.echo(_stored_table(stored, first))
    click.echo(_found_table(await _find(urls, settings, rounds, next(ids[first])), first))
    for name, url in urls.items():
        click.echo(f"{name}: {await _reserved(url, settings):.2f} µs an id that is reserved")
    click.echo("\n" + await _bytes_table(urls[first]))


async def _store(
    url: str, settings: Settings, ids: Iterator[int], count: int, batch: int, writers: int
) -> float:
    """The seconds that `count` incidents take, so many a commit, by so many writers at once."""
    first = next(ids)
    source = iter(list(rows(_SEED, 1_000_000, first, first + count - 1)))
    for _ in range(count - 1):
        next(ids)
    async with _opened(url, settings) as store:

        async def write() -> None:
            while some := list(itertools.islice(source, batch)):
                reserved = await store.reserve_ids(len(some))
                await store.insert(list(zip(reserved, map(_incident, some), strict=True)))

        begun = time.perf_counter()
        await asyncio.gather(*(write() for _ in range(writers)))
        return time.perf_counter() - begun


async def _reserved(url: str, settings: Settings) -> float:
    """Microseconds that an id takes, of many at once. They lie unused then."""
    async with _opened(url, settings) as store:
        begun = time.perf_counter()
        await store.reserve_ids(_IDS)
        return (time.perf_counter() - begun) / _IDS * 1e6


@asynccontextmanager
async def _opened(url: str, settings: Settings) -> AsyncGenerator[Store]:
    opens = connector(url, name="bench", wait_seconds=_WAIT_SECONDS)
    partitions = Partitions(opens, settings.partition_ids, _WAIT_SECONDS)
    store = Store(opens, partitions)
    await store.insert([(id_, _NOTHING) for id_ in await store.reserve_ids(1)])  # connects
    yield store
    await partitions.close()
    await store.close()


def _incident(row: Row) -> Incident:
    made = make_incident(row.headers, row.body.encode(), row.received_at, NESTING_LEVELS_MAX)
    return made._replace(hash=row.hash)


_NOTHING = _incident(next(rows(_SEED, 1, 1, 1)))


async def _find(
    urls: dict[str, str], settings: Settings, rounds: int, last: int
) -> dict[tuple[str, str], list[float]]:
    taken: dict[tuple[str, str], list[float]] = {}
    runtimes = {name: Runtime(settings, url) for name, url in urls.items()}
    for _, (what, job), name in itertools.product(range(rounds), _jobs(last), urls):
        await job(runtimes[name])  # what it needs is in memory then
        begun = time.perf_counter()
        await job(runtimes[name])
        taken.setdefault((name, what), []).append((time.perf_counter() - begun) * 1000)
    for runtime in runtimes.values():
        await runtime.close()
    return taken


def _jobs(last: int) -> list[tuple[str, Job]]:
    def page(example: str, limit: int) -> Job:
        async def ask(runtime: Runtime) -> None:
            condition = condition_of(parse_example(example.encode(), _NESTING))
            async with aclosing(
                runtime.search.page(condition, below=None, limit=limit).incidents()
            ) as found:
                async for _ in found:
                    pass

        return ask

    async def one(runtime: Runtime) -> None:
        await runtime.search.incident(last - 1)

    return [
        ("one, by id", one),
        ("the newest 50", page("{}", 50)),
        ("the newest 50 of a service", page('{"service": "checkout"}', 50)),
        ("one of them all, by its request id", page(f'{{"X-Request-Id": "{request_of(7)}"}}', 50)),
        ("none, of a trace id", page(f'{{"trace_id": "{trace_of(-1)}"}}', 50)),
    ]


def _stored_table(stored: dict[tuple[str, int, int], list[float]], first: str) -> str:
    lines = []
    for (name, batch, writers), speeds in sorted(stored.items(), key=lambda each: each[0][1:]):
        speed = median(speeds)
        ratio = speed / median(stored[first, batch, writers])
        milliseconds = batch * writers / speed * 1000
        lines.append(
            (
                name,
                f"{batch:,}",
                str(writers),
                f"{speed:,.0f}",
                f"{milliseconds:.1f}",
                f"{ratio:.2f}",
            )
        )
    head = ("database", "a commit", "writers", "incidents/s", "ms a commit", f"÷ {first}")
    return render(head, lines, {0}) + "\n"


def _found_table(taken: dict[tuple[str, str], list[float]], first: str) -> str:
    lines = [
        (what, name, f"{median(each):.1f}", f"{median(each) / median(taken[first, what]):.1f}")
        for (name, what), each in taken.items()
    ]
    return render(("what is found", "database", "ms", f"÷ {first}"), lines, {0, 1}) + "\n"


async def _bytes_table(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        count = await connection.fetchval("SELECT count(*) FROM incidents")
        sizes = await connection.fetch(_BYTES)
    finally:
        await connection.close()
    lines = [(row["part"], f"{row['bytes'] / count:.0f}") for row in sizes]
    lines.append(("together", f"{sum(row['bytes'] for row in sizes) / count:.0f}"))
    return render((f"of {count:,} incidents", "bytes each"), lines, {0})


if __name__ == "__main__":
    scaling(prog_name="python -m bench.scaling")
