"""What a 503 says is true, also of a commit that nobody heard of."""

import asyncio

import asyncpg
import pytest

from incidents.core.errors import Closing, Unavailable
from incidents.ingest.pending_write import PendingWrite
from incidents.ingest.store import Key
from tests.api import Api
from tests.conftest import run_sql
from tests.proxy import Proxy
from tests.test_intake import OpenApi, incident, rows

WAIT = 0.5
# Long enough for a commit on a busy machine: it must come before the wait is over.
WAIT_FOR_COMMIT = 5


async def until_none(database: str) -> None:
    async with asyncio.timeout(60):
        while await rows(database, "SELECT id FROM incidents"):  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.05)


async def test_a_report_that_was_refused_after_its_commit_is_taken_back(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, database_wait_seconds=WAIT_FOR_COMMIT)
        proxy.cut_when_answered(b"INSERT 0 ")
        asking = asyncio.create_task(api.post("/problems", b'{"number": 1}'))
        await proxy.cut.wait()
        await proxy.go_away()

        assert (await asking).status == 503
        assert await rows(database) == [1]
        await proxy.come_back()

        await until_none(database)
        # Its neighbours are another matter.
        await api.report({"number": 2})
        assert await rows(database) == [2]


async def test_a_commit_that_comes_late_is_taken_back(open_api: OpenApi, database: str) -> None:
    api = await open_api(database_wait_seconds=WAIT)
    await asyncio.to_thread(
        run_sql,
        database,
        # Like a commit that waits for the disk, it goes on when it is told to cancel.
        "CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "FOR i IN 1..30 LOOP BEGIN PERFORM pg_sleep(0.1); EXCEPTION WHEN query_canceled "
        "THEN NULL; END; END LOOP; RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON incidents DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION be_slow()",
    )

    reply = await api.post("/problems", b'{"number": 1}')

    assert reply.status == 503
    await api.runtime.intake.close()
    connection = await asyncpg.connect(database)
    busy = """
        SELECT count(*) FROM pg_stat_activity
        WHERE application_name = 'incidents intake' AND state <> 'idle'
    """
    async with asyncio.timeout(60):
        while await connection.fetchval(busy):  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.05)
    await connection.close()
    assert await rows(database) == []


@pytest.mark.slow
async def test_what_cannot_be_taken_back_before_the_end_is_said(
    open_api: OpenApi, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, database_wait_seconds=WAIT_FOR_COMMIT)
        proxy.cut_when_answered(b"INSERT 0 ")
        asking = asyncio.create_task(api.post("/problems", b"{}"))
        await proxy.cut.wait()
        await proxy.go_away()
        assert (await asking).status == 503

        await api.runtime.intake.close()

        (id_,) = await rows(database, "SELECT id FROM incidents")
        assert f"1 reports were answered 503 and may still be stored: id {id_}" in (caplog.text)
        await proxy.come_back()


async def test_only_what_was_refused_is_taken_back(api: Api) -> None:
    intake = api.runtime.intake
    stored, waiting, never_sent = (PendingWrite(incident(number), 0) for number in range(3))
    for number, pending in enumerate((stored, waiting), 1):
        pending.id, pending.sent = number, True
    stored.stored()

    intake._writers[0]._fail([stored, waiting, never_sent], Closing("it stops"))

    assert [key.id for key in intake._compensating_delete._keys] == [2]
    with pytest.raises(Closing):
        await never_sent.completed()


async def test_another_incident_under_the_same_id_is_left_alone(api: Api, database: str) -> None:
    theirs = await api.report({"number": 1})
    ours = incident(2)

    key = Key(theirs, ours.hash, ours.received_at)
    assert await api.runtime._store.compensate([key]) == 0

    assert await rows(database) == [1]


async def test_while_too_much_is_in_doubt_nothing_more_comes_to_be(api: Api) -> None:
    intake = api.runtime.intake
    intake._compensating_delete._count_max = 0

    with pytest.raises(Unavailable, match="in doubt"):
        intake._compensating_delete.check_limit()
