"""wrk posts reports, as fast as they are answered (https://github.com/wg/wrk)."""

import json
import shutil
from collections import Counter
from pathlib import Path

from bench import report
from bench.failed import Failed
from bench.measurement import Measurement
from bench.process import HOST, Command, run

_SCRIPT = Path(__file__).with_name("post.lua")
_ANSWER_SECONDS_MAX = 10
_SPARE_SECONDS = 30


def require() -> None:
    """Raises Failed where there is no wrk."""
    if shutil.which("wrk") is None:
        raise Failed(
            "wrk is missing: install it from your distribution's packages "
            "(apt-get install wrk, brew install wrk)"
        )


def post(
    port: int,
    connections: int,
    seconds: int,
    per_second: float | None = None,
    *,
    traced: bool = False,
) -> Measurement:
    """What `connections` clients got that each post the next report when one is answered.

    With `per_second` they post so many together, at random times, or as many as are answered;
    `traced`: each with a header that no other one has.
    An answer with a status of 400 or more, a broken connection and an answer that took
    longer than 10 s are errors. The requests in flight at the end are cut off, uncounted.
    """
    headers = report.HEADERS | (report.TRACED if traced else {})
    command: Command = [
        *("wrk", "--threads=1", f"--connections={connections}", f"--duration={seconds}s"),
        *("--latency", f"--timeout={_ANSWER_SECONDS_MAX}s", f"--script={_SCRIPT}"),
        *(f"--header={name}: {value}" for name, value in headers.items()),
        f"http://{HOST}:{port}/problems",
        *("--", report.BODY_BEFORE, report.BODY_AFTER, str(per_second or 0)),
    ]
    return _read(run(command, seconds + _SPARE_SECONDS).stderr)


def _read(summary: str) -> Measurement:
    figures = json.loads(summary)
    stored = figures["requests"] - figures["errors"]["status"]
    return Measurement(
        stored=stored,
        per_second=stored / (figures["duration_us"] / 1e6),
        p50_ms=figures["p50_us"] / 1e3,
        p99_ms=figures["p99_us"] / 1e3,
        max_ms=figures["max_us"] / 1e3,
        errors=+Counter(figures["errors"]),
    )
