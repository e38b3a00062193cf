"""The original's packages, in a virtual environment of their own."""

import sys
from pathlib import Path

import click

from bench.process import run

FOLDER = Path(__file__).with_name("original")

_REQUIREMENTS = FOLDER / "requirements.txt"
_SECONDS_MAX = 600


def install(venv: Path) -> Path:
    """The folder of programs in `venv`, which has just what the requirements say."""
    mark = venv / "installed"
    if not mark.exists() or mark.stat().st_mtime < _REQUIREMENTS.stat().st_mtime:
        click.echo("installing what the original needs", err=True)
        run([sys.executable, "-m", "venv", "--clear", venv], _SECONDS_MAX)
        pip = (venv / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--no-input")
        run([*pip, "install", "--require-hashes", "--requirement", _REQUIREMENTS], _SECONDS_MAX)
        mark.touch()
    return venv / "bin"
