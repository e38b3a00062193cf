"""What PostgreSQL refuses is named by its cause, with what to do about it."""

import asyncio
from collections.abc import Iterator

import pytest

from incidents.cli.parts.database import migrate_database
from incidents.core.errors import CannotStart
from incidents.runtime import Runtime
from incidents.support.settings import Settings
from tests.api import Api
from tests.command import incidents
from tests.proxy import Proxy
from tests.roles import as_role, roles
from tests.server import Server
from tests.sql import run_sql

AWAY = "postgresql://nobody@127.0.0.1:1/x"


@pytest.fixture
def role(empty_database: str) -> Iterator[str]:
    """One that may log in, and nothing else."""
    with roles(empty_database, "user") as (made,):
        yield made


def test_who_may_not_make_tables_is_told_the_grant(empty_database: str, role: str) -> None:
    run_sql(empty_database, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")

    with pytest.raises(CannotStart, match=f"GRANT CREATE ON SCHEMA public TO {role}"):
        migrate_database(Settings(), as_role(empty_database, role))


def test_who_may_not_alter_the_tables_of_another_is_told_so(empty_database: str, role: str) -> None:
    migrate_database(Settings(), empty_database, to="0005")
    run_sql(
        empty_database,
        f"GRANT CREATE ON SCHEMA public TO {role}",
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}",
    )

    with pytest.raises(CannotStart, match="must be owner of table incidents_generation"):
        migrate_database(Settings(), as_role(empty_database, role))


def test_a_database_that_is_read_only_is_called_so(empty_database: str, role: str) -> None:
    run_sql(
        empty_database,
        f"GRANT CREATE ON SCHEMA public TO {role}",
        f"ALTER ROLE {role} SET default_transaction_read_only = on",
    )

    with pytest.raises(CannotStart, match=r"read-only.*default_transaction_read_only = off"):
        migrate_database(Settings(), as_role(empty_database, role))


def test_a_search_path_that_leads_nowhere_is_named(empty_database: str, role: str) -> None:
    run_sql(empty_database, f"ALTER ROLE {role} SET search_path = ''")

    with pytest.raises(CannotStart, match=r"search_path .* leads to no schema"):
        migrate_database(Settings(), as_role(empty_database, role))


def test_a_role_that_may_not_log_in_is_not_waited_for(empty_database: str, role: str) -> None:
    run_sql(empty_database, f"ALTER ROLE {role} NOLOGIN")

    done = incidents("serve", "--port", "0", "--database-url", as_role(empty_database, role))

    assert done.returncode == 1
    assert "is not permitted to log in" in done.stderr
    assert "pg_hba.conf" in done.stderr


async def test_a_database_that_reads_backslashes_otherwise_is_searched_alike(
    database: str,
) -> None:
    name = database.partition("?")[0].rpartition("/")[2]
    await asyncio.to_thread(
        run_sql, database, f"ALTER DATABASE {name} SET standard_conforming_strings = off"
    )
    body = {"path": "C:\\temp\\'x'", "text": 'a \\u0041 "b" \\'}
    async with Api(Runtime(Settings(), database)) as api:
        id_ = await api.report(body)

        for example in ({}, body, {"path": body["path"]}, {"text": body["text"]}):
            assert await api.find(example) == [id_]
            assert await api.find(example, "limit=1") == [id_]
        assert await api.find({"path": "C:\\temp"}) == []


# What Citus has in its catalog, where none is installed.
CITUS = (
    "SET allow_system_table_mods = on",
    "CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass)",
    "CREATE TABLE pg_catalog.pg_dist_local_group (groupid int)",
    "CREATE TABLE pg_catalog.pg_dist_node (isactive bool, shouldhaveshards bool, noderole text)",
)


@pytest.mark.parametrize(
    ("group", "said"), [(0, "add its workers first"), (1, "this is a worker of a Citus cluster")]
)
def test_a_coordinator_that_was_just_made_is_no_worker(
    empty_database: str, group: int, said: str
) -> None:
    fill = f"INSERT INTO pg_catalog.pg_dist_local_group VALUES ({group})"
    run_sql(empty_database, *CITUS, fill)

    with pytest.raises(CannotStart, match=said):
        migrate_database(Settings(), empty_database)


@pytest.mark.parametrize(
    "command",
    [
        ("migrate",),
        ("serve", "--port", "0"),
        ("keys", "list"),
        ("keys", "create", "x", "--scope", "read"),
        ("keys", "revoke", "x"),
    ],
)
def test_a_postgresql_that_is_away_ends_a_command_with_3(command: tuple[str, ...]) -> None:
    done = incidents(*command, "--database-url", AWAY, INCIDENTS_DATABASE_WAIT_SECONDS="0.5")

    assert done.returncode == 3
    assert "cannot be reached" in done.stderr
    assert len(done.stderr.splitlines()) == 1


async def test_a_server_waits_for_a_postgresql_that_comes(database: str) -> None:
    asked = asyncio.Semaphore(0)

    async def turn_away(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        asked.release()

    none = await asyncio.start_server(turn_away, "127.0.0.1", 0)
    proxy = Proxy(database)
    proxy.port = none.sockets[0].getsockname()[1]
    server = Server("--database-url", proxy.url)
    try:
        for _ in range(3):
            await asyncio.wait_for(asked.acquire(), 60)
        none.close()
        await none.wait_closed()
        async with proxy:
            await asyncio.to_thread(server.wait_until_ready)
            assert await asyncio.to_thread(server.stop) == 0
    finally:
        server.kill()
