"""Finds name the partitions that they read; which there are is never out of date."""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from incidents.db.backend.citus import Citus
from incidents.db.partition_catalog import Part, Partition, PartitionCatalog
from tests.api import Api
from tests.conftest import run_sql
from tests.test_retention import sql

OpenApi = Callable[..., Awaitable[Api]]

_FILL = """
    INSERT INTO incidents (id, received_at, hash, headers, body)
    SELECT id, now(), sha256(id::text::bytea), '{}', json_build_object('number', id)
    FROM generate_series(%d, %d) AS id
"""
_NEW = "CREATE TABLE incidents_%d PARTITION OF incidents FOR VALUES FROM (%d) TO (%d)"


def partition(start: int, end: int) -> Partition:
    return Partition(start, end, f"incidents_{start}", ending=False)


# Three next to each other, and one behind a gap.
LISTING = PartitionCatalog(
    "", [partition(0, 10), partition(10, 20), partition(20, 30), partition(100, 110)]
)


@pytest.mark.parametrize(
    ("window", "parts"),
    [
        ((12, 18), [("incidents_10", 12, 18)]),
        ((10, 20), [("incidents_10", 10, 20)]),
        ((9, 21), [("incidents_20", 20, 21), ("incidents_10", 10, 20), ("incidents_0", 9, 10)]),
        ((25, 105), [("incidents_100", 100, 105), ("incidents_20", 25, 30)]),
        ((30, 100), []),
        ((110, 200), []),
    ],
)
def test_a_window_lies_in_the_partitions_of_its_ids(
    window: tuple[int, int], parts: list[tuple[str, int, int]]
) -> None:
    assert LISTING.parts(window) == [Part(*part) for part in parts]


def test_a_query_asks_so_many_partitions_and_no_more() -> None:
    catalog = PartitionCatalog("", [partition(start, start + 1) for start in range(100)])

    queries = list(catalog.queries((10, 90)))

    assert [part.low for parts in queries for part in parts] == list(range(89, 9, -1))
    assert max(map(len, queries)) == 12


def test_on_citus_the_table_is_asked_for_windows_that_grow() -> None:
    queries = list(Citus.catalog(partitions=LISTING.partitions).queries((1, 1_000_001)))

    windows = [part.window for (part,) in queries]
    assert all(part.is_table for (part,) in queries)
    assert windows[0] == (1_000_001 - 4096, 1_000_001)
    assert [low for low, _ in windows[:-1]] == [high for _, high in windows[1:]]
    assert windows[-1][0] == 1
    assert len(windows) == 4


@pytest.mark.parametrize(
    ("high", "end"), [(105, 105), (110, 110), (500, 110), (100, 30), (31, 30), (30, 30), (0, 0)]
)
def test_below_the_end_of_a_partition_there_may_be_something(high: int, end: int) -> None:
    assert LISTING.end_below(high) == end


def test_ids_are_in_the_tables_of_their_partitions() -> None:
    assert list(LISTING.tables_of([5, 109, 7, 110])) == [["incidents_0", "incidents_100"]]
    assert list(LISTING.tables_of([50])) == [["incidents_100"]]
    assert list(LISTING.tables_of([200])) == []


async def test_what_comes_with_a_new_partition_is_found_at_once(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(partition_ids=100)
    await sql(
        database,
        _NEW % (300, 300, 400),
        _FILL % (300, 304),
        "SELECT setval('incidents_id_seq', 1000)",
    )
    assert await api.find({}, "limit=50") == [304, 303, 302, 301, 300]

    await sql(database, _NEW % (100, 100, 200), _FILL % (100, 101))

    assert await api.find({"number": 101}, "limit=50") == [101]
    assert await api.find({}, "limit=50") == [304, 303, 302, 301, 300, 101, 100]


@pytest.fixture
async def partitioned(open_api: OpenApi, database: str) -> Api:
    """Four incidents, two each in two partitions; all of them have been found once."""
    api = await open_api(partition_ids=100)
    await sql(
        database,
        *(_NEW % (start, start, start + 100) for start in (200, 300)),
        _FILL % (298, 301),
        "SELECT setval('incidents_id_seq', 1000)",
    )
    assert await api.find({}, "limit=50") == [301, 300, 299, 298]
    return api


async def test_a_partition_that_is_dropped_is_missed_by_nobody(
    partitioned: Api, database: str
) -> None:
    await sql(database, "DROP TABLE incidents_200")

    assert await partitioned.find({}, "limit=50") == [301, 300]
    assert await partitioned.find({"number": 299}, "limit=50") == []


async def test_one_that_is_dropped_in_the_middle_of_a_find_costs_it_nothing(
    partitioned: Api, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, dropped = PartitionCatalog.parts, False

    def drop(catalog: PartitionCatalog, window: tuple[int, int]) -> list[Part]:
        nonlocal dropped
        if not dropped:
            dropped = True
            with ThreadPoolExecutor() as threads:
                threads.submit(run_sql, database, "DROP TABLE incidents_200").result()
        return parts(catalog, window)

    monkeypatch.setattr(PartitionCatalog, "parts", drop)

    assert await partitioned.find({}, "limit=50") == [301, 300]
