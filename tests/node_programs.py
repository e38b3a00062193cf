"""Programs in Node, run with the packages of tests/node/package-lock.json."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parent / "node"


def node_packages() -> Path:
    """Where the packages are; the test is skipped where they are not, but never in CI."""
    packages = _FOLDER / "node_modules"
    if not (packages / "installed").exists():
        _do_without()
    return packages


def run_node(program: str, *arguments: str) -> str:
    """What that program of tests/node says when it ends.

    The test is skipped where its packages are not, but never in CI.
    """
    node_packages()
    if shutil.which("node") is None:
        _do_without()
    ended = subprocess.run(
        ["node", str(_FOLDER / program), *arguments], capture_output=True, text=True, check=False
    )
    return ended.stdout + ended.stderr


def _do_without() -> None:
    said = "needs packages of Node: install npm, then make tests/node/node_modules/installed"
    if os.environ.get("CI"):
        pytest.fail(said)
    pytest.skip(said)
