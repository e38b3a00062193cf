"""ops/systemd: no fault is found with the unit, and it fits what the program needs."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from incidents.support.settings import Settings

UNIT = Path(__file__).parents[1] / "ops" / "systemd" / "incidents.service"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze: apt-get install systemd"
)


def value(name: str) -> str:
    (found,) = re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)
    return str(found)


@needs_systemd
def test_systemd_finds_no_fault_with_it(tmp_path: Path) -> None:
    # The program itself is not there.
    there = UNIT.read_text().replace("/opt/incidents/bin/incidents", "/bin/true")
    (tmp_path / UNIT.name).write_text(there)

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / UNIT.name)],
        check=False,
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_waits_longer_than_the_program_takes_to_stop() -> None:
    assert value("KillMode") == "mixed"
    # Workers are killed 5 s later, and PostgreSQL needs time of its own.
    assert int(value("TimeoutStopSec")) >= Settings().drain_seconds_max + 5 + 60


def test_its_files_are_enough_for_its_connections() -> None:
    assert int(value("LimitNOFILE")) > Settings().connections_max + 500


def test_the_data_lie_in_the_directory_that_systemd_makes() -> None:
    assert value("Environment") == f"INCIDENTS_DATA=/var/lib/{value('StateDirectory')}"
