"""An import beside a server stores all of its file, and the server all of its reports."""

import asyncio
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from shutil import _ntuple_diskusage as Usage  # noqa: N812

import asyncpg
import pytest

from incidents.core.errors import CannotStart
from incidents.core.incident import StoredIncident, make_incident
from incidents.maintenance import import_file
from incidents.maintenance.export_line import write_line
from tests.api import Api
from tests.command import incidents
from tests.conftest import run_sql
from tests.server import Server
from tests.test_migrate import fetch
from tests.test_original import HASH_2, original
from tests.test_predicted_ids import next_id

OpenApi = Callable[..., Awaitable[Api]]
Start = Callable[..., Server]

FIRST, LAST = 1001, 1400
TIME = datetime(2026, 11, 1, tzinfo=UTC)
BODIES = "SELECT id, body::text FROM incidents ORDER BY id"


def write_file(path: Path, ids: Sequence[int]) -> str:
    """An export that has these ids."""
    lines = []
    for id_ in ids:
        made = make_incident("{}", b'{"of the file": %d}' % id_, TIME, 100)
        lines.append(write_line(StoredIncident(id_, TIME, made.hash, made.headers, made.body)))
    path.write_text("\n".join(lines) + "\n")
    return str(path)


async def start_import(url: str, *arguments: str) -> Process:
    command = ["-m", "incidents", "import", "--database-url", url, *arguments]
    environment = {"INCIDENTS_BATCH_INCIDENTS_MAX": "50", "INCIDENTS_DATABASE_WAIT_SECONDS": "60"}
    return await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=PIPE, stderr=PIPE, env=environment
    )


@asynccontextmanager
async def held_up(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Whoever imports waits before its first incident is stored; reports do not."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT FROM incidents_settled FOR UPDATE")
            yield connection
    finally:
        await connection.close()


async def until_it_waits(connection: asyncpg.Connection, what: str = "import") -> None:
    query = (
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND application_name = 'incidents ' || $1::text AND datname = current_database()"
    )
    while not await connection.fetchval(query, what):
        # In a transaction it would be seen as it was at first.
        await connection.execute("SELECT pg_stat_clear_snapshot()")
        await asyncio.sleep(0.01)


async def stored(url: str) -> dict[int, str]:
    return dict(await asyncio.to_thread(fetch, url, BODIES))  # type: ignore[arg-type]


async def test_reports_during_an_import_take_no_id_of_its_file(
    database: str, tmp_path: Path, start_server: Start
) -> None:
    server = await asyncio.to_thread(start_server)
    await asyncio.to_thread(server.report, "before")
    file = write_file(tmp_path / "file", range(FIRST, LAST + 1))

    async with held_up(database) as connection:
        importing = await start_import(database, file)
        await until_it_waits(connection)
        for number in range(200):
            await asyncio.to_thread(server.report, {"reported": number})
    done = await importing.communicate()

    assert (importing.returncode, done[1]) == (0, b"")
    found = await stored(database)
    assert [each for each in found if FIRST <= each <= LAST] == [*range(FIRST, LAST + 1)]
    assert all("of the file" in found[each] for each in range(FIRST, LAST + 1))
    assert len(found) == LAST - FIRST + 1 + 201


async def test_the_same_through_a_pipe(database: str, tmp_path: Path, start_server: Start) -> None:
    server = await asyncio.to_thread(start_server)
    write_file(tmp_path / "file", range(FIRST, LAST + 1))
    data = await asyncio.to_thread((tmp_path / "file").read_bytes)

    async with held_up(database) as connection:
        importing = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "incidents", "import", "--database-url", database, "-"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
        assert importing.stdin is not None
        importing.stdin.write(data)
        importing.stdin.close()
        await until_it_waits(connection)
        for number in range(50):
            await asyncio.to_thread(server.report, {"reported": number})
    done = await importing.communicate()

    assert (importing.returncode, done[1]) == (0, b"")
    assert len(await stored(database)) == LAST - FIRST + 1 + 50


async def test_a_second_run_stores_the_rest_and_nothing_twice(
    database: str, tmp_path: Path, start_server: Start
) -> None:
    server = await asyncio.to_thread(start_server)
    file = write_file(tmp_path / "file", range(FIRST, LAST + 1))
    async with held_up(database) as connection:
        killed = await start_import(database, file)
        await until_it_waits(connection)
        killed.kill()
        await killed.communicate()
    await asyncio.to_thread(server.report, "between")

    for _ in range(2):
        again = await start_import(database, file)
        assert await again.communicate() == (
            f"{LAST - FIRST + 1} incidents of {file} are stored, none left out\n".encode(),
            b"",
        )

    assert len(await stored(database)) == LAST - FIRST + 2


async def test_the_original_is_imported_beside_a_server_too(
    database: str, empty_database: str, start_server: Start
) -> None:
    rows = [(id_, HASH_2, {"A": "b"}, {"n": id_}) for id_ in range(FIRST, LAST + 1)]
    await asyncio.to_thread(original, empty_database, *rows)
    server = await asyncio.to_thread(start_server)

    async with held_up(database) as connection:
        importing = await start_import(database, "--original-database", empty_database)
        await until_it_waits(connection)
        for number in range(100):
            await asyncio.to_thread(server.report, {"reported": number})
    done = await importing.communicate()

    assert (importing.returncode, done[1]) == (0, b"")
    assert len(await stored(database)) == LAST - FIRST + 1 + 100


async def test_an_id_that_a_worker_predicted_is_none_of_the_file(
    open_api: OpenApi, database: str, tmp_path: Path
) -> None:
    api = await open_api()
    predicted = await next_id(api)
    file = write_file(tmp_path / "file", range(predicted, predicted + 20))

    done = await asyncio.to_thread(incidents, "import", "--database-url", database, file)
    id_ = await api.report("later")

    assert (done.returncode, done.stderr) == (0, "")
    assert id_ == predicted + 20


async def test_ids_that_were_reserved_before_and_not_used_yet_are_given_anew(
    open_api: OpenApi, database: str, tmp_path: Path
) -> None:
    api = await open_api(partition_ids=10)
    await api.report("first")
    store = api.runtime._store
    ids = await store.reserve_ids(20)
    file = write_file(tmp_path / "file", range(2, 2000))

    done = await asyncio.to_thread(
        incidents, "import", "--database-url", database, file, INCIDENTS_PARTITION_IDS="100"
    )
    assert done.returncode == 0
    # What has an id for which there is a partition beyond a gap is stored all the same.
    await asyncio.to_thread(run_sql, database, "DROP TABLE incidents_10")
    late = make_incident("{}", b'"late"', TIME, 100)
    await store.insert([(ids[-1], late)])

    assert (await stored(database))[ids[-1]] == '"late"'
    assert await api.report("next") == 2000


async def test_an_id_far_beyond_has_to_be_meant(
    open_api: OpenApi, database: str, tmp_path: Path
) -> None:
    api = await open_api()
    await api.report("first")
    far = 2**62
    file = write_file(tmp_path / "file", [5, far])

    refused = await asyncio.to_thread(incidents, "import", "--database-url", database, file)

    assert refused.returncode == 1
    assert f"the highest id to import is {far}" in refused.stderr
    assert f"--highest-id {far}" in refused.stderr
    assert list(await stored(database)) == [1]
    assert await api.report("second") == 2

    done = await asyncio.to_thread(
        incidents, "import", "--database-url", database, file, "--highest-id", str(far)
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert await api.report("third") == far + 1


@pytest.mark.parametrize("id_", [2**62 + 1, 9 * 10**18, 2**63, 10**30])
async def test_an_id_that_leaves_none_to_give_is_named_and_left_out(
    database: str, tmp_path: Path, id_: int
) -> None:
    file = write_file(tmp_path / "file", [5, id_, 6])

    done = await asyncio.to_thread(incidents, "import", "--database-url", database, file)

    assert done.returncode == 1
    assert "line 2 is skipped: an id is a whole number from 1 to 4611686018427387904" in done.stderr
    assert list(await stored(database)) == [5, 6]


def test_what_a_pipe_brings_takes_no_more_than_half_of_what_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(write_file(tmp_path / "file", range(1, 30_000)))
    room = Usage(total=2_000_000, used=0, free=20_000)
    monkeypatch.setattr("shutil.disk_usage", lambda _: room)

    with (
        subprocess.Popen(["/bin/cat", str(file)], stdout=subprocess.PIPE) as pipe,
        pytest.raises(CannotStart, match=r"more than half of the free space in .*TMPDIR"),
        import_file.ImportFile(pipe.stdout),  # type: ignore[arg-type]
    ):
        pass
