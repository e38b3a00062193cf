"""psql copies rows into the table: the fastest way in that PostgreSQL has.

https://www.postgresql.org/docs/current/sql-copy.html
"""

import re
import time
from pathlib import Path

from bench.failed import Failed
from bench.measurement import Measurement
from bench.process import Command, run
from incidents.embedded.programs import PROGRAMS

_SECONDS_MAX = 600
_COLUMNS = "id, received_at, hash, headers, body"
_DONE = re.compile(r"COPY (\d+)")


def insert(url: str, rows: Path) -> Measurement:
    """What one COPY of that file stored, in one transaction."""
    quoted = str(rows).replace("'", "''")
    command: Command = [
        *(PROGRAMS / "psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1"),
        *("--command", f"\\copy incidents ({_COLUMNS}) FROM '{quoted}'", url),
    ]
    begun = time.perf_counter()
    said = run(command, _SECONDS_MAX).stdout
    seconds = time.perf_counter() - begun
    found = _DONE.search(said)
    if found is None:
        raise Failed(f"psql copied nothing: {said}")
    return Measurement(int(found[1]), int(found[1]) / seconds)
