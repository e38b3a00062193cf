"""From a report to the disk."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import asyncpg
import pytest

from incidents.core.errors import Closing, Overloaded, Refused, Unavailable
from incidents.core.incident import Incident, make_incident
from incidents.ingest.pending_write import PendingWrite
from incidents.ingest.queue import Queue
from incidents.ingest.service import Intake
from incidents.ingest.store import Store
from incidents.support.request_id import begin_request, request_id
from tests.api import Api, Result
from tests.conftest import run_sql
from tests.proxy import Proxy

OpenApi = Callable[..., Awaitable[Api]]


def incident(number: int, size: int = 0) -> Incident:
    body = json.dumps({"number": number, "filling": "x" * size}).encode()
    return make_incident("{}", body, datetime.now(UTC), 100)


async def store(intake: Intake, reported: Incident) -> int:
    """Its id, once it is on disk."""
    return await intake.take(reported).completed()


def unfit(number: int) -> Incident:
    """One that PostgreSQL refuses, as no incident made from a request is."""
    good = incident(number)
    return good._replace(body="{")


async def rows(url: str, query: str = "SELECT (body->>'number')::int FROM incidents") -> list[int]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def test_what_arrives_together_shares_one_commit(api: Api, database: str) -> None:
    intake = api.runtime.intake

    ids = await asyncio.gather(*(store(intake, incident(number)) for number in range(50)))

    commits = await rows(database, "SELECT DISTINCT xmin::text::int FROM incidents")
    assert sorted(ids) == ids
    assert len(set(ids)) == 50
    assert len(commits) <= 2


async def test_a_refused_row_fails_alone_and_its_neighbours_are_stored(
    api: Api, database: str
) -> None:
    intake = api.runtime.intake
    reports = [unfit(number) if number in (3, 4, 17) else incident(number) for number in range(20)]

    outcomes = await asyncio.gather(
        *(store(intake, each) for each in reports), return_exceptions=True
    )

    refused = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Refused)]
    assert refused == [3, 4, 17]
    assert sorted(await rows(database)) == [n for n in range(20) if n not in refused]


async def test_a_batch_whose_commit_got_no_answer_is_stored_once(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url)
        await store(api.runtime.intake, incident(0))

        proxy.cut_when_answered(b"INSERT 0 ")
        ids = await asyncio.gather(
            *(store(api.runtime.intake, incident(number)) for number in range(1, 10))
        )
        assert proxy.cut.is_set()

    assert sorted(await rows(database)) == list(range(10))
    assert sorted(await rows(database, "SELECT id FROM incidents"))[1:] == sorted(ids)


async def test_postgresql_away_for_less_than_the_wait_costs_only_time(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url)
        await api.report({"number": 0})
        await proxy.go_away()

        reporting = asyncio.gather(*(api.report({"number": number}) for number in range(1, 5)))
        finding = asyncio.create_task(api.find({}))
        done, _ = await asyncio.wait([reporting, finding], timeout=0.3)
        assert not done
        await proxy.come_back()
        await reporting
        await finding

    assert sorted(await rows(database)) == list(range(5))


async def test_postgresql_away_for_longer_than_the_wait_is_503_and_nothing_is_stored(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, database_wait_seconds=0.3)
        await proxy.go_away()

        replies = await asyncio.gather(
            api.post("/problems", b"{}"),
            api.post("/find", b"{}"),
            api.get("/find?h=" + "0" * 64),
            api.get("/incidents/1"),
            api.get("/readyz"),
        )

        for reply in replies:
            assert reply.status == 503
            assert reply.headers["retry-after"] == "1"
            assert reply.headers["content-type"] == "application/problem+json"
        assert (await api.get("/healthz")).status == 200
        await proxy.come_back()
        # What has tried for long tries again after a pause that is longer than this wait.
        while (found := await api.post("/find", b"{}")).status != 200:
            assert found.status == 503
        assert found.json["incidents"] == []
        assert await api.report({"number": 1})


async def test_reports_with_time_left_are_stored_though_older_ones_failed(
    open_api: OpenApi, database: str
) -> None:
    wait = 3.0
    clock = asyncio.get_running_loop().time
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, database_wait_seconds=wait)
        await api.report({"number": 0})
        await proxy.go_away()

        begun = clock()
        sent: list[tuple[float, asyncio.Task[Result]]] = []
        while clock() < begun + wait + 0.5:
            sent.append((clock(), asyncio.create_task(api.post("/problems", b"{}"))))
            await asyncio.sleep(0.01)
        back = sent[-1][0]
        await proxy.come_back()
        statuses = [(at, (await reply).status) for at, reply in sent]

    assert statuses[0][1] == 503
    assert {status for at, status in statuses if at >= back - wait / 3} == {201}
    stored = [status for _, status in statuses].count(201)
    assert len(await rows(database, "SELECT id FROM incidents")) == stored + 1


async def test_a_postgresql_that_does_not_answer_is_503_too(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, database_wait_seconds=0.3)
        await api.report({"number": 0})
        proxy.hold_answers()

        reply = await api.post("/problems", b"{}")
        assert reply.status == 503

        proxy.let_answers_pass()
        await api.report({"number": 1})


async def test_a_search_in_a_postgresql_that_does_not_answer_is_503(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, database_wait_seconds=2)
        assert await api.find({}) == []
        proxy.hold_answers()

        replies = await asyncio.gather(
            api.post("/find", b"{}"), api.get("/incidents/1"), api.get("/readyz")
        )

        assert [reply.status for reply in replies] == [503, 503, 503]
        proxy.let_answers_pass()
        assert await api.find({}) == []


@pytest.mark.parametrize("path", ["/find", "/find?limit=9"])
async def test_a_search_whose_connection_is_lost_is_answered_all_the_same(
    open_api: OpenApi, database: str, path: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, search_connections=1)
        ids = [await api.report({"number": number}) for number in range(3)]

        for _ in range(3):
            proxy.cut_when_answered(b'{"number": 2}')
            reply = await api.post(path, b"{}")
            assert proxy.cut.is_set()
            assert [incident["id"] for incident in reply.json["incidents"]] == ids[::-1]
            assert (await api.get(f"/incidents/{ids[0]}")).status == 200


async def test_ids_that_went_to_others_are_not_taken_for_its_own(api: Api, database: str) -> None:
    first = await store(api.runtime.intake, incident(1))
    await asyncio.to_thread(run_sql, database, "SELECT setval('incidents_id_seq', 1, false)")

    ids = await asyncio.gather(*(store(api.runtime.intake, incident(n)) for n in range(2, 6)))

    assert first not in ids
    assert sorted(await rows(database)) == [1, 2, 3, 4, 5]


async def test_a_sequence_far_behind_its_incidents_is_got_over_at_once(
    api: Api, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = max(await asyncio.gather(*(store(api.runtime.intake, incident(n)) for n in range(900))))
    await asyncio.to_thread(run_sql, database, "SELECT setval('incidents_id_seq', 1, false)")
    insert, tries = Store.insert, []

    async def counted(self: Store, batch: Sequence[tuple[int, Incident]], **options: bool) -> None:
        tries.append(len(batch))
        await insert(self, batch, **options)

    monkeypatch.setattr(Store, "insert", counted)

    assert await store(api.runtime.intake, incident(900)) > last
    assert len(tries) <= 2
    assert sorted(await rows(database)) == list(range(901))


async def test_the_answer_waits_for_the_disk_whatever_the_database_says(
    open_api: OpenApi, database: str
) -> None:
    name = database.split("?", maxsplit=1)[0].rpartition("/")[2]
    await asyncio.to_thread(
        run_sql, database, f"ALTER DATABASE {name} SET synchronous_commit = off"
    )
    api = await open_api()
    async with api.runtime._store._pool.one() as driver:
        assert await driver.fetchval("SHOW synchronous_commit") == "on"


async def test_a_ticket_whose_client_left_is_stored_and_harms_nobody(
    api: Api, database: str
) -> None:
    intake = api.runtime.intake
    leaving = asyncio.create_task(store(intake, incident(1)))
    staying = asyncio.create_task(store(intake, incident(2)))
    await asyncio.sleep(0)
    leaving.cancel()

    await staying
    await store(intake, incident(3))

    assert set(await rows(database)) >= {2, 3}


async def test_closing_stores_what_was_accepted_and_takes_nothing_new(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api()
    intake = api.runtime.intake
    accepted = [asyncio.create_task(store(intake, incident(number))) for number in range(20)]
    await asyncio.sleep(0)

    await intake.close()

    assert len(await asyncio.gather(*accepted)) == 20
    with pytest.raises(Closing):
        await store(intake, incident(21))
    assert sorted(await rows(database)) == list(range(20))


async def test_closing_waits_no_longer_than_it_may(open_api: OpenApi, database: str) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, drain_seconds_max=0.1)
        await proxy.go_away()
        accepted = asyncio.create_task(store(api.runtime.intake, incident(1)))
        await asyncio.sleep(0)

        await api.runtime.intake.close()

        with pytest.raises(Closing):
            await accepted


async def test_reports_beyond_the_bound_are_told_to_come_back(open_api: OpenApi) -> None:
    api = await open_api(intake_reports_max=2)
    intake = api.runtime.intake

    with intake.permit(), intake.permit():
        reply = await api.post("/problems", b"{}")
        assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    with intake.permit() as permit:
        permit.grow(api.runtime.settings.intake_bytes_max - 1)
        assert (await api.post("/problems", b"{}")).status == 503
        with pytest.raises(Overloaded):
            permit.grow(2)
    assert (await api.post("/problems", b"{}")).status == 201


async def test_a_batch_is_bounded_in_number_and_bytes() -> None:
    queue = Queue(batch_incidents_max=3, batch_bytes_max=1000)
    for number in range(4):
        queue.put(PendingWrite(incident(number), 0))
    for number in range(4, 6):
        queue.put(PendingWrite(incident(number, size=600), 0))
    queue.put(PendingWrite(incident(6, size=5000), 0))
    queue.close()

    sizes = []
    while batch := await queue.take():
        sizes.append(len(batch))

    assert sizes == [3, 2, 1, 1]


async def test_a_ticket_is_settled_once() -> None:
    pending = PendingWrite(incident(1), 0)
    pending.id = 7

    pending.stored()
    pending.failed(Unavailable("too late"))

    assert await pending.completed() == 7


async def test_whoever_is_called_back_is_in_the_context_that_it_asked_in() -> None:
    heard: dict[str, str | None] = {}
    pending_writes: dict[str, PendingWrite] = {}
    for name in ("first", "second"):
        begin_request(name.encode())
        pending_writes[name] = PendingWrite(incident(0), 0)

        def then(_: PendingWrite, name: str = name) -> None:
            heard[name] = request_id()
            begin_request(b"next")  # as for a request that was sent ahead

        pending_writes[name].when_completed(then)
    begin_request(b"writer")

    pending_writes["first"].failed(Unavailable("away"))
    pending_writes["second"].failed(Unavailable("away"))

    assert heard == {"first": "first", "second": "second"}
    assert request_id() == "writer"


async def test_an_error_of_many_does_not_gather_what_each_of_them_held() -> None:
    error = Unavailable("away")
    depths = []
    for _ in range(3):
        pending = PendingWrite(incident(0), 0)
        pending.failed(error)
        with pytest.raises(Unavailable) as raised:
            await pending.completed()
        depths.append(len(raised.traceback))

    assert len(set(depths)) == 1
