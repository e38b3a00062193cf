"""ops/zabbix: a real Zabbix server, where one is installed, runs the script of its media type."""

import gzip
import json
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import asyncpg
import pytest

from incidents.auth.key_table import KeyTable
from tests.keys import bearer, make
from tests.ports import free_port
from tests.served import Served

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "ops" / "zabbix" / "incidents.js"
PROGRAM = shutil.which("zabbix_server") or shutil.which("zabbix_server", path="/usr/sbin")
ITS_TABLES = Path("/usr/share/zabbix-server-pgsql")
SECONDS_MAX = 90

# Of the rows of a new Zabbix so many make it start: its templates take far longer to load.
_NEEDED = tuple(f"INSERT INTO {name} " for name in ("role", "users", "hstgrp", "usrgrp", "config"))
_SESSION = "0123456789abcdef" * 2
_MEDIA_TYPE = 1
_WEBHOOK = 4

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="needs Zabbix: apt-get install zabbix-server-pgsql"
)


async def load(database: str) -> None:
    """Makes it a database of Zabbix with this media type, and a session of its administrator."""
    schema = gzip.decompress((ITS_TABLES / "schema.sql.gz").read_bytes()).decode()
    with gzip.open(ITS_TABLES / "data.sql.gz", "rt") as lines:
        rows = "".join(line for line in lines if line.startswith(_NEEDED))
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(schema)
        await connection.execute(rows)
        await connection.execute(
            "INSERT INTO media_type (mediatypeid, type, name, script) VALUES ($1, $2, $3, $4)",
            *(_MEDIA_TYPE, _WEBHOOK, "incidents", SCRIPT.read_text()),
        )
        await connection.execute(
            "INSERT INTO sessions (sessionid, userid, lastaccess) VALUES ($1, 1, $2)",
            *(_SESSION, int(time.time())),
        )
    finally:
        await connection.close()


@contextmanager
def zabbix(folder: Path, database: str) -> Iterator[Callable[[dict[str, str]], Any]]:
    """A Zabbix server; what sends these parameters to the media type, as its test button does."""
    # Its sockets' names are long and have to fit into 107 bytes.
    with tempfile.TemporaryDirectory(prefix="zabbix-", dir="/tmp") as sockets:
        yield from _zabbix(folder, Path(sockets), database)


def _zabbix(
    folder: Path, sockets: Path, database: str
) -> Iterator[Callable[[dict[str, str]], Any]]:
    url, port = urlsplit(database), free_port()
    by_socket = dict(parse_qsl(url.query))
    settings = {
        "LogFile": folder / "log",
        "PidFile": folder / "pid",
        "SocketDir": sockets,
        "ListenIP": "127.0.0.1",
        "ListenPort": port,
        "DBHost": by_socket.get("host", url.hostname),
        "DBPort": by_socket.get("port", url.port),
        "DBUser": by_socket.get("user", url.username),
        "DBPassword": url.password,
        "DBName": url.path.lstrip("/"),
        "AllowRoot": 1,
        "AllowUnsupportedDBVersions": 1,
        "StartPollers": 1,
        "StartPreprocessors": 1,
        "StartTrappers": 1,
        "StartAlerters": 1,
    }
    configuration = folder / "zabbix.conf"
    configuration.write_text("".join(f"{k}={v}\n" for k, v in settings.items() if v is not None))
    process = subprocess.Popen([str(PROGRAM), "-f", "-c", str(configuration)])

    def send(parameters: dict[str, str]) -> Any:
        data = {"mediatypeid": str(_MEDIA_TYPE), "parameters": parameters}
        return ask(port, {"request": "alert.send", "sid": _SESSION, "data": data})

    try:
        deadline = time.monotonic() + SECONDS_MAX
        while not answers(port):
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        yield send
    finally:
        process.terminate()
        process.wait(SECONDS_MAX)


def answers(port: int) -> bool:
    try:
        return "response" in ask(
            port, {"request": "queue.get", "sid": _SESSION, "type": "overview"}
        )
    except OSError:
        return False


def ask(port: int, request: Any) -> Any:
    """Zabbix's protocol: a header with the length before JSON, both ways."""
    body = json.dumps(request).encode()
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX) as connection:
        connection.sendall(b"ZBXD\x01" + struct.pack("<Q", len(body)) + body)
        with connection.makefile("rb") as reply:
            head = reply.read(13)
            if len(head) < 13:
                raise ConnectionResetError
            return json.loads(reply.read())


async def test_a_problem_comes_as_json_whatever_its_macros_bring(
    serve_here: Callable[..., Served], table: KeyTable, empty_database: str, tmp_path: Path
) -> None:
    report, read = await make(table, "report"), await make(table, "read")
    server = serve_here()
    problem = {
        "event_id": "4711",
        "status": "PROBLEM",
        "severity": "High",
        "host": "db1",
        "message": 'First line\nC:\\Windows "quoted" €',
    }
    tags = [{"tag": "scope", "value": "capacity"}]
    parameters = {
        "incidents_url": f"http://127.0.0.1:{server.port}/problems?source=zabbix",
        "incidents_key": report,
        **problem,
        "tags": json.dumps(tags),
    }

    await load(empty_database)
    with zabbix(tmp_path, empty_database) as send:
        told = send(parameters)
        assert told["response"] == "success", told
        assert send({**parameters, "tags": "{EVENT.TAGSJSON}"})["response"] == "success"
        refused = send({**parameters, "incidents_key": "wrong"})

    assert refused["response"] == "failed"
    assert "incidents answered 401" in refused["info"]
    reply = server.post("/find", b'{"Incidents-Query": {"source": "zabbix"}}', bearer(read))
    bodies = [incident["body"] for incident in reply.json["incidents"]][::-1]
    assert bodies == [{**problem, "tags": tags}, {**problem, "tags": "{EVENT.TAGSJSON}"}]
    assert report not in json.dumps(reply.json)
