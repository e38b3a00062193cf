"""What is said to Citus, said to one PostgreSQL: the rows are the same."""

from collections.abc import Awaitable, Callable

import pytest

from incidents.core.errors import IdsTaken
from incidents.db.backend.citus import Citus
from incidents.db.driver import Connection
from incidents.ingest.store import Key, Store
from tests.api import Api
from tests.test_intake import incident, rows
from tests.test_retention import sql

IDS = "SELECT id FROM incidents ORDER BY id"


@pytest.fixture
async def api(
    open_api: Callable[..., Awaitable[Api]], database: str, monkeypatch: pytest.MonkeyPatch
) -> Api:
    """The API on a PostgreSQL that it takes for Citus."""
    await sql(database, "CREATE FUNCTION recover_prepared_transactions() RETURNS int RETURN 0")
    monkeypatch.setattr(Connection, "backend", Citus())
    return await open_api(partition_ids=10)


@pytest.fixture
def store(api: Api) -> Store:
    return api.runtime._store


async def test_what_was_reported_is_found_and_counted(api: Api) -> None:
    ids = [await api.report({"number": n % 2}) for n in range(25)]

    assert await api.find({"number": 1}) == ids[1::2][::-1]
    assert await api.find({"number": 1}, "limit=100") == ids[1::2][::-1]
    assert [(await api.get(f"/incidents/{id_}")).status for id_ in ids] == [200] * 25
    for example in (b"{}", b'{"number": 1}'):
        answer = await api.post("/timeline?bins=1&seconds=60", example)
        assert answer.json["count"] == (25 if example == b"{}" else 12)


async def test_a_batch_that_is_sent_again_is_stored_once(store: Store, database: str) -> None:
    batch = [(id_, incident(id_)) for id_ in await store.reserve_ids(3)]
    await store.insert(batch[:2])

    await store.insert(batch)

    assert await rows(database, IDS) == [id_ for id_, _ in batch]
    with pytest.raises(IdsTaken):
        await store.insert([(batch[0][0], incident(4))])


async def test_what_is_compensated_is_gone_whether_it_was_stored_or_not(
    store: Store, database: str
) -> None:
    batch = [(id_, incident(id_)) for id_ in await store.reserve_ids(3)]
    keys = [Key(id_, each.hash, each.received_at) for id_, each in batch]
    await store.insert(batch[:2])

    assert await store.compensate(keys[1:]) == 1

    assert await rows(database, IDS) == [batch[0][0]]


async def test_what_is_imported_twice_is_stored_once(store: Store, database: str) -> None:
    batch = [(id_, incident(id_)) for id_ in (1000, 1001)]

    for some in (batch[:1], batch):
        await store.insert(some, reserved=False)

    assert await rows(database, IDS) == [1000, 1001]
