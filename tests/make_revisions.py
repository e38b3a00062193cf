"""python -m tests.make_revisions: writes tests/revisions/NNNN.sql, a database of each revision.

Each is made by the program as it was then: its server takes reports, and what PostgreSQL has is
dumped. Run it once for a new revision, named in COMMITS; it needs the repository's history.
"""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import click

from incidents.embedded import system_user
from incidents.embedded.postgresql import Embedded
from incidents.embedded.programs import PROGRAMS
from tests.ports import free_port
from tests.sql import at_database, run_sql

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).parent / "revisions"

# A late commit of each.
COMMITS = {
    "0001": "f68d1be^",
    "0002": "dd56ca1^",
    "0003": "fd579ff^",
    "0004": "03300cf^",
    "0005": "4964d81^",
    "0006": "f4ebb76^",
    "0007": "f4ebb76",
    "0008": "e62ec54",
    "0009": "ec99caf",
    "0010": "be17ff9",
    "0011": "d579284",
    "0012": "427a4e4",
    "0013": "3907212",
    "0014": "de86575",
    "0015": "d13fedd",
    "0016": "32d2862",
    "0017": "ced3b07",
    "0018": "4d36a6e",
    "0019": "7bd4aea",
    "0020": "e2443c6",
    "0021": "2d404f3",
    "0022": "577c21a",
    "0023": "5748f0a",
    "0024": "5e156fe",
    "0025": "19ec181",
    "0026": "f81ebff",
    "0027": "2a1acae",
}

# Of several partitions, and what is hard to keep: numbers, escapes, what jsonb cannot hold.
BODIES = [
    *(f'{{"service": "billing", "n": {n}, "odd": {json.dumps(n % 2 == 1)}}}' for n in range(25)),
    '{"b": 1,  "a": 1.50, "a": 2}',
    '["an array", {"service": "of an element"}]',
    '"a string, with \\u0000 and \\ud800"',
    '{"deep": [{"er": [null, 1e300, "é"]}]}',
    "7",
]
_PARTITION_IDS = "10"
_START_SECONDS_MAX = 60
# What another PostgreSQL may not know, or psql alone does.
_NOT_OF_THE_DATABASE = re.compile(
    r"^(SET |SELECT pg_catalog\.set_config|\\|--|$).*\n?", re.MULTILINE
)


@click.command()
@click.argument("revisions", nargs=-1)
def main(revisions: tuple[str, ...]) -> None:
    """Make the dumps of these revisions; of all where none is named."""
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)  # as root PostgreSQL runs as somebody else
        cluster = Embedded(Path(scratch) / "cluster", _START_SECONDS_MAX)
        cluster.start()
        try:
            for revision in revisions or COMMITS:
                code = Path(scratch) / revision
                _check_out(COMMITS[revision], code)
                run_sql(cluster.url, f"CREATE DATABASE at_{revision}")
                url = at_database(cluster.url, f"at_{revision}")
                _report_all(code / "src", url)
                (FOLDER / f"{revision}.sql").write_text(_dumped(url))
                click.echo(f"{revision} is made")
        finally:
            cluster.stop()


def _check_out(commit: str, folder: Path) -> None:
    command = ["git", "archive", commit, "src"]
    packed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")


def _report_all(source: Path, url: str) -> None:
    """Returns when the server of that source has stored every body, and has stopped."""
    port = free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": str(source),
        "INCIDENTS_PARTITION_IDS": _PARTITION_IDS,
    }
    serve = ["serve", "--database-url", url, "--port", str(port)]
    server = subprocess.Popen([sys.executable, "-m", "incidents", *serve], env=environment)
    try:
        for body in BODIES:
            _report(f"http://127.0.0.1:{port}/problems", body)
    finally:
        server.terminate()
        server.wait()


def _report(url: str, body: str) -> None:
    deadline = time.monotonic() + _START_SECONDS_MAX
    request = urllib.request.Request(url, body.encode(), {"Content-Type": "application/json"})
    while True:
        try:
            urllib.request.urlopen(request).close()
        except OSError as error:
            if isinstance(error, urllib.error.HTTPError) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _dumped(url: str) -> str:
    dump = [
        str(PROGRAMS / "pg_dump"),
        "--no-owner",
        "--no-privileges",
        "--inserts",
        f"--dbname={url}",
    ]
    done = subprocess.run(
        dump, check=True, capture_output=True, text=True, cwd="/", **system_user.of_process()
    )
    return _NOT_OF_THE_DATABASE.sub("", done.stdout)


if __name__ == "__main__":
    main()
