"""Reports of one worker alone: stored under ids that could be predicted, in one round trip."""

import asyncio
from copy import copy
from random import Random
from struct import pack

import asyncpg
import pytest

from incidents.core.errors import Refused
from incidents.ingest.pending_write import PendingWrite
from incidents.ingest.predicted_ids import PredictedIds
from tests.api import Api
from tests.conftest import run_sql
from tests.proxy import Proxy
from tests.test_compensating_delete import WAIT_FOR_COMMIT, until_none
from tests.test_intake import OpenApi, incident, rows, store, unfit

IDS = "SELECT id FROM incidents ORDER BY id"


def predicted_by(api: Api) -> list[int] | None:
    return copy(api.runtime._store._predicted_ids).predicted(1)


async def next_id(api: Api) -> int:
    """The id that is predicted, once so many were reported that one is; they have the number 0."""
    while (predicted := predicted_by(api)) is None:
        await store(api.runtime.intake, incident(0))
    return predicted[0]


async def stored_beside(database: str) -> list[int]:
    """The numbers of what was reported later."""
    return sorted(number for number in await rows(database) if number)


def in_an_answer(id_: int) -> bytes:
    """How an array with the id comes from PostgreSQL."""
    return pack(">iq", 8, id_)


def test_ids_are_predicted_where_nobody_else_takes_any() -> None:
    ids = PredictedIds()
    for id_ in range(5, 15):
        ids.given([id_])
    assert ids.predicted(3) == [15, 16, 17]
    assert ids.predicted(1) == [18]
    assert ids.predicted(1000) is None
    ids.given(range(19, 1019))
    assert ids.predicted(1) == [1019]

    ids.given([1020, 1021, 1023])
    assert ids.predicted(1) is None
    for id_ in range(1024, 1033):
        ids.given([id_])
    assert ids.predicted(1) == [1033]
    ids.forget()
    assert ids.predicted(1) is None


async def test_who_reports_alone_reserves_nothing_before(
    api: Api, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    predicted = await next_id(api)
    monkeypatch.delattr(type(api.runtime._store), "reserve_ids")

    ids = [await store(api.runtime.intake, incident(number)) for number in (1, 2)]
    ids += await asyncio.gather(*(store(api.runtime.intake, incident(n)) for n in (3, 4)))

    assert ids == [predicted + n for n in range(4)]
    assert await stored_beside(database) == [1, 2, 3, 4]


async def test_where_somebody_else_took_the_id_another_is_reserved(api: Api, database: str) -> None:
    predicted = await next_id(api)
    await asyncio.to_thread(run_sql, database, "SELECT nextval('incidents_id_seq')")

    id_ = await store(api.runtime.intake, incident(1))

    assert id_ == predicted + 1
    assert await stored_beside(database) == [1]
    assert predicted_by(api) is None


async def test_what_got_no_answer_after_its_commit_is_stored_once(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url)
        predicted = await next_id(api)

        proxy.cut_when_answered(in_an_answer(predicted))
        assert await store(api.runtime.intake, incident(1)) == predicted

        assert proxy.cut.is_set()
        assert await store(api.runtime.intake, incident(2)) > predicted
    assert await stored_beside(database) == [1, 2]


async def test_what_is_still_being_committed_when_its_connection_is_lost_is_stored_once(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url)
        predicted = await next_id(api)
        await asyncio.to_thread(
            run_sql,
            database,
            "CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$",
            "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON incidents DEFERRABLE INITIALLY "
            "DEFERRED FOR EACH ROW EXECUTE FUNCTION be_slow()",
        )
        storing = asyncio.create_task(store(api.runtime.intake, incident(1)))
        await asyncio.sleep(0.3)
        await proxy.cut_all()

        assert await storing == predicted
    assert await stored_beside(database) == [1]


async def test_what_never_arrived_is_stored_and_found(open_api: OpenApi, database: str) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url)
        predicted = await next_id(api)

        proxy.cut_when_asked(b'"number": 1,')
        assert await store(api.runtime.intake, incident(1)) == predicted

        assert proxy.cut.is_set()
        assert await api.find({"number": 1}, "limit=50") == [predicted]
        assert await store(api.runtime.intake, incident(2)) > predicted
    assert await stored_beside(database) == [1, 2]


async def test_whoever_got_the_id_of_what_never_arrived_keeps_it(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url)
        other = await open_api()
        predicted = await next_id(api)

        proxy.cut_when_asked(b'"number": 1,')
        storing = asyncio.create_task(store(api.runtime.intake, incident(1)))
        await proxy.cut.wait()
        await proxy.go_away()
        assert await store(other.runtime.intake, incident(2)) == predicted
        await proxy.come_back()

        assert await storing > predicted
    assert await stored_beside(database) == [1, 2]


async def test_of_two_that_have_one_id_one_gets_another(open_api: OpenApi, database: str) -> None:
    """A worker may have reserved it, and store it a moment later."""
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url)
        other = await open_api()
        predicted = await next_id(api)
        other_ids = await other.runtime._store.reserve_ids(1)
        assert other_ids == [predicted]

        proxy.cut_when_asked(b'"number": 1,')
        assert await store(api.runtime.intake, incident(1)) == predicted
        assert proxy.cut.is_set()

    pending = PendingWrite(incident(2), asyncio.get_running_loop().time() + 10)
    pending.id = predicted
    await other.runtime.intake._writers[1]._complete([pending])
    assert await pending.completed() > predicted
    assert await stored_beside(database) == [1, 2]


async def test_ids_that_the_sequence_forgot_are_not_kept(open_api: OpenApi, database: str) -> None:
    """As when PostgreSQL is restored to an earlier state: finds look no further than it says."""
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url)
        predicted = await next_id(api)
        proxy.cut_when_asked(b'"number": 1,')
        storing = asyncio.create_task(store(api.runtime.intake, incident(1)))
        await proxy.cut.wait()
        await proxy.go_away()
        back = "DELETE FROM incidents", "SELECT setval('incidents_id_seq', 1, false)"
        await asyncio.to_thread(run_sql, database, *back)
        await proxy.come_back()

        id_ = await storing
        assert id_ < predicted
        assert await api.find({"number": 1}, "limit=50") == [id_]


async def test_what_was_answered_503_in_doubt_is_taken_back(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, database_wait_seconds=WAIT_FOR_COMMIT)
        predicted = await next_id(api)
        await asyncio.to_thread(run_sql, database, "DELETE FROM incidents")
        proxy.cut_when_answered(in_an_answer(predicted))
        asking = asyncio.create_task(api.post("/problems", b'{"number": 1}'))
        await proxy.cut.wait()
        await proxy.go_away()

        assert (await asking).status == 503
        assert await rows(database, IDS) == [predicted]
        await proxy.come_back()

        await until_none(database)
        await api.report({"number": 2})
        assert await rows(database) == [2]


async def test_a_refused_row_fails_alone(api: Api, database: str) -> None:
    await next_id(api)
    reports = [unfit(n) if n in (2, 5) else incident(n) for n in range(1, 8)]

    outcomes = await asyncio.gather(
        *(store(api.runtime.intake, each) for each in reports), return_exceptions=True
    )

    refused = [number for number, each in enumerate(outcomes, 1) if isinstance(each, Refused)]
    assert refused == [2, 5]
    assert await stored_beside(database) == [1, 3, 4, 6, 7]


async def test_an_id_that_is_there_already_is_left_to_its_owner(api: Api, database: str) -> None:
    predicted = await next_id(api)
    theirs = (
        "INSERT INTO incidents (id, received_at, hash, headers, body) "
        f"VALUES ({predicted}, now(), sha256('x'), '{{}}', '{{\"number\": 9}}')"
    )
    await asyncio.to_thread(run_sql, database, theirs)

    id_ = await store(api.runtime.intake, incident(1))

    assert id_ > predicted
    assert await stored_beside(database) == [1, 9]


async def test_a_partition_that_somebody_dropped_is_made_again(api: Api, database: str) -> None:
    await next_id(api)
    await asyncio.to_thread(run_sql, database, "DROP TABLE incidents_0")

    await store(api.runtime.intake, incident(1))

    assert await rows(database) == [1]


async def test_ids_follow_the_order_of_cause_and_effect_whoever_takes_a_report(
    open_api: OpenApi, database: str
) -> None:
    """Each report is sent when the one before was acknowledged, by one worker or another."""
    apis = [await open_api(), await open_api()]
    rng = Random(1)
    ids: list[int] = []
    was_predicted = 0
    while len(ids) < 400:
        api = rng.choice(apis)
        for _ in range(rng.choice([1, 2, 30])):
            was_predicted += predicted_by(api) is not None
            ids.append(await store(api.runtime.intake, incident(len(ids))))

    assert ids == sorted(set(ids))
    assert await rows(database, "SELECT (body->>'number')::int FROM incidents ORDER BY id") == list(
        range(len(ids))
    )
    assert was_predicted > 50


_KILL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE application_name = 'incidents intake' AND datname = current_database()"
)


async def test_whenever_its_connection_is_lost_a_report_is_stored_once(
    api: Api, database: str
) -> None:
    rng = Random(2)
    ids: list[int] = []
    struck: list[int] = []  # how many were stored by then: each report is struck once at most

    async def strike() -> None:
        connection = await asyncpg.connect(database)
        try:
            while True:
                await asyncio.sleep(rng.uniform(0, 0.003))
                if predicted_by(api) is not None and len(ids) not in struck:
                    struck.append(len(ids))
                    await connection.execute(_KILL)
        finally:
            await connection.close()

    striking = asyncio.create_task(strike())
    while len(ids) < 400:
        ids.append(await store(api.runtime.intake, incident(len(ids))))
    striking.cancel()
    await asyncio.wait({striking})

    assert len(struck) > 10
    assert sorted(await rows(database)) == list(range(400))
    assert await rows(database, IDS) == ids
