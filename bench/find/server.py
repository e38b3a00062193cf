"""Our server on a database that is filled."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.process import HOST, free_port, serving
from incidents.support.environment import ENV_PREFIX


@contextmanager
def serving_at(url: str, data: Path, workers: int = 1, **settings: str) -> Iterator[int]:
    """It answers on that port in the block; what it prints is appended to a file under `data`.

    `settings` are named as in the environment, without their beginning.
    """
    port = free_port()
    command = [
        *(sys.executable, "-m", "incidents", "serve", "--database-url", url),
        *("--host", HOST, "--port", str(port), "--workers", str(workers)),
    ]
    variables = {f"{ENV_PREFIX}{name}": value for name, value in settings.items()}
    with serving(command, port, "/readyz", data / "incidents.log", **variables):
        yield port
