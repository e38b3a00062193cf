"""PgBouncer between the program and PostgreSQL."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from incidents.cli.parts.database import migrate_database
from incidents.core.errors import CannotStart, Unavailable
from incidents.db.driver import connect_driver, driver_errors
from incidents.embedded import system_user
from incidents.runtime import Runtime
from incidents.support.settings import Settings
from tests.api import Api
from tests.ports import free_port
from tests.sql import at_database, run_sql

PROGRAM = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
SECONDS_MAX = 60

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="needs pgbouncer: apt-get install pgbouncer"),
]

Pool = Callable[[str], str]


@pytest.fixture
def url(own_url: str) -> Iterator[str]:
    """A database of the PostgreSQL that has a socket."""
    name = "pooled"
    run_sql(own_url, f"CREATE DATABASE {name}")
    yield at_database(own_url, name)
    run_sql(own_url, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def pgbouncer(url: str, mode: str) -> Iterator[str]:
    """The URL of the same database, through it."""
    assert PROGRAM is not None
    port = free_port()
    # Its own user, and PostgreSQL's, passes here.
    folder = Path(tempfile.mkdtemp(prefix="incidents-pgbouncer-"))
    (folder / "users").write_text('"postgres" ""\n')
    (folder / "ini").write_text(
        f"[databases]\n* = host={parse_qs(urlsplit(url).query)['host'][0]}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = trust\nauth_file = {folder}/users\npool_mode = {mode}\n"
        "default_pool_size = 50\n"
    )
    user = system_user.of_process()
    if user:
        os.chown(folder, user["user"], user["group"])
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([PROGRAM, folder / "ini"], stdout=log, stderr=log, **user)
    try:
        until_it_listens(port, process, folder / "log")
        yield f"postgresql://postgres@127.0.0.1:{port}{urlsplit(url).path}"
    finally:
        process.terminate()
        process.wait(SECONDS_MAX)
        shutil.rmtree(folder)


def until_it_listens(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        else:
            return


async def test_a_pool_of_sessions_works(url: str) -> None:
    with pgbouncer(url, "session") as pooled:
        await asyncio.to_thread(migrate_database, Settings(), pooled)
        async with Api(Runtime(Settings(), pooled)) as api:
            ids = [await api.report({"n": n, "text": "a\\b"}) for n in range(20)]

            assert await api.find({}) == ids[::-1]
            assert await api.find({"text": "a\\b", "n": 7}) == [ids[7]]


async def test_through_it_sessions_are_as_they_must_be(url: str) -> None:
    await asyncio.to_thread(run_sql, url, "ALTER DATABASE pooled SET synchronous_commit = off")
    with pgbouncer(url, "session") as pooled:
        driver = await connect_driver(
            pooled, name="test", wait_seconds=10, session={"synchronous_commit": "on"}
        )
        assert await driver.fetchval("SHOW synchronous_commit") == "on"
        assert driver.get_server_pid() == await driver.fetchval("SELECT pg_backend_pid()")
        assert driver.is_pooled
        await driver.close()
    direct = await connect_driver(url, name="test", wait_seconds=10)
    assert not direct.is_pooled
    await direct.close()


async def test_a_parameter_that_it_does_not_take_is_named(url: str) -> None:
    with (
        pgbouncer(url, "session") as pooled,
        pytest.raises(CannotStart, match="unsupported startup parameter: work_mem"),
    ):
        await connect_driver(f"{pooled}?work_mem=5MB", name="test", wait_seconds=10)


async def test_a_postgresql_that_is_away_from_it_is_away() -> None:
    nowhere = "postgresql://postgres@/x?host=/nowhere"
    with pgbouncer(nowhere, "session") as pooled, pytest.raises(Unavailable), driver_errors():
        await connect_driver(pooled, name="test", wait_seconds=10)


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_a_pool_of_transactions_is_refused_by_name(url: str, mode: str) -> None:
    migrate_database(Settings(), url)
    with pgbouncer(url, mode) as pooled, pytest.raises(CannotStart, match="pool_mode = session"):
        migrate_database(Settings(), pooled)
