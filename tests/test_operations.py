"""The commands of docs/how-to/operations.md do what the page says, from its top to its bottom."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from incidents.embedded.programs import PROGRAMS
from tests.conftest import PREFIX, at_database, run_sql
from tests.ports import free_port
from tests.test_original import ROWS, original

pytestmark = pytest.mark.slow

# As the page calls it, somebody may have one on the server.
RESTORED = f"{PREFIX}_restored"

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "operations.md"

# A block of commands, and what they print when a block of text stands right behind it.
BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)

STOP = "trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT"


def blocks() -> list[tuple[str, str | None]]:
    return [(found[1], found[2]) for found in BLOCK.finditer(PAGE.read_text())]


@pytest.fixture
def environment(database: str, empty_database: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """What the page takes as given: the program, a port, a server of one's own, the original."""
    original(empty_database, *ROWS[:2])
    port = free_port()
    yield {
        **os.environ,
        "PATH": os.pathsep.join(
            [str(Path(sys.executable).parent), str(PROGRAMS), os.environ["PATH"]]
        ),
        "HOME": str(tmp_path),
        "INCIDENTS_DATA": str(tmp_path / "data"),
        "INCIDENTS_PORT": str(port),
        "INCIDENTS_URL": f"http://127.0.0.1:{port}",
        "OWN_DATABASE_URL": database,
        "ORIGINAL_DATABASE_URL": empty_database,
        "RESTORED_DATABASE_URL": at_database(database, RESTORED),
    }
    run_sql(database, f"DROP DATABASE IF EXISTS {RESTORED} WITH (FORCE)")


def pattern(text: str) -> str:
    """What matches the text, with anything where it has an ellipsis."""
    return ".*".join(map(re.escape, text.split("…")))


def test_the_page_has_commands_and_what_they_print() -> None:
    assert len(blocks()) > 5
    assert [commands for commands, printed in blocks() if printed is not None]


@pytest.mark.timeout(900)
def test_every_command_does_what_the_page_says(environment: dict[str, str], tmp_path: Path) -> None:
    script = ["set -eu -o pipefail", STOP]
    for number, (commands, _) in enumerate(blocks()):
        # The server's own output goes to a file, not into a block's.
        started = commands.replace("incidents serve &", "incidents serve > serve.log 2>&1 &")
        local = started.replace("127.0.0.1:8000", f"127.0.0.1:{environment['INCIDENTS_PORT']}")
        own = local.replace("--template=template0 restored", f"--template=template0 {RESTORED}")
        script.append(f"exec > {number}.out\n{own}")
    (tmp_path / "page.sh").write_text("\n".join(script))

    done = subprocess.run(
        ["bash", "page.sh"],
        check=False,
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=850,
    )

    assert done.returncode == 0, done.stderr
    for number, (commands, printed) in enumerate(blocks()):
        if printed is not None:
            said = (tmp_path / f"{number}.out").read_text()
            assert re.fullmatch(pattern(printed), said, re.DOTALL), f"{commands}\n{said}"
