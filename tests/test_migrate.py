"""The tables come to what this version needs, and back."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from incidents.cli.parts.database import migrate_database
from incidents.core.errors import CannotStart, Unavailable
from incidents.db import migrate as migrate_module
from incidents.db.engine import connect
from incidents.db.revision import BASE, HEAD, ONE_BACK, VERSION_TABLE
from incidents.db.schema.rules import metadata
from incidents.support.settings import Settings
from tests.conftest import PREFIX, at_database, run_sql


def fetch(url: str, query: str) -> list[tuple[object, ...]]:
    async def run() -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return asyncio.run(run())


INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'incidents' ORDER BY 1"
COLUMNS = (
    "SELECT column_name, data_type, is_nullable FROM information_schema.columns "
    "WHERE table_name = 'incidents' ORDER BY ordinal_position"
)


def test_an_empty_database_is_brought_to_the_head_and_stays_there(empty_database: str) -> None:
    assert migrate_database(Settings(), empty_database) == (None, HEAD)
    assert migrate_database(Settings(), empty_database) == (HEAD, HEAD)


def test_down_and_up_again_gives_the_same_tables(empty_database: str) -> None:
    migrate_database(Settings(), empty_database)
    before = fetch(empty_database, INDEXES), fetch(empty_database, COLUMNS)

    down = migrate_database(Settings(), empty_database, to=BASE, may_lose_data=True)
    left = fetch(empty_database, "SELECT relname FROM pg_class WHERE relname LIKE 'incidents%'")
    migrate_database(Settings(), empty_database)

    assert down == (HEAD, None)
    assert {name for (name,) in left} <= {VERSION_TABLE, f"{VERSION_TABLE}_pkc"}
    assert (fetch(empty_database, INDEXES), fetch(empty_database, COLUMNS)) == before


def test_a_database_with_incidents_from_before_the_keys_keeps_them(empty_database: str) -> None:
    migrate_database(Settings(), empty_database, to="0001")
    run_sql(
        empty_database,
        "CREATE TABLE incidents_0 PARTITION OF incidents FOR VALUES FROM (0) TO (10)",
        "INSERT INTO incidents (id, received_at, hash, headers, body) "
        """VALUES (1, now(), '\\x00', '{}', '{"a":  1}')""",
    )

    assert migrate_database(Settings(), empty_database) == ("0001", HEAD)

    assert fetch(empty_database, "SELECT id, body::text FROM incidents") == [(1, '{"a":  1}')]
    assert fetch(empty_database, "SELECT count(*) FROM incidents_keys") == [(0,)]


def test_each_partition_gets_the_index_of_times_and_ids(empty_database: str) -> None:
    """Also one that was made, and one that had got it, before a migration that was interrupted."""
    index = "USING brin (received_at, (- id)) WITH (autosummarize = on, pages_per_range = 32)"
    migrate_database(Settings(), empty_database, to="0003")
    run_sql(
        empty_database,
        *(
            f"CREATE TABLE incidents_{start} PARTITION OF incidents "
            f"FOR VALUES FROM ({start}) TO ({start + 10})"
            for start in (0, 10)
        ),
        f"CREATE INDEX incidents_received_at_id_idx ON ONLY incidents {index}",
        f"CREATE INDEX incidents_0_received_at_id_idx ON incidents_0 {index}",
        "CREATE TABLE incidents_20 PARTITION OF incidents FOR VALUES FROM (20) TO (30)",
    )

    assert migrate_database(Settings(), empty_database) == ("0003", HEAD)

    of_times = fetch(
        empty_database,
        "SELECT x.indrelid::regclass::text, x.indisvalid FROM pg_index x "
        "WHERE pg_get_indexdef(x.indexrelid) LIKE '%brin (received_at%' ORDER BY 1",
    )
    with_ids = fetch(
        empty_database,
        "SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%brin (received_at, ((- id)))%'",
    )
    tables = ["incidents", "incidents_0", "incidents_10", "incidents_20"]
    assert of_times == [(table, True) for table in tables]
    assert with_ids == [(len(tables),)]


def test_going_back_must_be_meant(empty_database: str) -> None:
    migrate_database(Settings(), empty_database)

    with pytest.raises(CannotStart, match="loses data"):
        migrate_database(Settings(), empty_database, to=BASE)

    assert migrate_database(Settings(), empty_database) == (HEAD, HEAD)


def test_what_would_be_lost_is_named_and_all_of_it_stays(empty_database: str) -> None:
    migrate_database(Settings(), empty_database)
    run_sql(
        empty_database,
        "CREATE TABLE incidents_0 PARTITION OF incidents FOR VALUES FROM (0) TO (10)",
        "INSERT INTO incidents (id, received_at, hash, headers, body) "
        """VALUES (1, now(), '\\x00', '{}', '1')""",
    )

    with pytest.raises(CannotStart, match=r"keys; The table of incidents.*--lose-data"):
        migrate_database(Settings(), empty_database, to=BASE)
    with pytest.raises(CannotStart) as one_back:
        migrate_database(Settings(), empty_database, to=ONE_BACK)

    assert "The table of incidents" not in str(one_back.value)
    assert fetch(empty_database, "SELECT id FROM incidents") == [(1,)]
    assert fetch(empty_database, f"SELECT version_num FROM {VERSION_TABLE}") == [(HEAD,)]


def test_one_back_is_one_back_down_to_nothing(empty_database: str) -> None:
    migrate_database(Settings(), empty_database, to="0002")

    def back() -> tuple[str | None, str | None]:
        return migrate_database(Settings(), empty_database, to=ONE_BACK, may_lose_data=True)

    assert [back() for _ in range(3)] == [("0002", "0001"), ("0001", None), (None, None)]


def test_the_migrations_make_what_the_tables_say(empty_database: str, database: str) -> None:
    async def make_and_compare() -> list[object]:
        made = connect(empty_database, name="test", wait_seconds=5)
        async with made.begin() as connection:
            await connection.run_sync(metadata.create_all)
        await made.dispose()
        migrated = connect(database, name="test", wait_seconds=5)
        try:
            async with migrated.connect() as connection:
                return await connection.run_sync(differences)
        finally:
            await migrated.dispose()

    def differences(connection: Connection) -> list[object]:
        # PostgreSQL writes an expression in its own way: that index is compared below.
        options = {
            "version_table": VERSION_TABLE,
            "include_object": lambda _, name, *__: name != "incidents_searched_by_section_idx",
        }
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))

    assert asyncio.run(make_and_compare()) == []
    assert fetch(empty_database, INDEXES) == fetch(database, INDEXES)
    assert fetch(empty_database, COLUMNS) == fetch(database, COLUMNS)


def test_the_head_is_the_newest_migration() -> None:
    folder = Path(migrate_module.__file__).parent / "migrations"

    assert ScriptDirectory(str(folder)).get_current_head() == HEAD


def test_another_programs_table_is_left_alone(empty_database: str) -> None:
    run_sql(empty_database, "CREATE TABLE incidents (id serial)")

    with pytest.raises(CannotStart, match="a database of its own"):
        migrate_database(Settings(), empty_database)


def test_a_database_of_a_newer_version_is_left_alone(database: str) -> None:
    run_sql(database, f"UPDATE {VERSION_TABLE} SET version_num = '9999'")

    with pytest.raises(CannotStart, match="9999"):
        migrate_database(Settings(), database)


def test_a_revision_that_is_not_there_is_named(database: str) -> None:
    with pytest.raises(CannotStart, match="no revision 0815; there are base, 0001"):
        migrate_database(Settings(), database, to="0815")


def test_a_database_that_is_away_is_one_clear_error() -> None:
    settings = Settings(database_wait_seconds=1)

    with pytest.raises(Unavailable, match="cannot be reached"):
        migrate_database(settings, "postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(CannotStart, match="must begin with postgresql://"):
        migrate_database(settings, "mysql://localhost/x")


def test_a_database_that_is_not_in_utf_8_is_refused(database: str) -> None:
    latin = f"{PREFIX}_latin"
    run_sql(
        database,
        f"CREATE DATABASE {latin} TEMPLATE template0 ENCODING latin1 "
        "LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'",
    )
    try:
        with pytest.raises(CannotStart, match="UTF8"):
            migrate_database(Settings(), at_database(database, latin))
    finally:
        run_sql(database, f"DROP DATABASE {latin}")


@pytest.fixture
def held_lock(empty_database: str) -> Iterator[asyncio.Runner]:
    """Somebody works on the tables that the downgrade wants to drop."""
    migrate_database(Settings(), empty_database)
    with closing(asyncio.Runner()) as runner:
        connection = runner.run(asyncpg.connect(empty_database))
        runner.run(
            connection.execute(
                "BEGIN; LOCK TABLE incidents, incidents_keys, incidents_settled, "
                "incidents_blocks, incidents_clock, incidents_idempotency_keys, incidents_rejected "
                "IN ROW EXCLUSIVE MODE"
            )
        )
        yield runner
        runner.run(connection.close())


def test_a_migration_gives_up_a_lock_that_it_cannot_have(
    held_lock: asyncio.Runner, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.db.migrate.LOCK_SECONDS_MAX", 0.1)

    with pytest.raises(Unavailable, match="lock"):
        migrate_database(Settings(), empty_database, to=BASE, may_lose_data=True)

    assert fetch(empty_database, "SELECT to_regclass('incidents') IS NULL") == [(False,)]


def test_two_at_once_wait_for_each_other(empty_database: str) -> None:
    async def both() -> list[tuple[str | None, str | None]]:
        run = asyncio.to_thread
        return await asyncio.gather(
            *(run(migrate_database, Settings(), empty_database) for _ in range(3))
        )

    assert sorted(asyncio.run(both()), key=str) == [(HEAD, HEAD)] * 2 + [(None, HEAD)]


def test_functions_are_as_their_files_say(database: str) -> None:
    for file in (files("incidents") / "search" / "sql").iterdir():
        name = file.name.removesuffix(".sql")
        source = file.read_text().split(f"${name}$")[1]
        stored = fetch(database, f"SELECT prosrc FROM pg_proc WHERE proname = 'incidents_{name}'")
        # That of a revision of before may be there, too, for servers that go on.
        assert source in [row[0] for row in stored]
