"""The files of ops/shell, run: they report to a real server, and spoil nothing of what they run."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from incidents.auth.key_table import KeyTable
from tests.command import SECONDS_MAX, Done
from tests.keys import bearer, make
from tests.served import Served

SHELL = Path(__file__).parents[1] / "ops" / "shell"

Run = Callable[..., Done]

by_curl = pytest.param(
    "curl",
    marks=pytest.mark.skipif(
        not (shutil.which("curl") and shutil.which("jq")), reason="needs curl and jq"
    ),
)


@pytest.fixture
async def keys(table: KeyTable) -> dict[str, str]:
    return {scope: await make(table, scope) for scope in ("report", "read")}


@pytest.fixture
def server(serve_here: Callable[..., Served], keys: dict[str, str]) -> Served:
    return serve_here()


@pytest.fixture(params=["incidents", by_curl])
def run(
    request: pytest.FixtureRequest, server: Served, keys: dict[str, str], tmp_path: Path
) -> Run:
    """Runs a command whose PATH has the files of ops/shell, with `incidents` or without."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    if request.param == "incidents":
        (bin_ / "incidents").symlink_to(Path(sys.executable).with_name("incidents"))
    sender = tmp_path / "sender.env"
    sender.write_text(
        f"INCIDENTS_URL=http://127.0.0.1:{server.port}\nINCIDENTS_KEY={keys['report']}\n"
    )

    def run_(*command: str, **environment: str) -> Done:
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            errors="surrogateescape",
            timeout=SECONDS_MAX,
            cwd=tmp_path,
            env={
                **os.environ,
                "PATH": f"{SHELL}:{bin_}:/usr/bin:/bin",
                "INCIDENTS_SENDER": str(sender),
                **environment,
            },
        )

    return run_


def wrong(server: Served) -> dict[str, str]:
    return {
        "INCIDENTS_SENDER": "/nowhere",
        "INCIDENTS_URL": f"http://127.0.0.1:{server.port}",
        "INCIDENTS_KEY": "incidents_key_0",
    }


def found(server: Served, keys: dict[str, str]) -> list[dict[str, object]]:
    reply = server.post("/find", b"{}", bearer(keys["read"]))
    assert reply.status == 200
    return [incident["body"] for incident in reply.json["incidents"]]


def test_whatever_stands_in_it_is_quoted(run: Run, server: Served, keys: dict[str, str]) -> None:
    text = """ "quoted" \\n $HOME `id` 'x' {"a": 1}\n\ttab \x01 é=:= """

    done = run("incidents-send", f"text={text}", "empty=", "n:=42", 'deep:={"a": [true]}', "e=:=1")

    assert done.returncode == 0, done.stderr
    assert found(server, keys) == [
        {"text": text, "empty": "", "n": 42, "deep": {"a": [True]}, "e": ":=1"}
    ]


def test_what_is_not_sent_fails(run: Run, server: Served, keys: dict[str, str]) -> None:
    assert run("incidents-send", "n:=no json").returncode != 0
    assert run("incidents-send", "n=1", "n").returncode == 2
    assert run("incidents-send", "n=1", **wrong(server)).returncode != 0
    assert found(server, keys) == []


def test_a_command_that_succeeds_is_as_without(
    run: Run, server: Served, keys: dict[str, str]
) -> None:
    done = run("incidents-run", "hello", "sh", "-c", "echo out; echo err >&2")

    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == ["err", "out"]
    assert found(server, keys) == []


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_command_that_fails_is_reported(
    run: Run, server: Served, keys: dict[str, str], shell: str
) -> None:
    script = "seq 5000; printf 'caf\\351 \\000 \"end\"'; exit 7"
    since = time.time()

    done = run(shell, str(SHELL / "incidents-run"), "nightly copy", "sh", "-c", script)

    assert (done.returncode, done.stderr) == (7, "")
    assert done.stdout.startswith("1\n2\n3\n")
    assert done.stdout.endswith('5000\ncaf\udce9 \x00 "end"')
    (body,) = found(server, keys)
    output = body.pop("output")
    assert isinstance(output, str)
    assert output.endswith('5000\ncaf\ufffd  "end"')
    assert 8000 < len(output) <= 8192
    assert isinstance(body["seconds"], int)
    assert 0 <= body.pop("seconds") <= time.time() - since + 1  # type: ignore[operator]
    assert str(body.pop("started_at")).endswith("Z")
    assert body == {
        "job": "nightly copy",
        "exit_code": 7,
        "command": f"sh -c {script}",
        "host": os.uname().nodename,
        "user": "root" if os.geteuid() == 0 else os.environ.get("USER", body["user"]),
    }


def test_a_command_that_is_missing_or_killed_is_reported(
    run: Run, server: Served, keys: dict[str, str]
) -> None:
    assert run("incidents-run", "missing", "/no/such/program").returncode == 127
    assert run("incidents-run", "killed", "sh", "-c", "kill -9 $$").returncode == 137
    assert run("timeout", "1", "incidents-run", "late", "sleep", "60").returncode == 124
    # `timeout` does not wait for more than its own child.
    deadline = time.monotonic() + SECONDS_MAX
    while len(found(server, keys)) < 3 and time.monotonic() < deadline:
        time.sleep(0.1)

    codes = {body["job"]: body["exit_code"] for body in found(server, keys)}
    assert codes == {"missing": 127, "killed": 137, "late": 143}


def test_a_report_that_cannot_be_sent_changes_nothing(
    run: Run, server: Served, keys: dict[str, str]
) -> None:
    done = run("incidents-run", "job", "false", **wrong(server))

    assert done.returncode == 1
    assert "job failed, and the report could not be sent" in done.stderr


def test_a_script_reports_where_it_failed(
    run: Run, server: Served, keys: dict[str, str], tmp_path: Path
) -> None:
    scripts = {
        "fine.sh": "false || true\nexit 0",
        "fails.sh": "f() {\n  ls /no/such/folder\n}\nfalse || true\nf",
        "exits.sh": "ls /no/such/folder || :\nexit 4",
    }
    for name, text in scripts.items():
        (tmp_path / name).write_text(
            f"set -eu -o pipefail\n. {SHELL / 'incidents-trap.sh'}\n{text}\n"
        )

    assert [run("bash", name).returncode for name in scripts] == [0, 2, 4]

    exits, fails = found(server, keys)
    assert (exits["script"], exits["exit_code"]) == ("exits.sh", 4)
    assert "line" not in exits
    assert (fails["script"], fails["exit_code"]) == ("fails.sh", 2)
    assert (fails["command"], fails["line"]) == ("ls /no/such/folder", 4)
