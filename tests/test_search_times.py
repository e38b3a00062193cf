"""Incidents of a time are found whatever clocks did, and whatever of it is known already."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import asyncpg
import pytest

from incidents.core.errors import OutOfTime, StorageError, Unavailable
from incidents.core.incident import make_incident
from incidents.db.condition import Condition, Window
from incidents.db.pool import ConnectionPool
from incidents.ingest.loader import Loader
from incidents.search import proof as proof_module
from incidents.search import times as times_module
from incidents.search.proof import Span
from incidents.search.reading import Reading
from incidents.search.times import Times
from tests.api import Api
from tests.clocks import COUNT, PARTITION, START, filled, incidents, narrow_all
from tests.conftest import run_sql

OpenApi = Callable[..., Awaitable[Api]]
Rows = list[tuple[int, datetime, dict[str, Any]]]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `narrow_all`."""
    narrow_all(monkeypatch)


@pytest.mark.usefixtures("narrow")
async def test_by_hash_within_a_time(open_api: OpenApi, database: str) -> None:
    api = await open_api(partition_ids=PARTITION)
    rows = incidents(seed=8)
    await filled(api, database, rows)
    hash_ = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"  # of "0"
    since = START + timedelta(seconds=100)

    seen: list[int] = []
    query = f"h={hash_}&limit=4&since={since:%Y-%m-%dT%H:%M:%SZ}"
    while True:
        page = (await api.get(f"/find?{query}")).json
        seen += [incident["id"] for incident in page["incidents"]]
        if page["next"] is None:
            break
        query = f"h={hash_}&limit=4&since={since:%Y-%m-%dT%H:%M:%SZ}&after={page['next']}"

    assert seen == [id_ for id_, at, _ in reversed(rows) if id_ % 9 == 0 and at >= since]


@pytest.mark.usefixtures("narrow")
async def test_postgresql_may_have_no_connection_more_for_a_proof(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = await open_api(partition_ids=PARTITION)
    rows = incidents(seed=9)
    await filled(api, database, rows)

    async def none(_: ConnectionPool) -> None:
        raise Unavailable("PostgreSQL: sorry, too many clients already")

    monkeypatch.setattr(ConnectionPool, "spare", none)
    until = START + timedelta(seconds=240)
    found = await api.find({}, f"limit={COUNT}&until={until:%Y-%m-%dT%H:%M:%SZ}")

    assert found == [id_ for id_, at, _ in reversed(rows) if at < until]


@pytest.mark.parametrize("error", [Unavailable("lost"), OutOfTime("too slow")])
@pytest.mark.usefixtures("narrow")
async def test_nothing_is_missed_when_a_guess_cannot_be_proven(
    open_api: OpenApi, database: str, error: StorageError, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = await open_api(partition_ids=PARTITION)
    wrong = {20: 200, 390: 210}
    rows = [
        (id_, START + timedelta(seconds=wrong.get(id_, id_)), {"n": id_})
        for id_ in range(1, COUNT + 1)
    ]
    await filled(api, database, rows)
    since, until = START + timedelta(seconds=120), START + timedelta(seconds=240)
    proven, calls = proof_module.Guess.proven, 0

    async def fail_once(guess: proof_module.Guess, reading: Reading, seconds: float) -> Window:
        nonlocal calls
        calls += 1
        window = await proven(guess, reading, seconds)
        assert window != guess.window
        if calls == 1:
            raise error
        return window

    monkeypatch.setattr(proof_module.Guess, "proven", fail_once)
    bounds = f"since={since:%Y-%m-%dT%H:%M:%SZ}&until={until:%Y-%m-%dT%H:%M:%SZ}"
    reply = await api.post(f"/find?limit={COUNT}&{bounds}", b"{}")

    assert [each["id"] for each in reply.json["incidents"]] == [
        id_ for id_, at, _ in reversed(rows) if since <= at < until
    ]
    assert calls == (2 if isinstance(error, Unavailable) else 1)


@pytest.mark.usefixtures("narrow")
async def test_where_a_time_begins_is_looked_up_once(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a guess by what is there no longer is as good."""
    api = await open_api(partition_ids=PARTITION)
    rows = [(id_, START + timedelta(seconds=id_), {"n": id_}) for id_ in range(1, COUNT + 1)]
    await filled(api, database, rows)
    columns, looked_up = Reading.columns, 0

    async def counted(
        reading: Reading, what: str, ids: Sequence[int], seconds: float
    ) -> list[asyncpg.Record]:
        nonlocal looked_up
        looked_up += "hash" not in what
        return await columns(reading, what, ids, seconds)

    monkeypatch.setattr(Reading, "columns", counted)
    bounds = f"limit=100&since={START + timedelta(seconds=90):%Y-%m-%dT%H:%M:%SZ}"
    bounds += f"&until={START + timedelta(seconds=160):%Y-%m-%dT%H:%M:%SZ}"
    assert set(await api.find({}, bounds)) == set(range(90, 160))
    assert looked_up > 0

    looked_up = 0
    assert set(await api.find({}, bounds)) == set(range(90, 160))
    connection = await asyncpg.connect(database)
    await connection.execute("DELETE FROM incidents WHERE id BETWEEN 80 AND 100")
    await connection.close()
    assert set(await api.find({}, bounds)) == set(range(101, 160))
    assert looked_up == 0


@pytest.mark.usefixtures("narrow")
async def test_what_led_to_a_wrong_guess_is_forgotten(open_api: OpenApi, database: str) -> None:
    """Else a clock that was wrong once would make all who ask for a time near it search twice."""
    api = await open_api(partition_ids=PARTITION)
    times = api.runtime.search._times
    wrong = {250: 200}
    rows = [
        (id_, START + timedelta(seconds=wrong.get(id_, id_)), {"n": id_})
        for id_ in range(1, COUNT + 1)
    ]
    await filled(api, database, rows)
    await api.find({}, f"since={START:%Y-%m-%dT%H:%M:%SZ}")
    times._known.add({id_: at for id_, at, _ in rows if id_ in wrong})
    since = START + timedelta(seconds=245)

    found = await api.find({}, f"limit=200&since={since:%Y-%m-%dT%H:%M:%SZ}")

    assert found == [id_ for id_, at, _ in reversed(rows) if at >= since]
    assert not len(times._known)


@pytest.mark.usefixtures("narrow")
async def test_of_what_was_looked_up_some_is_kept(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(times_module, "_KNOWN_MAX", 5)
    api = await open_api(partition_ids=PARTITION)
    await filled(api, database, rows := incidents(seed=10))

    for seconds in range(0, COUNT, 7):
        since = START + timedelta(seconds=seconds)
        found = await api.find({}, f"limit={COUNT}&since={since:%Y-%m-%dT%H:%M:%SZ}")
        assert found == [id_ for id_, at, _ in reversed(rows) if at >= since]
        assert len(api.runtime.search._times._known) <= 5


@pytest.mark.usefixtures("narrow")
async def test_what_an_import_brings_is_found_by_its_time(open_api: OpenApi, database: str) -> None:
    """Its ids lie where a worker has learnt already that there is nothing of that time."""
    api = await open_api(partition_ids=PARTITION)
    rows = [(id_, START + timedelta(seconds=id_), {"n": id_}) for id_ in range(1, COUNT + 1)]
    late = [row for row in rows if 80 <= row[0] < 110 or 140 <= row[0] < 170]
    await filled(api, database, [row for row in rows if row not in late])
    bounds = f"since={START + timedelta(seconds=90):%Y-%m-%dT%H:%M:%SZ}"
    bounds += f"&until={START + timedelta(seconds=160):%Y-%m-%dT%H:%M:%SZ}"
    assert set(await api.find({}, bounds)) == set(range(110, 140))

    async with Loader(api.runtime.settings, database) as loader:
        refused = await loader.store(
            [
                (id_, make_incident("{}", json.dumps(body).encode(), at, 100))
                for id_, at, body in late
            ]
        )

    assert not refused
    for query in (bounds, f"{bounds}&limit=100"):
        assert set(await api.find({}, query)) == set(range(90, 160))


@pytest.mark.parametrize("slow", [range(COUNT), range(PARTITION), range(3 * PARTITION, COUNT)])
async def test_a_guess_is_good_also_where_a_disk_was_too_slow_to_learn_of_partitions(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch, slow: range
) -> None:
    narrow_all(monkeypatch)
    api = await open_api(partition_ids=PARTITION)
    rows: Rows = [(id_, START + timedelta(seconds=id_), {}) for id_ in range(1, COUNT + 1)]
    await filled(api, database, rows)
    read_spans, is_slow = times_module._read_spans, True
    tries: list[list[int]] = []

    async def read(
        reading: Reading, partitions: Sequence[Window], deadline: float
    ) -> dict[Window, Span]:
        tries.append([low for low, _ in partitions])
        if is_slow and any(low in slow for low, _ in partitions):
            raise OutOfTime("the disk was slow")
        return await read_spans(reading, partitions, deadline)

    monkeypatch.setattr(times_module, "_read_spans", read)
    times = Times()

    async def check_guesses() -> None:
        for since, until in [(30, 50), (150, 170), (150, 330), (330, 390)]:
            condition = Condition(
                since=START + timedelta(seconds=since), until=START + timedelta(seconds=until)
            )
            async with aclosing(await api.runtime.search._readings.read(60)) as reading:
                guess = await times.guess(reading, condition, 60)
                assert await guess.proven(reading, 60) == guess.window
            low, high = guess.window
            assert since - 20 <= low <= since
            assert until <= high <= until + 20

    await check_guesses()
    # What took too long is not tried again at once, and later each alone.
    first = [*tries]
    await check_guesses()
    assert tries == first
    is_slow = False
    monkeypatch.setattr(times_module, "monotonic", lambda: monotonic() + 3600)
    await check_guesses()
    again = [low for some in first for low in some if any(each in slow for each in some)]
    assert sorted(tries[len(first) :]) == [[low] for low in sorted(again)]


async def test_nothing_is_missed_where_nothing_is_known_of_partitions(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow_all(monkeypatch)
    api = await open_api(partition_ids=PARTITION)
    # Three clocks were wrong: far from their times are what the guesses leave out.
    wrong = {40: 300, 110: 290, 390: 60}
    rows: Rows = [
        (id_, START + timedelta(seconds=wrong.get(id_, id_)), {}) for id_ in range(1, COUNT + 1)
    ]
    await filled(api, database, rows)

    async def too_slow(*_: object) -> dict[Window, Span]:
        raise OutOfTime("the disk was slow")

    monkeypatch.setattr(times_module, "_read_spans", too_slow)

    for since, until in [(280, 310), (50, 70), (285, 295), (150, 170), (1, 400)]:
        times = [f"{START + timedelta(seconds=at):%Y-%m-%dT%H:%M:%SZ}" for at in (since, until)]
        found = await api.find({}, f"limit=500&since={times[0]}&until={times[1]}")
        assert sorted(found) == [
            id_ for id_ in range(1, COUNT + 1) if since <= wrong.get(id_, id_) < until
        ]


async def test_a_partition_that_was_emptied_does_not_make_a_guess_wide(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow_all(monkeypatch)
    api = await open_api(partition_ids=PARTITION)
    rows: Rows = [(id_, START + timedelta(seconds=id_), {}) for id_ in range(1, COUNT + 1)]
    await filled(api, database, rows)
    await asyncio.to_thread(run_sql, database, f"DELETE FROM incidents WHERE id < {PARTITION}")

    condition = Condition(since=START + timedelta(seconds=300))
    async with aclosing(await api.runtime.search._readings.read(60)) as reading:
        low, _ = (await Times().guess(reading, condition, 60)).window

    assert 280 <= low <= 300
