"""Pages over windows of ids."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import product

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.core.example import parse_example
from incidents.db.backend.citus import Citus
from incidents.db.driver import Connection
from incidents.search.bounds import Bounds
from incidents.search.page import Page
from incidents.search.question import condition_of
from tests.api import Api
from tests.clocks import narrow_all

OpenApi = Callable[..., Awaitable[Api]]

START = datetime(2026, 1, 1, tzinfo=UTC)


async def fill(url: str, ids: range, kinds: int) -> None:
    """Incidents whose body says {"kind": id mod kinds}, one a second."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            """
            INSERT INTO incidents (id, received_at, hash, headers, body)
            SELECT id, $3::timestamptz + id * interval '1 second', sha256(id::text::bytea),
                   '{}', json_build_object('kind', id % $4)
            FROM generate_series($1::bigint, $2) AS id
            """,
            ids.start,
            ids.stop - 1,
            START,
            kinds,
        )
        await connection.execute("SELECT setval('incidents_id_seq', $1)", ids.stop - 1)
    finally:
        await connection.close()


def ask(
    api: Api,
    example: bytes,
    *,
    limit: int,
    below: int | None = None,
    seconds: float = 5,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Page:
    search = api.runtime.search
    condition = condition_of(parse_example(example, 100), since=since, until=until)
    bounds = Bounds(seconds=seconds, wait_seconds=60, rows_at_once=7, slow_seconds=60)
    return Page(
        search._readings,
        condition,
        below=below,
        limit=limit,
        bounds=bounds,
    )


async def ids_of(page: Page) -> list[int]:
    return [incident.id async for incidents in page.incidents() for incident in incidents]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows so small that a few hundred incidents need many of them."""
    narrow_all(monkeypatch)


@pytest.mark.usefixtures("narrow")
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    kind=st.integers(0, 5),
    limit=st.integers(1, 60),
    since=st.none() | st.integers(0, 320),
    until=st.none() | st.integers(0, 320),
)
async def test_pages_hold_each_match_once_and_in_order(
    api: Api, database: str, kind: int, limit: int, since: int | None, until: int | None
) -> None:
    if await ids_of(ask(api, b"{}", limit=1)) == []:
        await api.report({})  # makes the partition
        await fill(database, range(2, 301), kinds=5)
    since_at = None if since is None else START + timedelta(seconds=since)
    until_at = None if until is None else START + timedelta(seconds=until)

    seen: list[int] = []
    below: int | None = None
    while True:
        answer = ask(
            api, b'{"kind": %d}' % kind, limit=limit, below=below, since=since_at, until=until_at
        )
        page = await ids_of(answer)
        assert len(page) <= limit
        seen += page
        if (below := answer.next) is None:
            break

    assert seen == [
        id_
        for id_ in range(300, 1, -1)
        if id_ % 5 == kind and (since is None or id_ >= since) and (until is None or id_ < until)
    ]


@pytest.mark.usefixtures("narrow")
async def test_pages_neither_skip_nor_repeat_while_others_report(api: Api) -> None:
    there = [await api.report({"kind": 1}) for _ in range(40)]
    done = asyncio.Event()

    async def report() -> None:
        while not done.is_set():
            await api.report({"kind": 1})

    reporting = [asyncio.create_task(report()) for _ in range(3)]
    seen: list[int] = []
    below: int | None = there[-1] + 1
    while below is not None:
        answer = ask(api, b'{"kind": 1}', limit=7, below=below)
        seen += await ids_of(answer)
        below = answer.next
    done.set()
    await asyncio.gather(*reporting)

    assert seen == there[::-1]


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("example", [b'{"kind": 1}', b'{"kind": 9}', b"{}", b'{"context": {}}'])
async def test_a_page_without_time_still_goes_on_to_the_end(
    api: Api, database: str, example: bytes
) -> None:
    await api.report({})
    await fill(database, range(2, 100), kinds=3)

    seen: list[int] = []
    below: int | None = None
    pages = 0
    while True:
        answer = ask(api, example, limit=50, below=below, seconds=1e-9)
        seen += await ids_of(answer)
        assert answer.next is None or below is None or answer.next < below
        if (below := answer.next) is None:
            break
        pages += 1

    whole = ask(api, example, limit=500)
    assert seen == await ids_of(whole)
    assert pages > 0


async def test_a_question_that_is_slow_in_postgresql_is_cancelled_there(
    api: Api, database: str
) -> None:
    await api.report({})
    await fill(database, range(2, 20_000), kinds=3)

    answer = ask(api, b'{"kind": {}}', limit=5, seconds=0.02)
    await ids_of(answer)

    assert answer.next is not None
    connection = await asyncpg.connect(database)
    running = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'incidents search' AND state = 'active'"
    )
    await connection.close()
    assert running == 0


@pytest.fixture
async def wide(open_api: OpenApi, database: str) -> Api:
    """Incidents with ids so far apart that they lie in 46 sections and 20 partitions."""
    api = await open_api(partition_ids=150_000)
    await api.runtime._store._partitions.cover_each(WIDE)
    connection = await asyncpg.connect(database)
    await connection.execute(
        """
        INSERT INTO incidents (id, received_at, hash, headers, body)
        SELECT id, $2::timestamptz + id * interval '1 second', sha256(id::text::bytea),
               '{"X-All": "yes"}',
               CASE WHEN id % 4 = 0 THEN json_build_array(json_build_object('kind', id % 5))
                    ELSE json_build_object('kind', id % 5, 'old', id < 1000000, 'all', 'yes') END
        FROM unnest($1::bigint[]) AS id
        """,
        list(WIDE),
        START,
    )
    await connection.execute("SELECT setval('incidents_id_seq', $1)", WIDE[-1] + 200_000)
    await connection.close()
    return api


WIDE = range(1000, 3_000_000, 7919)


async def walk(api: Api, example: bytes, limit: int) -> list[int]:
    """The ids on all pages."""
    seen: list[int] = []
    below: int | None = None
    while True:
        answer = ask(api, example, limit=limit, below=below)
        seen += await ids_of(answer)
        if (below := answer.next) is None:
            return seen


MATCHES: dict[bytes, Callable[[int], bool]] = {
    b'{"kind": 3}': lambda id_: id_ % 5 == 3,
    b'{"kind": 9}': lambda _: False,
    b'{"old": true}': lambda id_: id_ < 1_000_000 and id_ % 4 != 0,
    b'{"X-All": "yes", "all": "yes", "kind": 2}': lambda id_: id_ % 5 == 2 and id_ % 4 != 0,
    b'{"X-All": "yes", "kind": 1}': lambda id_: id_ % 5 == 1,
    b"{}": lambda _: True,
    b'{"old": {}}': lambda _: False,
}


@pytest.mark.slow
async def test_pages_go_from_section_to_section(wide: Api) -> None:
    for (example, matches), limit in product(MATCHES.items(), (7, 500)):
        seen = await walk(wide, example, limit)

        assert seen == [id_ for id_ in reversed(WIDE) if matches(id_)], (example, limit)


@pytest.mark.slow
async def test_pages_of_citus_are_the_same(
    wide: Api, open_api: OpenApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said to Citus is said to one server here."""
    examples = (b'{"kind": 3}', b"{}", b'{"old": {}}', b'{"kind": {}}')
    expected = {each: await ids_of(ask(wide, each, limit=1000)) for each in examples}
    monkeypatch.setattr(Connection, "backend", Citus())
    wide = await open_api()
    for example, limit in product(examples, (7, 500)):
        assert await walk(wide, example, limit) == expected[example], (example, limit)
        # However little time there is a page goes on, by one id at least.
        hurried = ask(wide, example, limit=limit, seconds=1e-9)
        await ids_of(hurried)
        assert hurried.next is not None
        assert hurried.next <= WIDE[-1] + 200_000


@pytest.mark.slow
async def test_streams_and_times_go_from_section_to_section(wide: Api) -> None:
    for first, last in ((0, 3_000_000), (400_000, 420_000), (65_536, 300_000)):
        bounds = "&".join(
            f"{name}={START + timedelta(seconds=at):%Y-%m-%dT%H:%M:%SZ}"
            for name, at in (("since", first), ("until", last))
        )
        expected = [id_ for id_ in reversed(WIDE) if id_ % 5 == 3 and first <= id_ < last]

        assert await wide.find({"kind": 3}, bounds) == expected
        assert await wide.find({"kind": 3}, f"{bounds}&limit=1000") == expected
