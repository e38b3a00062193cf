"""The tests themselves: what one run does is nothing to another."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

_RUN = """
import os
from pathlib import Path

def test_where(tmp_path):
    Path(os.environ["SAID"]).write_text(str(tmp_path))
"""


def test_another_run_leaves_the_folders_of_this_one_open(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """PostgreSQL has to pass them, which runs as another user where the tests run as root."""
    file, said = tmp_path / "test_other.py", tmp_path / "said"
    file.write_text(_RUN)
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_configure\n")
    modes = {folder: folder.stat().st_mode for folder in tmp_path.parents}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", str(file)]
    root = Path(__file__).parents[1]

    done = subprocess.run(
        command,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "SAID": str(said), "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout
    own = tmp_path_factory.getbasetemp().parent
    assert own not in Path(said.read_text()).parents
    assert {folder: folder.stat().st_mode for folder in tmp_path.parents} == modes
