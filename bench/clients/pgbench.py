"""pgbench inserts reports, one a transaction.

https://www.postgresql.org/docs/current/pgbench.html
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from bench import report
from bench.failed import Failed
from bench.measurement import Measurement
from bench.process import Command, run
from incidents.embedded.programs import PROGRAMS

# The row that a POST makes: a hash of 32 bytes, the same headers, a body of the same length.
# "::" is none of pgbench's variables, nor is a colon with a digit or a quote behind it.
_TRANSACTION = """\
\\set trace random(1{zeros}, 9{nines})
INSERT INTO incidents (id, received_at, hash, headers, body) VALUES ( \
nextval('incidents_id_seq'), now(), sha256(int8send(:trace)), '{headers}', \
('{before}' || :trace::text || '{after}')::json);
"""

_SPARE_SECONDS = 30


def insert(
    url: str, scratch: Path, connections: int, seconds: int, per_second: float | None = None
) -> Measurement:
    """What `connections` clients got that each insert the next row when one is committed.

    With `per_second` they insert so many together, at random times, or as many as are
    committed. `scratch` is a folder for its log of every transaction.
    """
    pace = () if per_second is None else (f"--rate={per_second:.0f}",)
    with TemporaryDirectory(dir=scratch) as folder:
        script, log = Path(folder, "insert.sql"), Path(folder, "log")
        script.write_text(_transaction())
        command: Command = [
            *(PROGRAMS / "pgbench", "--no-vacuum", "--protocol=prepared", "--jobs=1"),
            *(f"--client={connections}", f"--time={seconds}", f"--file={script}", *pace),
            *("--log", f"--log-prefix={log}", url),
        ]
        run(command, seconds + _SPARE_SECONDS)
        return _read("".join(file.read_text() for file in Path(folder).glob("log.*")))


def _transaction() -> str:
    digits = report.TRACE_CHARACTERS - 1
    return _TRANSACTION.format(
        zeros="0" * digits,
        nines="9" * digits,
        headers=report.stored_headers(),
        before=report.BODY_BEFORE,
        after=report.BODY_AFTER,
    )


def _read(log: str) -> Measurement:
    """A line is: client, transaction, microseconds, script, end (seconds, microseconds).

    With --rate, one more: how late it began, which is in its microseconds. wrk does not count
    that either.
    """
    lines = [list(map(int, line.split())) for line in log.splitlines()]
    if not lines:
        raise Failed("pgbench logged no transaction")
    ends = [line[4] * 1_000_000 + line[5] for line in lines]
    took = [line[2] - sum(line[6:]) for line in lines]
    # From the first begin to the last end: opening the connections is not part of it.
    begin = min(end - each for end, each in zip(ends, took, strict=True))
    took.sort()
    return Measurement(
        stored=len(lines),
        per_second=len(lines) / ((max(ends) - begin) / 1e6),
        p50_ms=took[len(took) * 50 // 100] / 1e3,
        p99_ms=took[len(took) * 99 // 100] / 1e3,
    )
