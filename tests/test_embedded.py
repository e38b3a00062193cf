"""The PostgreSQL inside."""

import os
import pwd
import secrets
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from incidents.core.errors import CannotStart
from incidents.embedded import system_user
from incidents.embedded.configuration import SOCKET_NAME
from incidents.embedded.postgresql import Embedded
from incidents.embedded.processes import none_works_in
from tests.test_migrate import fetch

SECONDS = 60


def postmaster(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def test_it_is_made_started_stopped_and_started_again(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    for _ in range(2):
        embedded = Embedded(data, SECONDS)
        embedded.start()
        assert fetch(embedded.url, "SELECT current_database()") == [("incidents",)]
        embedded.stop()
        assert not (data / "postgres" / "postmaster.pid").exists()


def test_it_keeps_its_promises_to_the_disk(tmp_path: Path) -> None:
    embedded = Embedded(tmp_path, SECONDS)
    embedded.start()
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert fetch(embedded.url, f"SHOW {setting}") == [("on",)]
    assert fetch(embedded.url, "SHOW listen_addresses") == [("",)]
    embedded.stop()


def test_who_leaves_last_stops_it(tmp_path: Path) -> None:
    first, second = Embedded(tmp_path, SECONDS), Embedded(tmp_path, SECONDS)
    first.start()
    pid = postmaster(tmp_path)
    second.start()
    assert postmaster(tmp_path) == pid

    first.stop()
    assert fetch(second.url, "SELECT 1") == [(1,)]
    second.stop()

    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


def test_it_comes_back_after_a_crash(tmp_path: Path) -> None:
    embedded = Embedded(tmp_path, SECONDS)
    embedded.start()
    os.killpg(os.getpgid(postmaster(tmp_path)), signal.SIGKILL)

    again = Embedded(tmp_path, SECONDS)
    again.start()
    assert fetch(again.url, "SELECT 1") == [(1,)]
    again.stop()
    embedded.stop()
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


@pytest.mark.parametrize("lost", [None, "postmaster.pid", f"{SOCKET_NAME}.lock"])
def test_it_comes_back_though_its_number_is_another_process_now(
    tmp_path: Path, lost: str | None
) -> None:
    """Also where a power cut took one of the two files that have it."""
    embedded = Embedded(tmp_path, SECONDS)
    embedded.start()
    first = psutil.Process(postmaster(tmp_path))
    for process in (first, *first.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    deadline = time.monotonic() + SECONDS
    while not none_works_in(tmp_path / "postgres"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    embedded._leave()  # as if it had been killed, too
    with subprocess.Popen(["sleep", "600"], **system_user.of_process()) as another:
        for name in ("postmaster.pid", f"{SOCKET_NAME}.lock"):
            directory = tmp_path / "postgres" if name == "postmaster.pid" else None
            file = (directory or embedded._socket_directory()) / name
            lines = file.read_text().split("\n")
            file.write_text("\n".join([str(another.pid), *lines[1:]]))
            if name == lost:
                file.unlink()

        again = Embedded(tmp_path, SECONDS)
        again.start()
        assert fetch(again.url, "SELECT 1") == [(1,)]
        again.stop()
        assert another.poll() is None
        another.kill()


@pytest.mark.parametrize("name", ["long " * 20 + "/it's 100 % here", "one,two"])
def test_no_path_is_an_obstacle(tmp_path: Path, name: str) -> None:
    embedded = Embedded(tmp_path / name, SECONDS)
    embedded.start()
    assert fetch(embedded.url, "SELECT 1") == [(1,)]
    embedded.stop()


def test_a_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CannotStart, match="file/data cannot be used"):
        Embedded(tmp_path / "file" / "data", SECONDS).start()


def test_a_path_that_a_shell_would_change_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="must have none of"):
        Embedded(tmp_path / "$HOME", SECONDS).start()


def test_a_cluster_that_was_left_half_made_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")

    embedded = Embedded(tmp_path, SECONDS)
    embedded.start()
    assert fetch(embedded.url, "SELECT 1") == [(1,)]
    embedded.stop()


def test_a_cluster_of_another_version_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("16\n")

    with pytest.raises(CannotStart, match="PostgreSQL 16"):
        Embedded(tmp_path, SECONDS).start()


def test_a_postgresql_that_does_not_start_says_why(tmp_path: Path) -> None:
    embedded = Embedded(tmp_path, SECONDS)
    embedded.start()
    embedded.stop()
    with (tmp_path / "postgres" / "postgresql.auto.conf").open("a") as conf:
        conf.write("shared_buffers = 'nonsense'\n")

    with pytest.raises(CannotStart, match="shared_buffers"):
        Embedded(tmp_path, SECONDS).start()


def test_a_system_user_that_cannot_be_made_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_user, "NAME", "not a name")

    with pytest.raises(CannotStart, match="system user not a name cannot be made"):
        system_user._make()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes users")
def test_starts_at_once_make_one_system_user() -> None:
    name = f"incidents-{secrets.token_hex(4)}"
    makes_it = f"from incidents.embedded import system_user as s; s.NAME = {name!r}; "
    command = [sys.executable, "-c", makes_it + "print(s.of_process()['user'])"]
    try:
        starts = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
        seen = {start.communicate()[0].strip() for start in starts}
        is_one = {str(pwd.getpwnam(name).pw_uid)}
    finally:
        subprocess.run(["userdel", name], check=False)

    assert seen == is_one
