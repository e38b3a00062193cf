"""incidents verify finds what is not as it was stored."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incidents.cli.parts.database import migrate_database
from incidents.embedded.postgresql import Embedded
from incidents.maintenance import walk as walk_module
from incidents.maintenance.walk import Unreadable, Walk
from incidents.runtime import Runtime
from incidents.support.settings import Settings
from tests.api import Api
from tests.command import incidents
from tests.conftest import run_sql
from tests.proxy import Proxy
from tests.test_migrate import fetch

OpenApi = Callable[..., Awaitable[Api]]

HARD = [
    b'{"a": 1.00, "a": 1e-20000, "z": "\\u0000\\ud800", "b": [1e5, -0.0, 0.10]}',
    b'\t[{"\xc3\xa9": "\xf0\x9f\x98\x80\\ud83d\\ude00"}]\r\n',
    b'"text"',
    b"123456789012345678901234567890",
]


async def sql(url: str, *statements: str) -> None:
    await asyncio.to_thread(run_sql, url, *statements)


async def verify(url: str, *flags: str) -> tuple[int, list[str]]:
    done = await asyncio.to_thread(incidents, "verify", "--database-url", url, *flags)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


async def test_what_was_stored_is_right_whatever_it_holds(api: Api, database: str) -> None:
    for body in HARD:
        await api.report(body, X_Name="é")

    assert await verify(database) == (0, ["4 incidents checked, none of them wrong"])


async def test_a_database_without_incidents_is_right(database: str) -> None:
    assert await verify(database) == (0, ["0 incidents checked, none of them wrong"])


@pytest.mark.parametrize(
    "flip",
    [
        "body = replace(body::text, '41', '40')::json",
        "headers = replace(headers::text, 'Host', 'Hose')::json",
        "hash = set_byte(hash, 31, get_byte(hash, 31) # 1)",
    ],
)
async def test_one_byte_that_was_changed_by_hand_is_found(
    api: Api, database: str, flip: str
) -> None:
    ids = [await api.report({"n": number}) for number in range(40, 43)]
    await sql(database, f"UPDATE incidents SET {flip} WHERE id = {ids[1]}")

    code, lines = await verify(database)

    assert code == 1
    assert len(lines) == 2
    assert lines[0].startswith(f"incident {ids[1]}: its hash is ")
    assert lines[1] == "3 incidents checked, 1 of them wrong"


async def test_the_range_of_time_is_held(api: Api, database: str) -> None:
    ids = [await api.report(number) for number in range(3)]
    for id_, days in zip(ids, (3, 2, 1), strict=True):
        await sql(
            database,
            f"UPDATE incidents SET received_at = now() - interval '{days} days' WHERE id = {id_}",
        )

    code, lines = await verify(database, "--since", "60h", "--until", "36h")

    assert (code, lines) == (0, ["1 incidents checked, none of them wrong"])


async def test_a_byte_that_was_flipped_on_the_disk_is_found_and_the_rest_checked(
    tmp_path: Path,
) -> None:
    embedded = Embedded(tmp_path, start_seconds=60)
    await asyncio.to_thread(embedded.start)
    await asyncio.to_thread(migrate_database, Settings(), embedded.url)
    async with Api(Runtime(Settings(), embedded.url)) as api:
        ids = [await api.report({"text": "x" * 500, "n": number}) for number in range(60)]
    await sql(embedded.url, "VACUUM incidents", "CHECKPOINT")
    [(path,)] = await asyncio.to_thread(
        fetch, embedded.url, "SELECT pg_relation_filepath('incidents_0')"
    )
    on_page = await asyncio.to_thread(
        fetch, embedded.url, "SELECT id FROM incidents_0 WHERE (ctid::text::point)[0] = 1"
    )
    await asyncio.to_thread(embedded.stop)
    with (tmp_path / "postgres" / str(path)).open("r+b") as file:
        file.seek(2 * 8192 - 100)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 1]))

    done = await asyncio.to_thread(incidents, "verify", "--data", str(tmp_path))

    *found, last = done.stdout.splitlines()
    assert done.returncode == 1
    assert 0 < len(on_page) < len(ids)
    assert [line.partition(":")[0] for line in found] == [f"incident {id_}" for (id_,) in on_page]
    assert all("invalid page" in line for line in found)
    assert last == f"60 incidents checked, {len(on_page)} of them wrong"


async def test_a_database_that_is_away_is_another_exit_code(tmp_path: Path) -> None:
    away = await asyncio.to_thread(
        incidents, "verify", "--database-url", "postgresql://nobody@127.0.0.1:1/x"
    )
    nothing = await asyncio.to_thread(incidents, "verify", "--data", str(tmp_path / "none"))
    wrongly = await asyncio.to_thread(incidents, "verify", "--since", "yesterday")

    assert (away.returncode, nothing.returncode, wrongly.returncode) == (3, 1, 2)
    assert "there are no incidents in" in nothing.stderr
    assert "--since" in wrongly.stderr
    assert not (tmp_path / "none").exists()


async def test_a_database_that_is_not_migrated_is_told_so(empty_database: str) -> None:
    done = await asyncio.to_thread(incidents, "verify", "--database-url", empty_database)

    assert done.returncode == 3
    assert "incidents migrate" in done.stderr


async def walked(walk: Walk, **bounds: datetime) -> AsyncIterator[int]:
    async with aclosing(walk.incidents(**bounds)) as found:  # type: ignore[arg-type]
        async for incident in found:
            assert not isinstance(incident, Unreadable)
            yield incident.id


async def test_a_walk_gives_each_once_when_its_connection_is_lost(api: Api, database: str) -> None:
    ids = [await api.report(number) for number in range(20)]
    seen = []
    async with (
        Proxy(database) as proxy,
        Walk(proxy.url, wait_seconds=20, rows_at_once=3) as walk,
    ):
        async for id_ in walked(walk):
            seen.append(id_)
            if len(seen) in (4, 11):
                await proxy.cut_all()

    assert seen == ids


async def test_a_walk_ends_with_what_was_there_when_it_began(api: Api, database: str) -> None:
    ids = [await api.report(number) for number in range(3)]
    async with Walk(database, wait_seconds=5, rows_at_once=1) as walk:
        await api.report("later")

        assert [id_ async for id_ in walked(walk)] == ids


async def test_a_walk_passes_over_a_gap_of_any_width(
    api: Api, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk_module, "_WINDOW_IDS", 5)
    first = await api.report(1)
    await sql(
        database,
        "SELECT setval('incidents_id_seq', 999990)",
        "CREATE TABLE gap PARTITION OF incidents FOR VALUES FROM (9000000000) TO (9000000009)",
        "INSERT INTO incidents SELECT 9000000001, received_at, hash, headers, body FROM incidents",
    )
    late = await api.report(2)

    async with Walk(database, wait_seconds=5, rows_at_once=1) as walk:
        assert [id_ async for id_ in walked(walk)] == [first, late, 9000000001]


async def test_a_walk_that_is_bounded_in_time_takes_since_and_leaves_until(
    api: Api, database: str
) -> None:
    ids = [await api.report(number) for number in range(3)]
    first = datetime(2026, 1, 1, tzinfo=UTC)
    for day, id_ in enumerate(ids):
        at = first + timedelta(days=day)
        await sql(database, f"UPDATE incidents SET received_at = '{at}' WHERE id = {id_}")

    async with Walk(database, wait_seconds=5, rows_at_once=1) as walk:
        bounded = walked(walk, since=first, until=first + timedelta(days=2))

        assert [id_ async for id_ in bounded] == ids[:2]
