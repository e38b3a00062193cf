"""A real PostgreSQL for the session, and a database of its own for each test."""

import asyncio
import gc
import itertools
import os
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import asyncpg
import hypothesis
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from incidents.auth.key_table import KeyTable
from incidents.cli.parts.database import migrate_database
from incidents.embedded.control import Control
from incidents.embedded.initdb import run_initdb
from incidents.embedded.postgresql import Embedded
from incidents.runtime import Runtime
from incidents.support.environment import ENV_PREFIX
from incidents.support.settings import Settings
from tests import citus
from tests.api import Api
from tests.browser import chromium
from tests.command import incidents
from tests.node_programs import run_node
from tests.served import Served
from tests.server import Server
from tests.sql import at_database, run_sql
from tests.visit import Visit

__all__ = ["at_database", "run_sql"]  # tests have them from here, too

# A PostgreSQL to test on, of a role that may make databases. Without it the tests bring their own.
GIVEN_URL = os.environ.get(f"{ENV_PREFIX}TEST_DATABASE_URL")

# What is made on it is called so, and nothing else is dropped: there may be others' databases.
PREFIX = f"incidents_test_{secrets.token_hex(4)}"
TEMPLATE = f"{PREFIX}_template"

_numbers = itertools.count(1)


# A test that imports one of these starts programs, or is asked by some: it is slow.
_STARTS_PROGRAMS = (Server, Served, Embedded, incidents, chromium, run_node, Visit)


# A test that uses one of these is slow, too: four fifths of the tests take a fifth of the time.
_OWN_DATABASES = {"database", "empty_database", "skewed_database"}

# A busy machine costs a test time, and nothing else.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")
PATIENCE = {"DATABASE_WAIT_SECONDS": "60", "SEARCH_DEADLINE_SECONDS": "60"}

# Before any fixture, whatever its scope: settings from outside could lead to incidents that are
# not the tests' own. Those of the tests stay, for the processes that run a part of them.
for _name in list(os.environ):
    if _name.startswith(ENV_PREFIX) and not _name.startswith(f"{ENV_PREFIX}TEST_"):
        del os.environ[_name]
for _name, _value in PATIENCE.items():
    os.environ[ENV_PREFIX + _name] = _value


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Files lie in a folder that no other run has.

    All runs of a user share pytest's own, and each closes it to others as it starts: to the user
    that PostgreSQL runs as, too, when the tests run as root.
    """
    if config.option.basetemp is None and not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="incidents-tests-"))
        config.option.basetemp = str(folder / "run")
        config.add_cleanup(lambda: _remove_if_passed(config, folder))


def _remove_if_passed(config: pytest.Config, folder: Path) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not (reporter.stats.get("failed") or reporter.stats.get("error")):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _reached_by_postgresql(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What pytest makes for root alone, the user that PostgreSQL runs as may pass."""
    if os.geteuid() == 0:
        make = tmp_path_factory.mktemp

        def mktemp(*arguments: Any, **options: Any) -> Path:
            path = make(*arguments, **options)
            path.chmod(0o711)
            return path

        tmp_path_factory.mktemp = mktemp  # type: ignore[method-assign]
        base = tmp_path_factory.getbasetemp()
        for each in (base, *base.parents):
            if stat.S_IMODE(each.stat().st_mode) == 0o700:
                each.chmod(0o711)


@pytest.fixture(scope="session", autouse=True)
def _clusters_are_copied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """PostgreSQL's initdb runs once in a process; what it made is copied from then on."""
    first = tmp_path_factory.mktemp("first") / "cluster"

    def made(control: Control, new: Path) -> None:
        if not first.exists():
            run_initdb(control, new)
        source, target = (first, new) if first.exists() else (new, first)
        subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("incidents.embedded.postgresql.run_initdb", made)
        yield


@pytest.fixture(scope="session")
def own_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the embedded PostgreSQL: nobody else's, so its settings may be changed."""
    embedded = Embedded(tmp_path_factory.mktemp("cluster"), start_seconds=60)
    embedded.start()
    # Nobody cuts the power here: what waits for the disk is tested on clusters of its own.
    switch(embedded.url, "fsync", "off")
    yield embedded.url
    embedded.stop()


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a PostgreSQL, with a migrated database to clone."""
    url = GIVEN_URL or request.getfixturevalue("own_url")
    run_sql(url, f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
    migrate_database(Settings(), at_database(url, TEMPLATE))
    yield url
    run_sql(url, f"DROP DATABASE {TEMPLATE} WITH (FORCE)")


@pytest.fixture(scope="session")
def machines() -> Iterator[citus.Citus]:
    """The Citus of INCIDENTS_TEST_CITUS_URL, with databases to clone."""
    assert citus.URL is not None
    with citus.Citus(citus.URL) as prepared:
        yield prepared


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that start programs, or need a database of their own, as slow.

    `make test-fast` leaves them out. What uses an API that a module shares runs in its loop.
    """
    for item in items:
        module = item.getparent(pytest.Module)
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & _OWN_DATABASES or (module is not None and _starts_programs(module.obj)):
            item.add_marker("slow")
        if "shared_api" in fixtures:
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


def pytest_collection_finish() -> None:
    """Thousands of tests and what they import are not looked through for garbage any more."""
    gc.collect()
    gc.freeze()


@cache
def _starts_programs(module: ModuleType) -> bool:
    used = vars(module).values()
    return any(value is each for value in used for each in _STARTS_PROGRAMS)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs a test twice that holds on Citus as well, where there is one."""
    for name in ("database", "empty_database", "shared_database"):
        if name in metafunc.fixturenames and citus.is_for(metafunc.function):
            metafunc.parametrize(name, citus.KINDS, indirect=True)


@pytest.fixture(scope="module")
def shared_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a migrated database that tests of a module share."""
    if citus.is_asked_for(request):
        yield from request.getfixturevalue("machines").database(shared=True)
    else:
        yield from cloned(request.getfixturevalue("cluster"))


@pytest.fixture
def empty_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    if citus.is_asked_for(request):
        yield from request.getfixturevalue("machines").empty_database()
    else:
        yield from cloned(request.getfixturevalue("cluster"), "template0")


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a migrated database."""
    if citus.is_asked_for(request):
        yield from request.getfixturevalue("machines").database()
    else:
        yield from cloned(request.getfixturevalue("cluster"))


def cloned(cluster: str, template: str = TEMPLATE) -> Iterator[str]:
    """The URL of a database of its own, until the end."""
    name = f"{PREFIX}_{next(_numbers)}"
    # Half the work of the usual one where nothing waits for the disk. PostgreSQL 14 has no other.
    strategy = "" if GIVEN_URL else "STRATEGY file_copy"
    run_sql(cluster, f"CREATE DATABASE {name} TEMPLATE {template} {strategy}")
    yield at_database(cluster, name)
    run_sql(cluster, f"DROP DATABASE {name} WITH (FORCE)")


# Each of a worker's jobs begins with a connection of its own: half of what it costs to open an API.
# So those of the fixtures run no jobs, but where tests are marked with `jobs`.
def has_jobs(request: pytest.FixtureRequest) -> bool:
    """Whether the test, or its module, is about what the jobs do."""
    return request.node.get_closest_marker("jobs") is not None


@pytest.fixture
async def open_api(
    request: pytest.FixtureRequest, database: str
) -> AsyncIterator[Callable[..., "asyncio.Future[Api]"]]:
    """Opens the API on the test's database, with settings."""
    async with AsyncExitStack() as stack:

        async def open_(url: str = database, **settings: object) -> Api:
            runtime = Runtime(Settings(**settings), url)  # type: ignore[arg-type]
            opened = Api(runtime, with_jobs=has_jobs(request))
            return await stack.enter_async_context(opened)

        yield open_  # type: ignore[misc]


@pytest.fixture
async def table(database: str) -> AsyncIterator[KeyTable]:
    """The keys of the test's database."""
    opened = KeyTable(database, wait_seconds=10)
    yield opened
    await opened.close()


@pytest.fixture
async def api(request: pytest.FixtureRequest, database: str) -> AsyncIterator[Api]:
    """The API on the test's database."""
    async with Api(Runtime(Settings(), database), with_jobs=has_jobs(request)) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_api(request: pytest.FixtureRequest, shared_database: str) -> AsyncIterator[Api]:
    """One API for tests of a module that change no setting, and expect no empty database."""
    async with Api(Runtime(Settings(), shared_database), with_jobs=has_jobs(request)) as opened:
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


@pytest.fixture
def serve_here(request: pytest.FixtureRequest, database: str) -> Iterator[Callable[..., Served]]:
    """Starts the server in a thread of this process, on the test's database, with settings."""
    with ExitStack() as stack:

        def start(url: str = database, **settings: object) -> Served:
            made = Settings(**settings)  # type: ignore[arg-type]
            return stack.enter_context(Served(made, url, with_jobs=has_jobs(request)))

        yield start


# A browser takes seconds to start: all tests of a process share it, and its loop
# (`pytest.mark.asyncio(loop_scope="session")`). Each has pages of its own.
@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def browser(shared_browser: Browser) -> AsyncIterator[Browser]:
    yield shared_browser
    for context in shared_browser.contexts:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(serve_here: Callable[..., Served], browser: Browser) -> AsyncIterator[Visit]:
    page = await browser.new_page(locale="en-GB", viewport={"width": 1280, "height": 800})
    visit = Visit(page, serve_here())
    yield visit
    assert visit.wrong == []


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
