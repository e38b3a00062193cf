"""As root PostgreSQL runs as a system user, and no directory that was there is opened for it."""

import os
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from incidents.core.errors import CannotStart
from incidents.embedded import postgresql as embedded_module
from incidents.embedded.postgresql import Embedded
from incidents.embedded.programs import PROGRAMS
from incidents.embedded.supervisor import supervised
from tests.command import incidents
from tests.test_embedded import SECONDS, postmaster
from tests.test_embedded_supervisor import until_answers, until_ended
from tests.test_migrate import fetch

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs as another user")


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A directory like /root: no other user may enter it. It is so afterwards, too."""
    directory = tmp_path / "closed"
    directory.mkdir(mode=0o700)
    yield directory
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def installed_in(directory: Path) -> Path:
    """The programs of a package that is installed there."""
    package = PROGRAMS.parents[1]
    shutil.copytree(PROGRAMS.parent, directory / package.name / PROGRAMS.parent.name)
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, directory / libraries.name)
    return directory / PROGRAMS.relative_to(package.parent)


def test_data_that_the_system_user_cannot_reach_are_refused_with_what_to_do(closed: Path) -> None:
    for command in (["serve", "--port", "0"], ["keys", "create", "ci", "--scope", "read"]):
        done = incidents(*command, "--data", str(closed / "data"))

        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1
        assert f"may not enter {closed}. Run `chmod o+x {closed}`" in done.stderr
        assert "--data /var/lib/incidents" in done.stderr


def test_programs_that_the_system_user_cannot_reach_are_copied_once(
    closed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_module, "PROGRAMS", installed_in(closed))

    inodes = set()
    for _ in range(2):
        embedded = Embedded(tmp_path / "data", SECONDS)
        embedded.start()
        assert fetch(embedded.url, "SELECT 1") == [(1,)]
        program = Path(psutil.Process(postmaster(tmp_path / "data")).exe())
        assert program.is_relative_to(tmp_path / "data")
        inodes.add(program.stat().st_ino)
        embedded.stop()
    assert len(inodes) == 1


def test_programs_that_only_root_may_read_are_copied_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = installed_in(tmp_path)
    for each in programs.parent.rglob("*"):
        each.chmod(stat.S_IMODE(each.stat().st_mode) & 0o700)  # as under umask 077
    monkeypatch.setattr(embedded_module, "PROGRAMS", programs)

    embedded = Embedded(tmp_path / "data", SECONDS)
    embedded.start()
    embedded.stop()

    assert stat.S_IMODE(programs.stat().st_mode) == 0o700


def test_programs_are_not_copied_into_a_directory_of_another_user(
    closed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_module, "PROGRAMS", installed_in(closed))
    data = tmp_path / "theirs"
    data.mkdir()
    os.chown(data, 65534, 65534)

    with pytest.raises(CannotStart, match=r"cannot use its programs.*Install incidents where"):
        Embedded(data, SECONDS).start()


def test_a_new_data_directory_is_reached_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        embedded = Embedded(tmp_path / "new" / "data", SECONDS)
        embedded.start()
        embedded.stop()
    finally:
        os.umask(before)


def test_a_permission_that_goes_is_said_and_one_that_comes_back_is_enough(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    parent = tmp_path / "parent"
    embedded = Embedded(parent / "data", SECONDS)
    embedded.start()
    with supervised(embedded):
        parent.chmod(0o700)
        first = psutil.Process(postmaster(parent / "data"))
        first.kill()
        until_ended(first.pid)
        deadline = time.monotonic() + SECONDS
        while f"may not enter {parent}" not in caplog.text:
            assert time.monotonic() < deadline
            time.sleep(0.05)

        parent.chmod(0o755)
        until_answers(embedded.url)
    embedded.stop()


def test_it_is_stopped_though_the_permission_has_gone(tmp_path: Path) -> None:
    parent = tmp_path / "parent"
    embedded = Embedded(parent / "data", SECONDS)
    embedded.start()
    pid = postmaster(parent / "data")
    parent.chmod(0o700)

    embedded.stop()

    until_ended(pid)
