"""A real PostgreSQL for the session, and a database of its own for each test."""

import asyncio  # noqa: TC003 - pytest-asyncio reads it
import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from incidents.cli.database import migrate_database
from incidents.runtime import Runtime
from incidents.settings import ENV_PREFIX, Settings
from incidents.storage.embedded import Embedded
from incidents.storage.keys import KeyTable
from tests import citus
from tests.api import Api
from tests.server import Server
from tests.sql import at_database, run_sql

__all__ = ["at_database", "run_sql"]  # tests have them from here, too

TEMPLATE = "incidents_template"

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(ENV_PREFIX):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """The embedded PostgreSQL, with a migrated database to clone."""
    embedded = Embedded(tmp_path_factory.mktemp("cluster"), start_seconds=60)
    embedded.start()
    run_sql(embedded.url, f"CREATE DATABASE {TEMPLATE}")
    migrate_database(Settings(), at_database(embedded.url, TEMPLATE))
    yield embedded
    embedded.stop()


@pytest.fixture(scope="session")
def machines() -> Iterator[citus.Citus]:
    """The Citus of INCIDENTS_TEST_CITUS_URL, with databases to clone."""
    assert citus.URL is not None
    with citus.Citus(citus.URL) as prepared:
        yield prepared


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs a test twice that holds on Citus as well, where there is one."""
    for name in ("database", "empty_database"):
        if name in metafunc.fixturenames and citus.is_for(metafunc.function):
            metafunc.parametrize(name, citus.KINDS, indirect=True)


@pytest.fixture
def empty_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    if citus.is_asked_for(request):
        yield from request.getfixturevalue("machines").empty_database()
    else:
        yield from _database(request.getfixturevalue("cluster"), "template0")


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a migrated database."""
    if citus.is_asked_for(request):
        yield from request.getfixturevalue("machines").database()
    else:
        yield from _database(request.getfixturevalue("cluster"), TEMPLATE)


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
