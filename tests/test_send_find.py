"""incidents send and incidents find, against a server."""

import json
import os
import pty
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from incidents.cli.parts.pairs import object_of
from incidents.cli.parts.pretty import pretty
from incidents.cli.parts.table import Table
from incidents.core.fields import parse_fields
from tests.command import SECONDS_MAX, incidents
from tests.ports import free_port
from tests.served import Served
from tests.server import Server

Start = Callable[..., Server]


@pytest.fixture
def server(serve_here: Callable[..., Served], monkeypatch: pytest.MonkeyPatch) -> Served:
    server = serve_here()
    monkeypatch.setenv("INCIDENTS_URL", f"http://127.0.0.1:{server.port}")
    return server


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A server that gives every request the same answer, and keeps what it was sent."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer_all() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(65536):
                        pass

        thread = threading.Thread(target=answer_all, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_what_was_sent_is_found(server: Served, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes(b'{"from":\n "file", "n": 1.00}')

    pairs = incidents("send", "from=pairs", "n:=2", "--header", "X-Host: db1")
    file = incidents("send", str(tmp_path / "report.json"))
    stdin = incidents("send", stdin='{"from": "stdin", "n": 3}')
    lines = incidents("send", "--lines", "-", stdin='{"n": 4}\n\n{"n": 5}\n')

    assert pairs.stdout.split("\t")[0] == "1"
    assert len(pairs.stdout.split("\t")[1].strip()) == 64
    assert [done.returncode for done in (pairs, file, stdin, lines)] == [0, 0, 0, 0]
    assert lines.stdout.count("\n") == 2

    everything = incidents("find")
    one = incidents("find", "from=pairs")
    by_header = incidents("find", "X-Host=db1")
    by_hash = incidents("find", "--hash", pairs.stdout.split("\t")[1].strip())
    by_id = incidents("find", "--id", "2")
    by_json = incidents("find", '{"n": 1}', "--since", "1h")
    by_line = incidents("find", "n>=2 -from=stdin", "NOT", "n:=4 n<5")

    assert [json.loads(line)["id"] for line in everything.stdout.splitlines()] == [5, 4, 3, 2, 1]
    assert one.stdout == by_header.stdout == by_hash.stdout
    assert '"body": {"from": "pairs", "n": 2}' in one.stdout
    assert '{"from":  "file", "n": 1.00}' in by_json.stdout
    assert by_line.stdout == one.stdout
    assert json.loads(by_id.stdout)["id"] == 2
    assert (everything.returncode, by_id.returncode) == (0, 0)


def test_exit_codes_tell_what_there_is_from_what_was_wrong(server: Served) -> None:
    nothing = incidents("find", "no=such")
    no_id = incidents("find", "--id", "99")
    bad_since = incidents("find", "--since", "yesterday")
    bad_hash = incidents("find", "--hash", "xyz")
    bad_json = incidents("find", "{nonsense")
    two = incidents("find", "a=1", "--id", "1")
    bad_report = incidents("send", stdin="{nonsense")
    bad_pair = incidents("send", "n:=nonsense")
    mixed = incidents("send", "a=1", "file.json")
    no_file = incidents("send", "/nowhere")
    bad_header = incidents("send", "a=1", "--header", "nonsense")

    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (1, "", "no matches\n")
    assert no_id.returncode == 1
    wrong = [bad_since, bad_hash, bad_json, two, bad_report, bad_pair, mixed, bad_header, no_file]
    assert [done.returncode for done in wrong] == [2] * len(wrong)
    assert "the server answered 400: since" in bad_since.stderr
    assert "/nowhere cannot be read: No such file" in no_file.stderr


def test_a_server_that_is_away_is_another_exit_code() -> None:
    away = {"INCIDENTS_URL": "http://127.0.0.1:1", "INCIDENTS_CLIENT_RETRY_SECONDS": "0"}

    for done in (incidents("find", **away), incidents("send", "a=1", **away)):
        assert done.returncode == 3
        assert "cannot be reached" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert incidents("find", INCIDENTS_URL="ftp://x").returncode == 1


def test_a_busy_server_is_asked_again() -> None:
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with answering(busy) as url:
        flags = {"INCIDENTS_URL": url, "INCIDENTS_CLIENT_RETRY_SECONDS": "0.5"}
        given_up = incidents("send", "a=1", **flags)

    assert given_up.returncode == 3
    assert "503" in given_up.stderr


def test_a_report_waits_for_a_server_that_starts(start_server: Start, database: str) -> None:
    port = free_port()
    sending = subprocess.Popen(
        [sys.executable, "-m", "incidents", "send", "a=1"],
        env={**os.environ, "INCIDENTS_URL": f"http://127.0.0.1:{port}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    server = start_server("--port", str(port))

    said, _ = sending.communicate(timeout=SECONDS_MAX)

    assert sending.returncode == 0
    assert said.startswith("1\t")
    assert server.find({}) == [{"a": "1"}]


@pytest.mark.parametrize(
    "answer",
    [
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"id": 1}\r\n',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n99\r\n{"id": 1}',
        b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"id": 1}\n',
    ],
)
def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(answer: bytes) -> None:
    with answering(answer) as url:
        done = incidents("find", INCIDENTS_URL=url)

    assert done.returncode == 3
    assert "is incomplete" in done.stderr


def test_nobody_is_followed_to_another_place() -> None:
    moved = b"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with answering(moved) as url:
        done = incidents("send", "a=1", INCIDENTS_URL=url)

    assert done.returncode == 2
    assert "307" in done.stderr


def test_the_key_is_sent_and_not_shown(server: Served) -> None:
    assert incidents("send", "a=1", INCIDENTS_KEY="s3cret").returncode == 0
    [line] = incidents("find", 'Authorization="[redacted]"').stdout.splitlines()
    broken = incidents("find", INCIDENTS_KEY="s3cret\n")

    assert "s3cret" not in line
    assert broken.returncode == 1
    assert "s3cret" not in broken.stderr
    assert "--key" not in incidents("send", "--help").stdout


def test_a_limit_is_held_over_pages_and_a_terminal_gets_a_table(server: Served) -> None:
    for number in range(5):
        server.report(
            {"level": "error", "service": "s" * 20, "text": f"{number}\x1b[31mred\x9b" * 50}
        )

    limited = incidents("find", "--limit", "3")
    ours, theirs = pty.openpty()
    shown = subprocess.Popen(
        [sys.executable, "-m", "incidents", "find"],
        stdout=theirs,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"},
    )
    assert shown.wait(SECONDS_MAX) == 0
    os.close(theirs)
    table = os.read(ours, 65536).decode().splitlines()
    os.close(ours)

    assert [json.loads(line)["id"] for line in limited.stdout.splitlines()] == [5, 4, 3]
    assert table[0].split() == ["ID", "RECEIVED,", "UTC", "LEVEL", "SERVICE", "MESSAGE"]
    assert [line.split()[0] for line in table[1:]] == ["5", "4", "3", "2", "1"]
    assert all(len(line) == 80 and line.endswith("…") for line in table[1:])
    assert incidents("find", "--format", "table", "--limit", "1").stdout.count("\n") == 2


def test_a_row_holds_nothing_that_a_terminal_would_obey(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    table = Table(parse_fields("received,level,message"))

    def row(body: str) -> str:
        line = (
            f'{{"id": 1, "hash": "{"ab" * 32}", "received_at": "2026-11-23T03:46:00.123456Z", '
            f'"body": {json.dumps(body, ensure_ascii=False)}, "headers": {{}}}}'
        )
        return click.unstyle(table.row(line))

    assert "\x9b" not in row("\x9b31m\u202e")
    assert row("漢" * 100).count("漢") == 26


def test_columns_are_fields_of_the_incident_and_csv_has_no_formulas(server: Server) -> None:
    body = {"a": {"b": 1.5}, "a.b": -2, "list": [{"x": 1}, {"x": "="}], "said": "=1+1", "level": 3}
    server.report(body)
    columns = "id,level,body.level,a.b,list.x,said,host,nothing"

    csv = incidents("find", "--columns", columns)
    wrong = incidents("find", "--columns", "a,,b")
    refused = incidents("find", "--format", "ndjson", "--columns", "a")

    host = f"127.0.0.1:{server.port}"
    assert csv.stdout.splitlines() == [
        columns,
        f"""1,error,3,"[1.5, -2]","[1, ""=""]",'=1+1,{host},""",
    ]
    assert [done.returncode for done in (wrong, refused)] == [2, 2]
    assert "a name is missing, or not whole, behind 'a,'" in wrong.stderr


def test_one_incident_on_a_terminal_is_shown_whole(server: Server) -> None:
    sent = '{"n": 1.50, "n": 12345678901234567890, "a": [], "b": {"c": ["x: {y}", null]}}'
    server.post("/problems", sent.encode())
    [line] = incidents("find", "--id", "1").stdout.splitlines()

    shown = click.unstyle(pretty(line))

    assert "".join(shown.split()) == "".join(line.split())
    assert '    "n": 1.50,\n    "n": 12345678901234567890,\n    "a": [],\n' in shown


def test_a_command_that_is_misspelt_is_named() -> None:
    done = incidents("fnd")
    assert done.returncode == 2
    assert "No such command 'fnd'. Did you mean find?" in done.stderr
    assert "Did you mean create?" in incidents("keys", "crate").stderr


def test_pairs_are_kept_as_they_were_typed() -> None:
    assert object_of(["a=b=c", "n:=1.00", 'é="', "x:=[1, 2]"]) == (
        '{"a": "b=c", "n": 1.00, "\\u00e9": "\\"", "x": [1, 2]}'
    )
    assert object_of([]) == "{}"


def test_a_report_of_bytes_that_are_no_text_is_a_report(server: Served) -> None:
    done = incidents("send", "output=caf\udce9 \udcff", "é=ü")

    assert (done.returncode, done.stderr) == (0, "")
    assert server.find({}) == [{"output": "caf\ufffd \ufffd", "é": "ü"}]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion(shell: str) -> None:
    script = incidents("completion", shell)
    offered = incidents(
        _INCIDENTS_COMPLETE=f"{shell}_complete",
        COMP_WORDS="incidents ver",
        COMP_CWORD="ver" if shell == "fish" else "1",
    )

    assert script.returncode == 0
    assert "_INCIDENTS_COMPLETE" in script.stdout
    assert "verify" in offered.stdout


def test_every_command_has_examples_in_its_help() -> None:
    for command in ("send", "find", "export", "import", "status", "verify", "backup", "restore"):
        assert "Examples:" in incidents(command, "--help").stdout
