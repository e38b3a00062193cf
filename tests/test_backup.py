"""A backup is the same database again."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from incidents.cli.parts.database import migrate_database
from incidents.core.errors import CannotStart
from incidents.embedded import backup as dump_module
from incidents.embedded import configuration, system_user
from incidents.embedded import postgresql as embedded_module
from incidents.embedded.control import Control
from incidents.embedded.postgresql import Embedded
from incidents.embedded.programs import MAJOR
from incidents.support.directory import Directory
from incidents.support.settings import Settings
from tests.command import incidents
from tests.conftest import run_sql
from tests.server import Server
from tests.test_migrate import fetch
from tests.test_verify import HARD

Start = Callable[..., Server]

EVERYTHING = (
    "SELECT id, received_at, hash, headers::text, body::text, body_for_search::text "
    "FROM incidents ORDER BY id"
)


def everything(data: Path) -> list[tuple[object, ...]]:
    embedded = Embedded(data, start_seconds=60)
    embedded.start()
    try:
        return fetch(embedded.url, EVERYTHING)
    finally:
        embedded.stop()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory with incidents, and a server that goes on."""
    data = tmp_path_factory.mktemp("kept") / "data"
    server = Server("--data", str(data))
    server.wait_until_ready()
    for body in HARD:
        assert server.post("/problems", body, {"X-Name": "é"}).status == 201
    yield data
    assert server.stop() == 0


@pytest.fixture(scope="module")
def file(data: Path) -> Path:
    """A backup of it, made while the server goes on."""
    file = data.parent / "a.backup"
    saved = incidents("backup", "--data", str(data), str(file))
    assert (saved.returncode, saved.stderr) == (0, "")
    return file


def test_what_was_backed_up_beside_a_server_is_restored_byte_for_byte(
    data: Path, file: Path, tmp_path: Path, start_server: Start
) -> None:
    new = tmp_path / "new"

    restored = incidents("restore", "--data", str(new), str(file))

    assert (restored.returncode, restored.stderr) == (0, "")
    assert everything(new) == everything(data)
    assert file.stat().st_mode & 0o777 == 0o600
    assert incidents("verify", "--data", str(new)).returncode == 0
    server = start_server(data=new)
    reply = server.post("/problems", b"{}")
    assert reply.headers["location"] == f"/incidents/{len(HARD) + 1}"
    assert server.stop() == 0


def test_what_is_there_already_is_not_written_over(data: Path, file: Path) -> None:
    before = file.read_bytes(), everything(data)

    backup = incidents("backup", "--data", str(data), str(file))
    restore = incidents("restore", "--data", str(data), str(file))

    assert (backup.returncode, restore.returncode) == (1, 1)
    assert "already exists" in backup.stderr
    assert "incidents in the data directory already" in restore.stderr
    assert (file.read_bytes(), everything(data)) == before


def test_a_backup_that_is_damaged_changes_nothing_and_a_whole_one_still_can(
    data: Path, file: Path, tmp_path: Path
) -> None:
    cut, new = tmp_path / "cut.backup", tmp_path / "new"
    cut.write_bytes(file.read_bytes()[:-500])

    failed = incidents("restore", "--data", str(new), str(cut))
    nonsense = incidents("restore", "--data", str(new), str(Path(__file__)))
    worked = incidents("restore", "--data", str(new), str(file))

    assert (failed.returncode, nonsense.returncode, worked.returncode) == (1, 1, 0)
    assert "pg_restore: error" in failed.stderr
    assert "pg_restore: error" in nonsense.stderr
    assert everything(new) == everything(data)


def test_a_backup_of_another_database_is_refused(tmp_path: Path) -> None:
    other = Embedded(tmp_path / "other", start_seconds=60)
    other.start()
    run_sql(other.url, "CREATE TABLE something (id int)")
    dump_module.dump(other.url, tmp_path / "other.backup")
    other.stop()

    done = incidents("restore", "--data", str(tmp_path / "new"), str(tmp_path / "other.backup"))

    assert done.returncode == 1
    assert "backup of another database" in done.stderr


def test_a_database_that_a_server_uses_is_not_replaced(
    file: Path, tmp_path: Path, start_server: Start
) -> None:
    server = start_server(data=tmp_path / "new")
    assert server.request("GET", "/readyz").status == 200

    done = incidents("restore", "--data", str(tmp_path / "new"), str(file))

    assert done.returncode == 1
    assert "stop it first" in done.stderr
    assert server.find({}) == []
    assert server.stop() == 0


def test_what_came_in_during_a_restore_is_not_lost(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = Embedded(tmp_path, start_seconds=60)
    embedded.start()
    migrate_database(Settings(), embedded.url)
    fill = dump_module._fill

    def fill_while_a_report_comes_in(url: str, file: Path) -> None:
        fill(url, file)
        run_sql(
            embedded.url,
            "CREATE TABLE incidents_0 PARTITION OF incidents FOR VALUES FROM (0) TO (9)",
            "INSERT INTO incidents VALUES (1, now(), '', '{}', '\"young\"')",
        )

    monkeypatch.setattr(dump_module, "_fill", fill_while_a_report_comes_in)

    with pytest.raises(CannotStart, match="there are incidents"):
        dump_module.restore(embedded.url, file)

    assert fetch(embedded.url, "SELECT body::text FROM incidents") == [('"young"',)]
    embedded.stop()


def test_a_backup_that_cannot_be_written_leaves_nothing(data: Path, tmp_path: Path) -> None:
    missing = incidents("backup", "--data", str(data), str(tmp_path / "no" / "a.backup"))
    full = tmp_path / "full"
    full.mkdir()
    backup = [sys.executable, "-m", "incidents", "backup", "--data", str(data)]
    filled = subprocess.run(
        ["sh", "-c", 'ulimit -f 8; exec "$@"', "sh", *backup, str(full / "a.backup")],
        check=False,
        capture_output=True,
        text=True,
    )

    assert (missing.returncode, filled.returncode) == (1, 1)
    assert "No such file or directory" in missing.stderr
    assert "pg_dump failed" in filled.stderr
    assert list(full.iterdir()) == []


def test_a_backup_is_written_through_no_link_that_others_put_there(
    data: Path, tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / "a.backup.partial").symlink_to(precious)

    done = incidents("backup", "--data", str(data), str(tmp_path / "a.backup"))

    assert (done.returncode, done.stderr) == (0, "")
    assert (precious.read_text(), (tmp_path / "a.backup").is_symlink()) == ("kept", False)


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_server_of_ones_own_has_its_own_tools(command: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    if command == "restore":
        file.write_bytes(b"")

    done = incidents(command, str(file), INCIDENTS_DATABASE_URL="postgresql://db.example/x")

    assert done.returncode == 1
    assert "docs/how-to/operations.md" in done.stderr


def test_there_is_nothing_to_back_up_where_nothing_is(tmp_path: Path) -> None:
    done = incidents("backup", "--data", str(tmp_path / "none"), str(tmp_path / "file"))

    assert done.returncode == 1
    assert not (tmp_path / "none").exists()
    assert not (tmp_path / "file").exists()


def older_programs() -> Path:
    """An older major version, as Debian installs it. Without, the test is skipped, but in CI."""
    found = [each for each in Path("/usr/lib/postgresql").glob("*/bin") if each.parent.name < MAJOR]
    if not found:
        said = "there is no older PostgreSQL here: install your distribution's"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    return max(found)


def make_older_cluster(programs: Path, data: Path) -> None:
    """A cluster as a version of incidents with an older PostgreSQL would have made it."""
    cluster = data / "postgres"
    cluster.mkdir(parents=True, mode=0o700)
    with Directory.opened(cluster) as opened:
        system_user.give(opened)
    made = Control(programs, cluster).run(
        "initdb",
        f"--pgdata={cluster}",
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
    )
    assert made.returncode == 0, made.stdout
    with (cluster / "postgresql.conf").open("a") as conf:
        conf.write("include_if_exists 'incidents.conf'\n")


def test_a_cluster_of_an_older_major_version_is_refused_and_the_instructions_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "old.backup"
    programs = older_programs()
    major = programs.parent.name
    with monkeypatch.context() as patched:
        patched.setattr(embedded_module, "PROGRAMS", programs)
        patched.setattr(embedded_module, "MAJOR", major)
        patched.setattr(system_user, "usable", lambda programs, _: programs)
        patched.setattr(dump_module, "PROGRAMS", programs)
        older = configuration._CONFIGURATION.replace("io_method = sync\n", "")  # new in 18
        patched.setattr(configuration, "_CONFIGURATION", older)
        make_older_cluster(programs, old)
        embedded = Embedded(old, 60)
        embedded.start()
        assert str(fetch(embedded.url, "SHOW server_version")[0][0]).startswith(f"{major}.")
        migrate_database(Settings(), embedded.url)
        server = Server("--database-url", embedded.url)
        server.wait_until_ready()
        for body in HARD:
            server.post("/problems", body)
        assert server.stop() == 0
        before = fetch(embedded.url, EVERYTHING)
        dump_module.dump(embedded.url, file)
        embedded.stop()
    untouched = sorted(os.walk(old))

    refused = incidents("serve", "--port", "0", "--data", str(old))
    restored = incidents("restore", "--data", str(new), str(file))

    assert refused.returncode == 1
    assert f"made by PostgreSQL {major}" in refused.stderr
    assert "incidents backup FILE" in refused.stderr
    assert [entry for entry in sorted(os.walk(old)) if entry[0] != str(old)] == [
        entry for entry in untouched if entry[0] != str(old)
    ]
    assert (restored.returncode, restored.stderr) == (0, "")
    assert everything(new) == before
    assert len(before) == len(HARD)
    shutil.rmtree(old)
