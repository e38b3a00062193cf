"""A real PostgreSQL for the session, and a database of its own for each test."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from incidents.cli.database import migrate_database
from incidents.runtime import Runtime
from incidents.settings import ENV_PREFIX, Settings
from incidents.storage.embedded import Embedded
from incidents.storage.keys import KeyTable
from tests.api import Api
from tests.server import Server

TEMPLATE = "incidents_template"

_numbers = itertools.count(1)


# A busy machine costs a test time, and nothing else.
PATIENCE = {"DATABASE_WAIT_SECONDS": "60", "SEARCH_DEADLINE_SECONDS": "60"}


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith(ENV_PREFIX)]:
            patched.delenv(name)
        for name, value in PATIENCE.items():
            patched.setenv(ENV_PREFIX + name, value)
        yield


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """The embedded PostgreSQL, with a migrated database to clone."""
    embedded = Embedded(tmp_path_factory.mktemp("cluster"), start_seconds=60)
    embedded.start()
    # Nobody cuts the power here: what waits for the disk is tested on clusters of its own.
    switch(embedded.url, "fsync", "off")
    run_sql(embedded.url, f"CREATE DATABASE {TEMPLATE}")
    migrate_database(Settings(), at_database(embedded.url, TEMPLATE))
    yield embedded
    embedded.stop()


@pytest.fixture
def empty_database(cluster: Embedded) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    yield from _database(cluster, "template0")


@pytest.fixture
def database(cluster: Embedded) -> Iterator[str]:
    """The URL of a migrated database."""
    yield from _database(cluster, TEMPLATE)


def _database(cluster: Embedded, template: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    run_sql(cluster.url, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield at_database(cluster.url, name)
    run_sql(cluster.url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def open_api(database: str) -> AsyncIterator[Callable[..., "asyncio.Future[Api]"]]:
    """Opens the API on the test's database, with settings."""
    async with AsyncExitStack() as stack:

        async def open_(url: str = database, **settings: object) -> Api:
            runtime = Runtime(Settings(**settings), url)  # type: ignore[arg-type]
            return await stack.enter_async_context(Api(runtime))

        yield open_  # type: ignore[misc]


@pytest.fixture
async def table(database: str) -> AsyncIterator[KeyTable]:
    """The keys of the test's database."""
    opened = KeyTable(database, wait_seconds=10)
    yield opened
    await opened.close()


@pytest.fixture
async def api(database: str) -> AsyncIterator[Api]:
    """The API on the test's database."""
    async with Api(Runtime(Settings(), database)) as opened:
        yield opened


@pytest.fixture
def start_server(database: str) -> Iterator[Callable[..., Server]]:
    """Starts `incidents serve` as a process of its own, on the test's database."""
    servers: list[Server] = []

    def start(*flags: str, data: Path | None = None, url: str = database) -> Server:
        where = ["--database-url", url] if data is None else ["--data", str(data)]
        server = Server(*where, *flags)
        servers.append(server)
        server.wait_until_ready()
        return server

    yield start
    for server in servers:
        server.kill()


def switch(url: str, name: str, value: str) -> None:
    """Returns when that setting of PostgreSQL has the value, in the whole cluster."""

    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(f"ALTER SYSTEM SET {name} = {value}")
            await connection.execute("SELECT pg_reload_conf()")
            while await connection.fetchval(f"SHOW {name}") != value:  # noqa: ASYNC110 - it is asked
                await asyncio.sleep(0.01)
        finally:
            await connection.close()

    asyncio.run(run())


def at_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def run_sql(url: str, *statements: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())
