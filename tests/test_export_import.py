"""An export that is imported into an empty database is the same database."""

import asyncio
import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from incidents.db.partitions import partitions_in
from tests.api import Api
from tests.command import incidents
from tests.conftest import at_database, run_sql
from tests.server import Server
from tests.test_backup import EVERYTHING
from tests.test_migrate import fetch
from tests.test_partitions import bounds
from tests.test_verify import HARD

OpenApi = Callable[..., Awaitable[Api]]
Start = Callable[..., Server]


async def command(name: str, url: str, *flags: str) -> "subprocess.CompletedProcess[str]":
    return await asyncio.to_thread(incidents, name, "--database-url", url, *flags)


async def everything(url: str) -> list[tuple[object, ...]]:
    return await asyncio.to_thread(fetch, url, EVERYTHING)


@pytest.mark.parametrize("name", ["all.ndjson", "all.ndjson.gz"])
async def test_export_and_import_give_the_same_database(
    api: Api, database: str, empty_database: str, tmp_path: Path, name: str
) -> None:
    for body in [*HARD, b'{\n  "pretty": "\\n"\r\n}\n', b' "spaces" ', b"[]"]:
        await api.report(body, X_Name="é")
    file = tmp_path / name

    exported = await command("export", database, str(file))
    imported = await command("import", empty_database, str(file))

    assert (exported.returncode, exported.stderr) == (0, "")
    assert exported.stdout == f"{file} holds the export: 7 incidents were written\n"
    assert (imported.returncode, imported.stderr) == (0, "")
    assert imported.stdout == f"7 incidents of {file} are stored, none left out\n"
    assert await everything(empty_database) == await everything(database)
    assert file.stat().st_mode & 0o777 == 0o600
    assert not file.with_name(f"{name}.partial").exists()


async def test_a_query_says_what_is_exported(api: Api, database: str) -> None:
    ids = [await api.report({"service": each, "n": n}) for n, each in enumerate("abab")]

    exported = await command("export", database, "--query", "service=b n>1")
    wrong = await command("export", database, "--query", "service==b")

    assert [json.loads(line)["id"] for line in exported.stdout.splitlines()] == [ids[3]]
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "position" in wrong.stderr


async def test_ids_go_on_behind_those_that_were_imported(
    open_api: OpenApi, database: str, empty_database: str, tmp_path: Path
) -> None:
    api = await open_api()
    last = [await api.report(number) for number in range(5)][-1]
    await command("export", database, str(tmp_path / "a"))

    await command("import", empty_database, str(tmp_path / "a"))

    other = await open_api(empty_database)
    assert await other.report("next") == last + 1
    assert len(await other.find({})) == 6


async def test_importing_again_changes_nothing(
    api: Api, database: str, empty_database: str, tmp_path: Path
) -> None:
    for number in range(5):
        await api.report(number)
    await command("export", database, str(tmp_path / "a"))
    await command("import", empty_database, str(tmp_path / "a"))
    await asyncio.to_thread(run_sql, empty_database, "DELETE FROM incidents WHERE id = 3")

    again = await command("import", empty_database, str(tmp_path / "a"))

    assert again.returncode == 0
    assert await everything(empty_database) == await everything(database)


async def test_an_id_that_another_incident_has_is_not_taken_from_it(
    open_api: OpenApi, database: str, empty_database: str, tmp_path: Path
) -> None:
    api = await open_api()
    for number in range(3):
        await api.report(number)
    await command("export", database, str(tmp_path / "a"))
    await asyncio.to_thread(incidents, "migrate", "--database-url", empty_database)
    await (await open_api(empty_database)).report("mine")

    done = await command("import", empty_database, str(tmp_path / "a"))

    assert done.returncode == 1
    assert "line 1 is skipped: incident 1: another incident has this id" in done.stderr
    assert "2 incidents" in done.stdout
    mine, *others = await everything(empty_database)
    assert mine[4] == '"mine"'
    assert others == (await everything(database))[1:]


async def test_a_line_that_was_changed_is_named_and_left_out(
    api: Api, database: str, empty_database: str, tmp_path: Path
) -> None:
    for number in range(3):
        await api.report({"n": number})
    file = tmp_path / "a"
    await command("export", database, str(file))
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[0], "", lines[1].replace('"n": 1', '"n": 7'), lines[2][:-9]]))

    done = await command("import", empty_database, str(file))

    assert done.returncode == 1
    said = done.stderr.splitlines()
    assert said[0].startswith("line 2 is skipped: its hash is ")
    assert said[1].startswith("line 3 is skipped: it is not a JSON object")
    assert [row[0] for row in await everything(empty_database)] == [1]


async def test_ids_far_apart_get_the_partitions_that_they_need(
    api: Api, database: str, empty_database: str, tmp_path: Path, open_api: OpenApi
) -> None:
    id_ = await api.report("x")
    await command("export", database, str(tmp_path / "a"))
    line = (tmp_path / "a").read_text()
    ids = [3_200_000_000, 10, 2**62, 3_200_000_001, 1_000_000]
    (tmp_path / "b").write_text(
        "".join(line.replace(f'"id": {id_},', f'"id": {each},') for each in ids)
    )

    done = await command("import", empty_database, str(tmp_path / "b"), "--highest-id", str(2**62))

    assert (done.returncode, done.stderr) == (0, "")
    assert [row[0] for row in await everything(empty_database)] == sorted(ids)
    assert len(await bounds(empty_database)) < 10
    other = await open_api(empty_database)
    assert await other.report("next") == 2**62 + 1
    assert len(await other.find({})) == 6


async def test_partitions_of_other_sizes_are_fitted_between(
    open_api: OpenApi, database: str, empty_database: str, tmp_path: Path
) -> None:
    api = await open_api()
    for number in range(40):
        await api.report(number)
    await command("export", database, str(tmp_path / "a"))
    await asyncio.to_thread(incidents, "migrate", "--database-url", empty_database)
    await asyncio.to_thread(
        run_sql,
        empty_database,
        "CREATE TABLE incidents_7 PARTITION OF incidents FOR VALUES FROM (7) TO (13)",
        "CREATE TABLE incidents_24 PARTITION OF incidents FOR VALUES FROM (24) TO (25)",
    )

    done = await asyncio.to_thread(
        incidents,
        "import",
        "--database-url",
        empty_database,
        str(tmp_path / "a"),
        INCIDENTS_PARTITION_IDS="10",
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert await everything(empty_database) == await everything(database)
    ranges = partitions_in(
        await asyncio.to_thread(
            fetch,  # type: ignore[arg-type]
            empty_database,
            "SELECT relname, false, pg_get_expr(relpartbound, oid) FROM pg_class "
            "WHERE relispartition AND relkind = 'r'",
        )
    )
    assert (ranges[0].start, ranges[0].end) == (0, 7)


async def test_an_import_beside_a_server_takes_no_id_that_the_server_gives(
    api: Api, database: str, empty_database: str, tmp_path: Path, start_server: Start
) -> None:
    for number in range(300):
        await api.report(number)
    await command("export", database, str(tmp_path / "a"))
    await asyncio.to_thread(incidents, "migrate", "--database-url", empty_database)
    server = await asyncio.to_thread(start_server, url=empty_database)

    importing = asyncio.create_task(
        asyncio.to_thread(
            incidents,
            "import",
            "--database-url",
            empty_database,
            str(tmp_path / "a"),
            INCIDENTS_BATCH_INCIDENTS_MAX="7",
        )
    )
    reported = 0
    while not importing.done():
        await asyncio.to_thread(server.report, {"reported": reported})
        reported += 1
    done = await importing

    rows = await everything(empty_database)
    left_out = len(done.stderr.splitlines())
    assert len([row for row in rows if "reported" in str(row[4])]) == reported
    assert len(rows) == 300 - left_out + reported


async def test_an_export_that_was_interrupted_is_gone_on_with(
    open_api: OpenApi, database: str, tmp_path: Path
) -> None:
    api = await open_api()
    await asyncio.gather(*(api.report({"n": n, "text": "x" * 3000}) for n in range(3000)))
    for name in ("a.ndjson", "a.ndjson.gz"):
        file, partial = tmp_path / name, tmp_path / f"{name}.partial"
        process = await asyncio.to_thread(
            subprocess.Popen,
            [sys.executable, "-m", "incidents", "export", "--database-url", database, str(file)],
        )
        while not (partial.exists() and partial.stat().st_size):
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(process.wait)
        assert not file.exists()
        with partial.open("ab") as torn:
            torn.write(partial.read_bytes()[:100])

        refused = await command("export", database, str(file))
        resumed = await command("export", database, "--resume", str(file))

        assert refused.returncode == 1
        assert "--resume" in refused.stderr
        assert (resumed.returncode, resumed.stderr) == (0, "")
        data = gzip.decompress(file.read_bytes()) if name.endswith(".gz") else file.read_bytes()
        assert [json.loads(line)["id"] for line in data.splitlines()] == [
            row[0] for row in await everything(database)
        ]
        assert int(resumed.stdout.split()[-4]) < 3000
        assert not partial.exists()


async def test_an_interrupted_export_says_so_with_its_exit_code(
    open_api: OpenApi, database: str, tmp_path: Path
) -> None:
    api = await open_api()
    await asyncio.gather(*(api.report({"n": n, "text": "x" * 3000}) for n in range(3000)))
    process = await asyncio.to_thread(
        subprocess.Popen,
        [sys.executable, "-m", "incidents", "export", "--database-url", database, "a"],
        cwd=tmp_path,
    )
    while not (tmp_path / "a.partial").exists():
        assert process.poll() is None

    process.send_signal(signal.SIGTERM)

    assert await asyncio.to_thread(process.wait) == 128 + signal.SIGTERM
    assert not (tmp_path / "a").exists()


async def test_an_export_without_a_file_is_lines_for_other_programs(
    api: Api, database: str, empty_database: str
) -> None:
    ids = [await api.report(number) for number in range(4)]

    done = await command("export", database, "--after", str(ids[1]))
    imported = await asyncio.to_thread(
        incidents, "import", "--database-url", empty_database, "-", stdin=done.stdout
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ids[2:]
    assert imported.stdout == "2 incidents of <stdin> are stored, none left out\n"
    assert await everything(empty_database) == (await everything(database))[2:]


async def test_nothing_is_written_over_and_nothing_is_left_where_it_cannot_be(
    database: str, tmp_path: Path
) -> None:
    (tmp_path / "there").write_text("mine")

    there = await command("export", database, str(tmp_path / "there"))
    nowhere = await command("export", database, str(tmp_path / "no" / "file"))
    (tmp_path / "odd.partial").write_text("no export\n")
    odd = await command("export", database, "--resume", str(tmp_path / "odd"))
    (tmp_path / "link.partial").symlink_to(tmp_path / "there")
    link = await command("export", database, "--resume", str(tmp_path / "link"))

    assert [each.returncode for each in (there, nowhere, odd, link)] == [1, 1, 1, 1]
    assert (tmp_path / "there").read_text() == "mine"
    assert "No such file" in nowhere.stderr
    assert "not part of an export" in odd.stderr
    assert (tmp_path / "odd.partial").read_text() == "no export\n"


async def test_a_compressed_file_that_breaks_off_is_said(
    api: Api, database: str, empty_database: str, tmp_path: Path
) -> None:
    await api.report(1)
    file = tmp_path / "a.gz"
    await command("export", database, str(file))
    file.write_bytes(file.read_bytes()[:-10])

    done = await command("import", empty_database, str(file))

    assert done.returncode == 1
    assert "cannot be read to its end" in done.stderr


async def test_a_file_that_is_none_is_asked_wrongly(database: str) -> None:
    done = await command("import", at_database(database, "nothing"), "/nowhere")

    assert done.returncode == 2
