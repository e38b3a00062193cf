"""The command line as its users type it: a process, an exit code."""

import os
import subprocess
import sys

SECONDS_MAX = 60

Done = subprocess.CompletedProcess[str]


def incidents(*arguments: str, stdin: str = "", **environment: str) -> Done:
    """One command, at its end."""
    return subprocess.run(
        [sys.executable, "-m", "incidents", *arguments],
        check=False,
        capture_output=True,
        input=stdin,
        text=True,
        timeout=SECONDS_MAX,
        env={**os.environ, **environment},
    )
