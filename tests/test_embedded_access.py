"""Who may connect to the embedded PostgreSQL, and what root follows no link to."""

import os
import pwd
import stat
import tempfile
from pathlib import Path

import pytest

from incidents.core.errors import CannotStart
from incidents.embedded.control import Control
from incidents.embedded.postgresql import Embedded
from incidents.embedded.programs import PROGRAMS
from incidents.support.directory import Directory
from tests.ports import free_port
from tests.test_embedded import SECONDS
from tests.test_migrate import fetch

_RULES = "SELECT auth_method FROM pg_hba_file_rules WHERE type LIKE 'host%'"

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root acts in others' directories")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A data directory with a cluster that does not run."""
    embedded = Embedded(tmp_path, SECONDS)
    embedded.start()
    embedded.stop()
    return tmp_path


def settings_of(embedded: Embedded) -> dict[str, str]:
    names = "listen_addresses", "unix_socket_permissions", "port", "io_method"
    return {name: str(fetch(embedded.url, f"SHOW {name}")[0][0]) for name in names}


SAFE = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "io_method": "sync",
}


def test_whoever_starts_a_new_cluster_without_us_does_not_open_it_either(made: Path) -> None:
    rules = (made / "postgres" / "pg_hba.conf").read_text().splitlines()
    assert {line.split()[-1] for line in rules if line.startswith("host")} == {"reject"}
    assert "listen_addresses = ''" in (made / "postgres" / "postgresql.conf").read_text()


def test_a_cluster_that_a_power_cut_left_with_none_of_our_settings_is_safe(made: Path) -> None:
    cluster = made / "postgres"
    (made / "incidents.conf").write_text("")
    (made / "pg_hba.conf").unlink()
    (cluster / "postgresql.conf").write_text("listen_addresses = '*'\n")
    (cluster / "pg_hba.conf").write_text("local all all trust\nhost all all all trust\n")

    embedded = Embedded(made, SECONDS)
    embedded.start()
    assert settings_of(embedded) == SAFE
    assert fetch(embedded.url, _RULES) == [("reject",)]
    embedded.stop()


def test_a_cluster_of_an_older_version_starts_with_todays_settings(made: Path) -> None:
    old = made / "postgres" / "incidents.conf"
    old.write_text("jit = on\nlisten_addresses = ''\n")
    with (made / "postgres" / "postgresql.conf").open("a") as conf:
        conf.write("include_if_exists 'incidents.conf'\n")

    embedded = Embedded(made, SECONDS)
    embedded.start()
    assert settings_of(embedded) == SAFE
    assert fetch(embedded.url, "SHOW jit") == [("off",)]
    assert not old.exists()
    embedded.stop()


def test_what_is_set_by_alter_system_tunes_it_and_does_not_open_it(made: Path) -> None:
    with (made / "postgres" / "postgresql.auto.conf").open("a") as auto:
        auto.write("work_mem = '7MB'\nlisten_addresses = '*'\nport = 5433\n")

    embedded = Embedded(made, SECONDS)
    embedded.start()
    assert settings_of(embedded) == SAFE
    assert fetch(embedded.url, "SHOW work_mem") == [("7MB",)]
    embedded.stop()


def test_one_that_others_started_is_named_at_once(made: Path) -> None:
    control = Control(PROGRAMS, made / "postgres")
    tcp = {"listen_addresses": "127.0.0.1", "port": str(free_port()), "unix_socket_directories": ""}
    control.start(tcp, "--wait")
    try:
        with pytest.raises(CannotStart, match=r"was not started by this version.*kill -INT \d+"):
            Embedded(made, SECONDS).start()
    finally:
        control.stop()


def test_a_directory_that_is_no_whole_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "base").write_text("")

    with pytest.raises(CannotStart, match="holds files, but no database"):
        Embedded(tmp_path, SECONDS).start()
    assert (tmp_path / "postgres" / "base").exists()


def test_no_one_else_can_open_or_lock_what_it_is_shared_by(made: Path) -> None:
    for name in (".gate", ".users"):
        (made / name).chmod(0o644)  # as an older version left them

    embedded = Embedded(made, SECONDS)
    embedded.start()
    embedded.stop()

    modes = {name: stat.S_IMODE((made / name).stat().st_mode) for name in (".gate", ".users")}
    assert modes == {".gate": 0o600, ".users": 0o600}


@pytest.fixture
def of_another(tmp_path: Path) -> Path:
    """A data directory of another user, who may put anything into it."""
    data = tmp_path / "theirs"
    data.mkdir()
    user = pwd.getpwnam("nobody")
    os.chown(data, user.pw_uid, user.pw_gid)
    return data


@only_root
@pytest.mark.parametrize("name", [".gate", ".users", "postgres"])
def test_root_follows_no_link_of_another_user(of_another: Path, name: str) -> None:
    precious = of_another.parent / "precious"
    precious.mkdir() if name == "postgres" else precious.write_text("kept")
    precious.chmod(0o755)
    (of_another / name).symlink_to(precious)

    with pytest.raises(CannotStart):
        Embedded(of_another, SECONDS).start()

    found = precious.stat()
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (0, 0o755)
    assert precious.is_dir() or precious.read_text() == "kept"


@only_root
@pytest.mark.parametrize(
    "name", ["postgres.new", "incidents.conf", "incidents.conf.new", "pg_hba.conf"]
)
def test_what_root_writes_takes_the_place_of_another_users_link(
    of_another: Path, name: str
) -> None:
    precious = of_another.parent / "precious"
    precious.write_text("kept")
    (of_another / name).symlink_to(precious)

    embedded = Embedded(of_another, SECONDS)
    embedded.start()
    assert settings_of(embedded) == SAFE
    embedded.stop()

    assert precious.read_text() == "kept"
    assert precious.stat().st_uid == 0


@only_root
@pytest.mark.parametrize("path", ["start.log", "log/postgresql-Mon.log", "PG_VERSION"])
def test_root_reads_no_file_through_a_link_of_the_system_user(made: Path, path: str) -> None:
    secret = made / "secret"
    secret.write_text("FATAL: the secret\n")
    file = made / "postgres" / path
    file.unlink(missing_ok=True)
    file.symlink_to(secret)
    with (made / "postgres" / "postgresql.auto.conf").open("a") as conf:
        conf.write("shared_buffers = 'nonsense'\n")

    with pytest.raises(CannotStart) as refused:
        Embedded(made, SECONDS).start()

    assert "the secret" not in str(refused.value)


@only_root
def test_a_link_in_the_place_of_the_sockets_directory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    precious, shared = tmp_path / "precious", tmp_path / "tmp"
    precious.mkdir()
    shared.mkdir()
    shared.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    embedded = Embedded(tmp_path / ("long" * 30), SECONDS)
    link = embedded._socket_directory()
    link.symlink_to(precious)

    with pytest.raises(CannotStart, match="belongs to somebody else"):
        embedded.start()

    assert precious.stat().st_uid == 0


@only_root
def test_the_files_that_root_makes_in_another_users_directory_are_theirs(of_another: Path) -> None:
    with Directory.opened(of_another) as directory:
        os.close(directory.lock_file(".gate"))
    assert (of_another / ".gate").stat().st_uid == pwd.getpwnam("nobody").pw_uid


def test_a_directory_is_replaced_whole_and_its_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "link").symlink_to(tmp_path)
    with Directory.opened(tmp_path) as directory:
        directory.remove("old")
        directory.remove("old")
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]
