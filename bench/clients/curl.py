"""curl posts many reports in one request, and reads the reply while it sends (https://curl.se)."""

import gzip
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import report
from bench.failed import Failed
from bench.measurement import Measurement
from bench.process import HOST, Command, run

_SECONDS_MAX = 600
_HEADERS = report.HEADERS | {"Content-Type": "application/x-ndjson"}
_STORED = b'{"hash": "'


def require() -> None:
    """Raises Failed where there is no curl."""
    if shutil.which("curl") is None:
        raise Failed("curl is missing: install it from your distribution's packages")


def stored_headers(file: Path) -> dict[str, str]:
    """What an incident of the request with that file has as its headers."""
    return {**_HEADERS, "Host": f"{HOST}:40000", "Content-Length": str(file.stat().st_size)}


def post(port: int, files: Sequence[Path]) -> Measurement:
    """What was stored of the lines in the files; each is a request, all of them go at once.

    A file whose name ends in .gz is sent as it is, and said to be packed. A line that is
    answered otherwise is an error. The replies lie beside the files: `reply_to`.
    """
    begun = time.perf_counter()
    with ThreadPoolExecutor(len(files)) as threads:
        list(threads.map(lambda file: run(_command(port, file), _SECONDS_MAX), files))
    seconds = time.perf_counter() - begun
    stored = refused = 0
    for file in files:
        with reply_to(file).open("rb") as reply:
            right = [line.startswith(_STORED) for line in reply]
        stored += sum(right)
        refused += len(right) - sum(right)
    return Measurement(stored, stored / seconds, errors=+Counter(line=refused))


def sent_in(file: Path) -> list[str]:
    """The lines of a request with that file."""
    raw = file.read_bytes()
    return (gzip.decompress(raw) if _packed(file) else raw).decode().splitlines()


def reply_to(file: Path) -> Path:
    """Where the reply to the request with that file lies."""
    return file.with_name(f"{file.name}.reply")


def _command(port: int, file: Path) -> Command:
    headers = _HEADERS | ({"Content-Encoding": "gzip"} if _packed(file) else {})
    return [
        *("curl", "--silent", "--show-error", "--fail", "--request", "POST"),
        *("--upload-file", file, "--output", reply_to(file)),
        *(part for name, value in headers.items() for part in ("--header", f"{name}: {value}")),
        *("--header", "Expect:"),  # it would wait for a 100 first
        f"http://{HOST}:{port}/problems",
    ]


def _packed(file: Path) -> bool:
    return file.suffix == ".gz"
