"""Numbers that several processes count together."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from incidents.support.metrics import directory as directory_module
from incidents.support.metrics.cells import Cells
from incidents.support.metrics.directory import shared_directory

pytestmark = pytest.mark.slow

# Takes a seat, counts, says so, and waits to be killed.
WORKER = """
import sys
from pathlib import Path
from incidents.support.metrics.cells import Cells
cells = Cells()
total, now = cells.take(1), cells.take(1, momentary=True)
cells.share(Path(sys.argv[1]))
before = cells.values[total]
cells.values[total] += float(sys.argv[2])
cells.values[now] = 1
print(before, flush=True)
sys.stdin.read()
"""


class Worker:
    def __init__(self, directory: Path, amount: float) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(directory), str(amount)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.found = float(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def cells() -> Cells:
    made = Cells()
    made.take(1)
    made.take(1, momentary=True)
    return made


def test_whoever_asks_sees_the_sum(cells: Cells, tmp_path: Path) -> None:
    cells.share(tmp_path)
    cells.values[0] += 5
    workers = [Worker(tmp_path, amount) for amount in (7, 30)]

    assert cells.totals() == [42, 2]
    for worker in workers:
        worker.kill()


def test_who_replaces_a_dead_worker_counts_on(cells: Cells, tmp_path: Path) -> None:
    first, second = Worker(tmp_path, 7), Worker(tmp_path, 30)
    cells.share(tmp_path)
    assert cells.totals() == [37, 2]

    first.kill()
    # What was counted stays; what was of the moment went with it.
    assert cells.totals() == [37, 1]

    for killed in range(1, 5):
        replacement = Worker(tmp_path, 100)
        assert replacement.found == 7 + 100 * (killed - 1)
        assert cells.totals() == [37 + 100 * killed, 2]
        replacement.kill()
    second.kill()
    assert len(list(tmp_path.iterdir())) == 3


def test_a_process_alone_counts_for_itself(cells: Cells) -> None:
    cells.values[0] += 2

    assert cells.totals() == [2, 0]


def test_where_no_seat_can_be_made_it_counts_for_itself(
    cells: Cells, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cells.share(tmp_path / "nowhere")
    cells.values[0] += 2

    assert cells.totals() == [2, 0]
    assert "shows no other's numbers" in caplog.text


def test_who_is_about_to_sit_down_counts_for_nothing_yet(cells: Cells, tmp_path: Path) -> None:
    cells.share(tmp_path)
    (tmp_path / "9").touch()

    assert cells.totals() == [0, 0]


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where directories are made, for this test."""
    monkeypatch.setattr(directory_module, "_IN_MEMORY", tmp_path)
    return tmp_path


def test_a_servers_directory_is_empty_its_own_and_gone_at_the_end(base: Path) -> None:
    with shared_directory() as first, shared_directory() as second:
        assert first is not None
        assert second is not None
        assert first != second
        assert {first.parent, second.parent} == {base}
        assert list(first.iterdir()) == []
        assert first.stat().st_mode & 0o077 == 0
        (first / "0").touch()
    assert list(base.iterdir()) == []


def test_what_a_killed_server_left_is_removed_and_nothing_else(base: Path) -> None:
    old = time.time() - 3600
    left, strange = base / "incidents-metrics-left", base / "other"
    for each in (left, strange):
        each.mkdir()
        (each / "0").touch()
        os.utime(each, (old, old))
    with shared_directory() as held:
        assert held is not None
        os.utime(held, (old, old))
        with shared_directory() as made:
            assert set(base.iterdir()) == {held, made, strange}


def test_without_any_place_each_worker_counts_for_itself(
    base: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(directory_module, "_IN_MEMORY", base / "nowhere")
    monkeypatch.setattr("tempfile.tempdir", str(base / "nowhere"))

    with shared_directory() as made:
        assert made is None
    assert "each worker counts for itself" in caplog.text
