"""The grants of docs/how-to/least-privilege.md, and what the roles can do with them."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from incidents.cli.parts.database import migrate_database
from incidents.runtime import Runtime
from incidents.support.settings import Settings
from tests.api import Api
from tests.command import incidents
from tests.keys import bearer
from tests.roles import as_role
from tests.server import Server
from tests.sql import at_database, rows_of, run_sql
from tests.tail_client import TailClient
from tests.test_retention import KEEP, NOW, fill, retention, tables

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "least-privilege.md"
AS_SUPERUSER, AS_OWNER = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
# The embedded PostgreSQL has a database of the page's name.
NAME = "incidents_two_roles"


@pytest.fixture
def url(own_url: str) -> Iterator[str]:
    """The database that the page makes, for a superuser."""
    named = AS_SUPERUSER.replace("DATABASE incidents", f"DATABASE {NAME}")
    run_sql(own_url, *(each for each in named.split(";\n") if each))
    made = at_database(own_url, NAME)
    try:
        migrate_database(Settings(), as_role(made, "incidents_owner"))
        for _ in range(2):
            run_sql(as_role(made, "incidents_owner"), AS_OWNER)
        yield made
    finally:
        run_sql(own_url, f"DROP DATABASE {NAME} WITH (FORCE)")
        run_sql(own_url, "DROP ROLE incidents_owner", "DROP ROLE incidents_server")


async def test_the_server_does_all_that_it_does_elsewhere(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    server = as_role(url, "incidents_server")
    async with Api(Runtime(Settings(partition_ids=10), server)) as api, TailClient(api, {}) as ear:
        assert (await api.get("/readyz")).status == 200
        ids = await fill(api, url, [40.0] * 24 + [1.0] * 20)

        assert len(await ear.bodies(len(ids))) == len(ids)
        assert await api.find({}) == ids[::-1]
        assert await api.find({}, "limit=5") == ids[:-6:-1]
        assert (await api.get("/timeline?bins=2")).json["count"] == len(ids)
        await retention(server).enforce(KEEP, NOW)
        await retention(server, retention=KEEP).look()
        assert "incidents_0" not in await tables(url)
        assert await api.find({}) == ids[:23:-1]
    assert "cannot" not in caplog.text


def test_a_server_runs_and_its_role_makes_no_keys(url: str) -> None:
    owner, server = (as_role(url, role) for role in ("incidents_owner", "incidents_server"))

    made = incidents("keys", "create", "all", "--scope", "admin", "--database-url", owner)
    refused = incidents("keys", "create", "more", "--scope", "admin", "--database-url", server)
    listed = incidents("keys", "list", "--database-url", server)
    running = Server("--database-url", server)
    try:
        running.wait_until_ready()
        reply = running.post("/problems", b'{"a": 1}', bearer(made.stdout.strip()))
    finally:
        running.kill()

    assert made.returncode == 0, made.stderr
    assert reply.status == 201
    assert refused.returncode == 1
    assert "permission denied for table incidents_keys" in refused.stderr
    assert "least-privilege.md" in refused.stderr
    assert "all" in listed.stdout


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO incidents_keys (hash, name, scope) VALUES ('x', 'x', 'admin')",
        "UPDATE incidents_keys SET revoked_at = NULL",
        "DELETE FROM incidents_keys",
        "UPDATE incidents_alembic_version SET version_num = '0001'",
        "DROP TABLE incidents_keys",
        "DROP FUNCTION incidents_ids_of_time",
        "CREATE SCHEMA other",
        "CREATE ROLE other",
        "SET ROLE incidents_owner",
    ],
)
def test_what_the_server_may_not(url: str, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        run_sql(as_role(url, "incidents_server"), statement)


def test_the_owner_migrates_what_the_server_filled(url: str) -> None:
    owner, server = (as_role(url, role) for role in ("incidents_owner", "incidents_server"))

    async def report() -> None:
        async with Api(Runtime(Settings(partition_ids=10), server)) as api:
            for n in range(15):
                await api.report({"n": n})

    asyncio.run(report())
    migrate_database(Settings(), owner, to="0004", may_lose_data=True)
    migrate_database(Settings(), owner)
    run_sql(owner, AS_OWNER)
    asyncio.run(report())

    ((count,),) = rows_of(url, "SELECT count(*) FROM incidents")
    assert count == 30
