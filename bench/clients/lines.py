"""Many reports as files: NDJSON for the server, the same rows for COPY."""

import gzip
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random

from bench import report
from bench.clients import curl

_SEED = 3


@dataclass(frozen=True, slots=True)
class Lines:
    """`count` reports. `parts` holds them in several files, for as many requests at once."""

    count: int
    whole: Path
    packed: Path
    parts: tuple[Path, ...]
    rows: Path


def write(folder: Path, count: int, parts: int) -> Lines:
    """Makes the files in `folder`."""
    bodies = list(_bodies(count))
    lines = Lines(
        count=count,
        whole=folder / "lines.ndjson",
        packed=folder / "lines.ndjson.gz",
        parts=tuple(folder / f"lines.{number}.ndjson" for number in range(parts)),
        rows=folder / "rows",
    )
    for number, part in enumerate(lines.parts):
        part.write_text("".join(f"{body}\n" for body in bodies[number::parts]))
    lines.whole.write_text("".join(f"{body}\n" for body in bodies))
    with lines.whole.open("rb") as plain, gzip.open(lines.packed, "wb", compresslevel=6) as packed:
        shutil.copyfileobj(plain, packed)
    with lines.rows.open("w") as rows:
        headers = curl.stored_headers(lines.whole)
        rows.writelines(_row(id_, headers, body) for id_, body in enumerate(bodies, 1))
    return lines


def _bodies(count: int) -> Iterator[str]:
    random = Random(_SEED)  # noqa: S311 - nothing secret
    for _ in range(count):
        trace = f"{random.getrandbits(64):0{report.TRACE_CHARACTERS}x}"
        yield report.BODY_BEFORE + trace + report.BODY_AFTER


def _row(id_: int, headers: dict[str, str], body: str) -> str:
    """As PostgreSQL's COPY reads it; no text here has a character that it would escape."""
    whole = json.dumps({"1": headers, "2": json.loads(body)}, sort_keys=True)
    hash_ = sha256(whole.encode()).hexdigest()
    stored = json.dumps(headers, sort_keys=True)
    return f"{id_}\t{datetime.now(UTC).isoformat()}\t\\\\x{hash_}\t{stored}\t{body}\n"
