"""Programs in Node, run with the packages of tests/node/package-lock.json."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parent / "node"


def run_node(program: str, *arguments: str) -> str:
    """What that program of tests/node says when it ends.

    The test is skipped where its packages are not, but never in CI.
    """
    if shutil.which("node") is None or not (_FOLDER / "node_modules" / "installed").exists():
        said = "needs packages of Node: install npm, then make tests/node/node_modules/installed"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    ended = subprocess.run(
        ["node", str(_FOLDER / program), *arguments], capture_output=True, text=True, check=False
    )
    return ended.stdout + ended.stderr
