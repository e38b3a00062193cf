"""A sealed partition keeps what it has, and gets nothing more; whoever comes late is not lost."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg
import pytest

from incidents.incident import Incident
from incidents.settings import Settings
from incidents.storage import incidents as incidents_module
from incidents.storage.partitions import list_partitions
from incidents.storage.seals import Seals
from tests.api import Api
from tests.command import incidents
from tests.conftest import run_sql
from tests.test_export_import import everything
from tests.test_intake import incident, rows, store
from tests.test_retention import until

OpenApi = Callable[..., Awaitable[Api]]

# A row as any program could send it, with an id that it was given long ago.
LATE = (
    "INSERT INTO incidents (id, received_at, hash, headers, body) "
    "VALUES ({id}, now(), sha256('late'), '{{}}', '{{\"number\": 99}}')"
)


async def seal(url: str) -> None:
    """Seals what can be sealed, as a server does in some time."""
    seals = Seals(Settings(), url)
    await seals.look()
    await seals.look()


async def seals_of(url: str) -> dict[int, str]:
    """The seals of the sealed partitions, by where these begin."""
    connection = await asyncpg.connect(url)
    try:
        there = await list_partitions(connection)
        return {each.start: each.seal for each in there if each.seal is not None}
    finally:
        await connection.close()


async def sealed(url: str) -> list[int]:
    """Where the sealed partitions begin."""
    return list(await seals_of(url))


async def filled(open_api: OpenApi, count: int) -> Api:
    """The API, and the incidents 1 to `count` with these numbers, ten to a partition."""
    api = await open_api(partition_ids=10)
    for number in range(1, count + 1):
        assert await api.report({"number": number}) == number
    return api


async def test_a_partition_is_sealed_some_time_after_its_last_id_was_given(
    open_api: OpenApi, database: str
) -> None:
    await filled(open_api, 18)
    seals = Seals(Settings(), database)

    await seals.look()
    assert await sealed(database) == []
    await seals.look()
    assert await sealed(database) == [0]
    await seals.look()
    assert await sealed(database) == [0]

    await asyncio.to_thread(run_sql, database, "SELECT nextval('incidents_id_seq')")
    await seal(database)
    assert await sealed(database) == [0, 10]


async def test_a_server_seals_by_itself(open_api: OpenApi, database: str) -> None:
    api = await open_api(partition_ids=10, seal_after_seconds=0.05)
    for number in range(12):
        await api.report(number)

    async def is_sealed() -> bool:
        return await sealed(database) == [0]

    await until(is_sealed)
    assert len(await api.find({})) == 12


async def test_a_late_row_stays_out_of_a_sealed_partition_and_out_of_no_other(
    open_api: OpenApi, database: str
) -> None:
    await filled(open_api, 12)
    await asyncio.to_thread(run_sql, database, "DELETE FROM incidents WHERE id IN (5, 12)")
    await seal(database)

    await asyncio.to_thread(run_sql, database, LATE.format(id=5), LATE.format(id=12))

    assert 5 not in await rows(database, "SELECT id FROM incidents")
    assert 12 in await rows(database, "SELECT id FROM incidents")


async def test_who_still_stores_there_is_waited_for(open_api: OpenApi, database: str) -> None:
    await filled(open_api, 12)
    await asyncio.to_thread(run_sql, database, "DELETE FROM incidents WHERE id = 5")
    storing = await asyncpg.connect(database)
    try:
        await storing.execute("BEGIN; " + LATE.format(id=5))
        await seal(database)
        assert await sealed(database) == []
        await storing.execute("COMMIT")
    finally:
        await storing.close()

    await seal(database)

    assert await sealed(database) == [0]
    assert 5 in await rows(database, "SELECT id FROM incidents")


@pytest.mark.parametrize("is_stored_before", [False, True])
async def test_a_report_that_was_stopped_until_its_partition_was_sealed_is_stored_once(
    open_api: OpenApi,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_stored_before: bool,
) -> None:
    api = await filled(open_api, 8)
    insert = incidents_module.Store.insert
    calls: list[list[int]] = []

    async def stopped(
        self: incidents_module.Store, batch: Sequence[tuple[int, Incident]], **options: bool
    ) -> None:
        calls.append([id_ for id_, _ in batch])
        if len(calls) == 1:
            if is_stored_before:  # but nobody heard of it
                await insert(self, batch, **options)
            await self.reserve_ids(7)
            await seal(database)
        await insert(self, batch, **options)

    monkeypatch.setattr(incidents_module.Store, "insert", stopped)
    monkeypatch.setattr(incidents_module.Store, "foreseen_ids", lambda *_: None)

    # The first three were given 9, 10 and 11: one in a partition that is sealed then.
    ids = await asyncio.gather(*(store(api.runtime.intake, incident(n)) for n in (91, 92, 93)))

    assert await sealed(database) == [0]
    assert calls[0] == [9, 10, 11]
    assert ids == ([9, 10, 11] if is_stored_before else [19, 10, 11])
    assert sorted(await rows(database)) == [*range(1, 9), 91, 92, 93]
    assert sorted(await api.find({})) == sorted([*range(1, 9), *ids])


async def test_a_sequence_that_went_back_gives_no_report_to_a_sealed_partition(
    open_api: OpenApi, database: str
) -> None:
    api = await filled(open_api, 15)
    await asyncio.to_thread(run_sql, database, "DELETE FROM incidents WHERE id IN (2, 3)")
    await seal(database)
    await asyncio.to_thread(run_sql, database, "SELECT setval('incidents_id_seq', 1)")

    ids = [await store(api.runtime.intake, incident(number)) for number in (91, 92)]

    assert min(ids) > 15
    assert sorted(await rows(database))[-2:] == [91, 92]


async def test_an_import_brings_incidents_into_a_sealed_partition_and_they_are_found(
    open_api: OpenApi, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.storage.absences._WIDTH_MIN", 1)
    api = await filled(open_api, 25)
    file = str(tmp_path / "a")
    await asyncio.to_thread(incidents, "export", "--database-url", database, file)
    before = await everything(database)
    await asyncio.to_thread(run_sql, database, "DELETE FROM incidents WHERE id IN (5, 25)")
    await seal(database)
    assert await sealed(database) == [0, 10]
    for _ in range(2):
        assert await api.find({"number": 5}, "limit=9") == []

    done = await asyncio.to_thread(incidents, "import", "--database-url", database, file)

    assert (done.returncode, done.stderr) == (0, "")
    assert await api.find({"number": 5}, "limit=9") == [5]
    assert await everything(database) == before
