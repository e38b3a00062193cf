"""Pages, cursors and time bounds against an oracle, while other connections insert."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.errors import OutOfTime, StorageError, Unavailable
from incidents.incident import make_incident
from incidents.search import stream as stream_module
from incidents.search.question import write_cursor
from incidents.storage import listing as listing_module
from incidents.storage import proof as proof_module
from incidents.storage import times as times_module
from incidents.storage.condition import Window
from incidents.storage.connections import Connections
from incidents.storage.load import Loader
from incidents.storage.reading import Reading
from tests.api import Api
from tests.narrow import narrow_windows
from tests.oracle import matches

OpenApi = Callable[..., Awaitable[Api]]

START = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = 400
PARTITION = 64


def incidents(seed: int) -> list[tuple[int, datetime, dict[str, Any]]]:
    """Skewed, in clusters, and by clocks that go wrong: back for a while, or far ahead once."""
    rng = Random(seed)
    made, offset = [], 0.0
    for id_ in range(1, COUNT + 1):
        if rng.random() < 0.02:
            offset = rng.uniform(-200, 200)
        at = START + timedelta(seconds=id_ + offset + rng.uniform(-3, 3))
        body: dict[str, Any] = {"level": rng.choice(["error"] * 3 + ["info"]), "n": id_ % 7}
        if id_ < COUNT // 2:
            body["service"] = "retired"
        elif id_ % 50 < 20:
            body["service"] = "clustered"
        if rng.random() < 0.02:
            body["rare"] = {"deep": [id_, {"a": None}]}
        if rng.random() < 0.1:
            body["text"] = 'a "quote" \\ and more'
        made.append((id_, at, body))
    return made


async def fill(url: str, rows: list[tuple[int, datetime, dict[str, Any]]]) -> None:
    connection = await asyncpg.connect(url)
    await connection.executemany(
        "INSERT INTO incidents (id, received_at, hash, headers, body) VALUES ($1, $2, "
        "sha256(($3::int % 9)::text::bytea), json_build_object('X-N', ($3 % 2)::text), $4::json)",
        [(id_, at, id_, json.dumps(body)) for id_, at, body in rows],
    )
    await connection.execute("SELECT setval('incidents_id_seq', $1)", COUNT)
    await connection.execute("ANALYZE incidents")
    await connection.close()


async def find_while_others_report(api: Api, query: str, example: bytes) -> Any:
    """The answer; before it has come, three more incidents have."""
    finding = asyncio.create_task(api.post(f"/find?{query}", example))
    for number in range(3):
        await api.report({"level": "error", "n": number, "service": "retired"})
    reply = await finding
    assert reply.status == 200, reply.text
    return reply.json


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows, guesses and partitions so small that a few hundred incidents need many of them."""
    narrow_windows(monkeypatch, walk=4, index=100)
    monkeypatch.setattr(listing_module, "_PARTS_AT_ONCE", 3)
    monkeypatch.setattr(times_module, "_PROBES", 3)
    monkeypatch.setattr(times_module, "_GUESS_IDS", 2)
    monkeypatch.setattr(times_module, "_OFFSETS", (-4, 0, 4))
    monkeypatch.setattr(proof_module, "_MARGIN_IDS", 1)
    monkeypatch.setattr(proof_module, "_DISORDER_IDS", 1)
    monkeypatch.setattr(times_module, "_PARTITIONS_AT_ONCE", 2)
    monkeypatch.setattr(times_module, "_SETTLED_IDS", 16)
    monkeypatch.setattr(times_module, "_SLACK", timedelta(0))
    monkeypatch.setattr(stream_module, "FIRST", 5)
    monkeypatch.setattr(stream_module, "WINDOW_MAX", 40)
    monkeypatch.setattr(stream_module, "_SPARSE", 3)


examples = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "level": st.sampled_from(["error", "info", "none"]),
            "service": st.sampled_from(["retired", "clustered"]),
            "n": st.integers(0, 7),
            "X-N": st.sampled_from(["0", "1"]),
        },
    ),
    st.sampled_from(
        [
            {"rare": {"deep": [{"a": None}]}},
            {"rare": {}},
            {"rare": {"deep": []}},
            {"text": 'a "quote" \\ and more'},
            {"absent": 1},
            {},
        ]
    ),
)
moments = st.none() | st.integers(-250, COUNT + 250)


# With one, the proof of a guess has no connection of its own.
@pytest.mark.parametrize("connections", [1, 8])
@pytest.mark.usefixtures("narrow")
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(example=examples, limit=st.none() | st.integers(2, 70), since=moments, until=moments)
async def test_no_match_is_skipped_and_none_comes_twice_while_others_report(
    open_api: OpenApi,
    database: str,
    filled: dict[str, Any],
    connections: int,
    example: dict[str, Any],
    limit: int | None,
    since: int | None,
    until: int | None,
) -> None:
    if not filled:
        filled["api"] = await open_api(
            partition_ids=PARTITION, search_connections=connections, streams_max=connections
        )
        await filled["api"].runtime.search._store._partitions.cover(COUNT)
        filled["rows"] = incidents(seed=7)
        await fill(database, filled["rows"])
    api: Api = filled["api"]
    bounds = {name: START + timedelta(seconds=at) for name, at in
              [("since", since), ("until", until)] if at is not None}  # fmt: skip
    times = "".join(f"&{name}={at:%Y-%m-%dT%H:%M:%SZ}" for name, at in bounds.items())

    seen: list[int] = []
    # A little above what there was: some of what others report may come, too, but not all.
    query = f"after={write_cursor(COUNT + 20)}{times}"
    query += "" if limit is None else f"&limit={limit}"
    while True:
        reply = await find_while_others_report(api, query, json.dumps(example).encode())
        page = [incident["id"] for incident in reply["incidents"]]
        assert limit is None or len(page) <= limit
        seen += page
        if reply.get("next") is None:
            break
        query = f"limit={limit}{times}&after={reply['next']}"

    assert seen == sorted(set(seen), reverse=True)
    assert [id_ for id_ in seen if id_ <= COUNT] == [
        id_
        for id_, at, body in reversed(filled["rows"])
        if matches(json.dumps(example), {"X-N": str(id_ % 2)}, json.dumps(body))
        and ("since" not in bounds or at >= bounds["since"])
        and ("until" not in bounds or at < bounds["until"])
    ]


@pytest.fixture
def filled() -> dict[str, Any]:
    """What the first example made for the others."""
    return {}


@pytest.mark.usefixtures("narrow")
async def test_by_hash_within_a_time(open_api: OpenApi, database: str) -> None:
    api = await open_api(partition_ids=PARTITION)
    await api.runtime.search._store._partitions.cover(COUNT)
    rows = incidents(seed=8)
    await fill(database, rows)
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
    await api.runtime.search._store._partitions.cover(COUNT)
    rows = incidents(seed=9)
    await fill(database, rows)

    async def none(_: Connections) -> None:
        raise Unavailable("PostgreSQL: sorry, too many clients already")

    monkeypatch.setattr(Connections, "spare", none)
    until = START + timedelta(seconds=240)
    found = await api.find({}, f"limit={COUNT}&until={until:%Y-%m-%dT%H:%M:%SZ}")

    assert found == [id_ for id_, at, _ in reversed(rows) if at < until]


@pytest.mark.parametrize("error", [Unavailable("lost"), OutOfTime("too slow")])
@pytest.mark.usefixtures("narrow")
async def test_nothing_is_missed_when_a_guess_cannot_be_proven(
    open_api: OpenApi, database: str, error: StorageError, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = await open_api(partition_ids=PARTITION)
    await api.runtime.search._store._partitions.cover(COUNT)
    wrong = {20: 200, 390: 210}
    rows = [
        (id_, START + timedelta(seconds=wrong.get(id_, id_)), {"n": id_})
        for id_ in range(1, COUNT + 1)
    ]
    await fill(database, rows)
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
async def test_what_an_import_brings_is_found_by_its_time(open_api: OpenApi, database: str) -> None:
    """Its ids lie where a worker has learnt already that there is nothing of that time."""
    api = await open_api(partition_ids=PARTITION)
    await api.runtime.search._store._partitions.cover(COUNT)
    rows = [(id_, START + timedelta(seconds=id_), {"n": id_}) for id_ in range(1, COUNT + 1)]
    late = [row for row in rows if 80 <= row[0] < 110 or 140 <= row[0] < 170]
    await fill(database, [row for row in rows if row not in late])
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
