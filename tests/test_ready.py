"""GET /readyz answers 200 only where a report could be stored now."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import asyncpg
import pytest

from incidents.db import readiness
from incidents.db.names import ID_SEQUENCE
from tests.api import Api
from tests.roles import as_role, roles
from tests.sql import run_sql

OpenApi = Callable[..., Awaitable[Api]]

ALL = (
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT INSERT, DELETE ON incidents TO {role}",
    "GRANT UPDATE ON incidents_settled, incidents_clock TO {role}",
    "GRANT INSERT, UPDATE, DELETE ON incidents_blocks, incidents_words TO {role}",
    "GRANT INSERT, UPDATE, DELETE ON incidents_numbers TO {role}",
    "GRANT INSERT ON incidents_block_groups TO {role}",
    "GRANT INSERT, DELETE ON incidents_groups, incidents_group_changes TO {role}",
    "GRANT INSERT, UPDATE, DELETE ON incidents_saved_queries TO {role}",
    "GRANT INSERT, UPDATE, DELETE ON incidents_idempotency_keys TO {role}",
    "GRANT INSERT, UPDATE, DELETE ON incidents_rules, incidents_rule_states TO {role}",
    "GRANT INSERT, UPDATE, DELETE ON incidents_rule_history, incidents_mutes TO {role}",
    "GRANT UPDATE ON incidents_rules_position TO {role}",
    "GRANT INSERT, DELETE ON incidents_imported TO {role}",
    "GRANT INSERT, UPDATE, DELETE, TRUNCATE ON incidents_rejected TO {role}",
    "GRANT INSERT, UPDATE, DELETE ON incidents_channels, incidents_notifications TO {role}",
    f"GRANT USAGE, SELECT ON SEQUENCE {ID_SEQUENCE} TO {{role}}",
    "CREATE TABLE incidents_0 (LIKE incidents INCLUDING ALL)",
    "ALTER TABLE incidents ATTACH PARTITION incidents_0 FOR VALUES FROM (0) TO (1000000)",
)


@pytest.fixture
def role(database: str) -> Iterator[str]:
    """One that may store, as long as there is a partition."""
    with roles(database, "runs") as (made,):
        run_sql(database, *(each.format(role=made) for each in ALL))
        yield made


@pytest.fixture(autouse=True)
def ask_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_EVERY_SECONDS", 0.0)


async def test_who_may_store_is_ready(open_api: OpenApi, database: str, role: str) -> None:
    api = await open_api(as_role(database, role))

    assert (await api.get("/readyz")).status == 200
    assert await api.report({"a": 1})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("REVOKE INSERT ON incidents FROM {role}", "INSERT on the table incidents"),
        ("REVOKE DELETE ON incidents FROM {role}", "DELETE on the table incidents"),
        ("REVOKE ALL ON incidents_keys FROM {role}", "SELECT on the table incidents_keys"),
        ("REVOKE UPDATE ON incidents_clock FROM {role}", "UPDATE on the table incidents_clock"),
        (
            "REVOKE INSERT, DELETE ON incidents_idempotency_keys FROM {role}",
            "INSERT on the table incidents_idempotency_keys, DELETE on the table incidents_idem",
        ),
        ("REVOKE TRUNCATE ON incidents_rejected FROM {role}", "TRUNCATE on the table incidents_r"),
        (
            f"REVOKE USAGE ON SEQUENCE {ID_SEQUENCE} FROM {{role}}",
            f"USAGE on the sequence {ID_SEQUENCE}",
        ),
        ("ALTER ROLE {role} SET default_transaction_read_only = on", "read-only"),
        ("ALTER TABLE incidents DETACH PARTITION incidents_0", "the next ids have no partition"),
        (f"SELECT setval('{ID_SEQUENCE}', 1000000)", "the next ids have no partition"),
        ("UPDATE incidents_alembic_version SET version_num = '0001'", "run `incidents migrate`"),
        ("REVOKE SELECT ON incidents_alembic_version FROM {role}", "a privilege that it needs"),
    ],
)
async def test_what_keeps_a_report_from_being_stored_is_said(
    open_api: OpenApi, database: str, role: str, change: str, said: str
) -> None:
    await asyncio.to_thread(run_sql, database, change.format(role=role))
    api = await open_api(as_role(database, role), database_wait_seconds=20)

    reply = await api.get("/readyz")

    assert reply.status == 503
    assert said in reply.json["detail"]
    assert role not in reply.text
    assert reply.headers["content-type"] == "application/problem+json"


async def test_it_is_ready_again_as_soon_as_it_may_store(
    open_api: OpenApi, database: str, role: str
) -> None:
    api = await open_api(as_role(database, role))
    for change, status in (("REVOKE", 503), ("GRANT", 200)):
        of = "FROM" if change == "REVOKE" else "TO"
        await asyncio.to_thread(run_sql, database, f"{change} INSERT ON incidents {of} {role}")
        assert (await api.get("/readyz")).status == status


async def test_a_report_that_is_refused_a_privilege_says_so_and_postgresql_is_not_called_away(
    open_api: OpenApi, database: str, role: str, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.to_thread(run_sql, database, f"REVOKE INSERT ON incidents FROM {role}")
    api = await open_api(as_role(database, role), database_wait_seconds=0.5)

    reply = await api.post("/problems", b"{}")

    assert reply.status == 503
    assert "a privilege that it needs" in reply.json["detail"]
    assert reply.json["type"] == "urn:incidents:problem:no-privilege"
    assert "permission denied for table incidents" in caplog.text
    assert "PostgreSQL refuses reports" in caplog.text
    assert "is away" not in caplog.text


async def test_however_many_ask_it_is_asked_once(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "_EVERY_SECONDS", 3600.0)
    asked = []
    fetchrow = asyncpg.Connection.fetchrow

    async def counted(
        self: asyncpg.Connection, query: str, *values: object, **rest: object
    ) -> object:
        if query == readiness._MAY_STORE:
            asked.append(query)
        return await fetchrow(self, query, *values, **rest)  # type: ignore[call-overload]

    monkeypatch.setattr(asyncpg.Connection, "fetchrow", counted)
    api = await open_api()

    replies = await asyncio.gather(*(api.get("/readyz") for _ in range(50)))

    assert {reply.status for reply in replies} == {200}
    assert len(asked) == 1
