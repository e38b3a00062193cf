"""The incidents of the original system, moved here."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from tests.api import Api
from tests.command import incidents
from tests.conftest import run_sql
from tests.test_fingerprint import HASH_13, HEADERS_13
from tests.test_migrate import fetch
from tests.test_verify import verify

OpenApi = Callable[..., Awaitable[Api]]

BODY_13 = {"some": {"unique": {"field": 1337}}}
# No formula that was tried gives this one.
HASH_2 = "2b98383bf8c4d0e37c980b8b59d0c242f34f7b9e5a62ec09e4d341e6fe1dbc1c"


def original(url: str, *rows: tuple[int, str, object, object], kind: str = "json") -> None:
    """Makes the table that the original system has."""
    values = ", ".join(
        f"({id_}, '{hash_}', '{json.dumps(headers)}', '{json.dumps(body)}')"
        for id_, hash_, headers, body in rows
    )
    run_sql(
        url,
        f"CREATE TABLE incidents (id serial PRIMARY KEY, hash varchar(64), headers {kind}, "
        f"body {kind})",
        f"INSERT INTO incidents VALUES {values}",
    )


async def moved(original_url: str, url: str) -> tuple[int, str, str]:
    done = await asyncio.to_thread(
        incidents, "import", "--database-url", url, "--original-database", original_url
    )
    return done.returncode, done.stdout, done.stderr


ROWS = (
    (2, HASH_2, {"Host": "127.0.0.1:8000"}, {"hello": 1248}),
    (13, HASH_13, HEADERS_13, BODY_13),
    (14, "ab" * 32, {"Authorization": "Bearer s3cret", "X": "y"}, [1]),
)


async def test_ids_and_hashes_stay_and_are_found(
    open_api: OpenApi, database: str, empty_database: str
) -> None:
    for kind in ("json", "jsonb"):
        await asyncio.to_thread(run_sql, empty_database, "DROP TABLE IF EXISTS incidents")
        await asyncio.to_thread(original, empty_database, *ROWS, kind=kind)

        assert await moved(empty_database, database) == (
            0,
            "3 incidents of the original database are stored, none left out\n",
            "",
        )

        api = await open_api()
        for id_, hash_, _, body in ROWS:
            [found] = (await api.get(f"/find?h={hash_}")).json["incidents"]
            assert (found["id"], found["hash"], found["body"]) == (id_, hash_, body)
        assert await api.find({"hello": 1248}) == [2]
    assert await api.report("next") == 15


async def test_verify_says_which_hashes_are_not_of_the_formula_and_still_sees_a_change(
    database: str, empty_database: str
) -> None:
    await asyncio.to_thread(original, empty_database, *ROWS)
    await moved(empty_database, database)

    code, lines = await verify(database)
    assert (code, lines[0]) == (0, "3 incidents checked, none of them wrong")
    assert lines[1].startswith("2 of them keep the hash that another system gave them")

    for change in (
        "body = '{\"hello\": 1249}' WHERE id = 2",
        "hash = set_byte(hash, 0, 0) WHERE id = 14",
        "headers = replace(headers::text, '\"y\"', '\"z\"')::json WHERE id = 14",
        "headers = replace(headers::text, ' ab', ' ac')::json WHERE id = 14",
    ):
        before = await asyncio.to_thread(fetch, database, "SELECT * FROM incidents")
        await asyncio.to_thread(run_sql, database, f"UPDATE incidents SET {change}")
        if before != await asyncio.to_thread(fetch, database, "SELECT * FROM incidents"):
            code, lines = await verify(database)
            assert (code, lines[0].startswith("incident ")) == (1, True), change


async def test_secrets_are_left_behind(
    open_api: OpenApi, database: str, empty_database: str
) -> None:
    await asyncio.to_thread(original, empty_database, *ROWS)
    await moved(empty_database, database)

    shown = await (await open_api()).get("/incidents/14")

    assert "s3cret" not in shown.text
    assert shown.json["headers"]["Authorization"] == "[redacted]"
    assert shown.json["headers"]["Incidents-Imported"].startswith("ab" * 32)


async def test_a_hash_that_the_formula_gives_needs_no_mark(
    open_api: OpenApi, database: str, empty_database: str
) -> None:
    await asyncio.to_thread(original, empty_database, *ROWS)
    await moved(empty_database, database)

    assert (await (await open_api()).get("/incidents/13")).json["headers"] == HEADERS_13


async def test_it_can_be_run_again_and_exported_and_imported(
    database: str, empty_database: str, open_api: OpenApi, tmp_path_factory: object
) -> None:
    await asyncio.to_thread(original, empty_database, *ROWS)
    await moved(empty_database, database)
    rows = "SELECT id, received_at, hash, headers::text, body::text FROM incidents ORDER BY id"
    before = await asyncio.to_thread(fetch, database, rows)

    assert (await moved(empty_database, database))[0] == 0
    assert await asyncio.to_thread(fetch, database, rows) == before

    lines = await asyncio.to_thread(incidents, "export", "--database-url", database)
    await asyncio.to_thread(run_sql, database, "TRUNCATE incidents")
    done = await asyncio.to_thread(
        incidents, "import", "--database-url", database, "-", stdin=lines.stdout
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert await asyncio.to_thread(fetch, database, rows) == before


async def test_a_row_that_is_none_is_named_and_left_out(database: str, empty_database: str) -> None:
    await asyncio.to_thread(
        original, empty_database, (1, "short", {}, {}), (2, HASH_2, [], {}), ROWS[1]
    )

    code, stdout, stderr = await moved(empty_database, database)

    assert code == 1
    assert stdout.startswith("1 incidents of the original database are stored, 2 left out")
    assert "row 1 is skipped: its id (1) or its hash (short) is invalid" in stderr
    assert "row 2 is skipped: its headers are not a JSON object" in stderr


async def test_another_database_is_no_original(database: str, empty_database: str) -> None:
    code, _, stderr = await moved(empty_database, database)

    assert code == 1
    assert "not a database of the original system" in stderr
    neither = await asyncio.to_thread(incidents, "import", "--database-url", database)
    assert neither.returncode == 2
