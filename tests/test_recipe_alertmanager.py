"""ops/alertmanager: a real Alertmanager, where one is installed, notifies a real server."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from incidents.auth.key_table import KeyTable
from tests.keys import bearer, make
from tests.ports import free_port
from tests.server import Server

CONFIGURATION = Path(__file__).parents[1] / "ops" / "alertmanager" / "alertmanager.yml"
PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
SECONDS_MAX = 90

needs_alertmanager = pytest.mark.skipif(
    PROGRAM is None, reason="needs Alertmanager: apt-get install prometheus-alertmanager"
)

DISK_FULL = {
    "labels": {"alertname": "DiskFull", "instance": "db1", "severity": "critical"},
    "annotations": {"summary": "Disk of db1 is full"},
}


@contextmanager
def alertmanager(tmp_path: Path, server_port: int, key: str) -> Iterator[str]:
    """The URL of an Alertmanager with the configuration of ops, that notifies as soon as it can."""
    (tmp_path / "key").write_text(key)
    text = CONFIGURATION.read_text()
    for old, new in {
        "https://incidents.example": f"http://127.0.0.1:{server_port}",
        "/etc/prometheus/incidents-key": str(tmp_path / "key"),
        "group_wait: 5s": "group_wait: 0s",
        "group_interval: 1m": "group_interval: 2s",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "alertmanager.yml").write_text(text)
    with running(tmp_path) as url:
        yield url


@contextmanager
def running(tmp_path: Path) -> Iterator[str]:
    """The URL of an Alertmanager with the configuration in that folder."""
    port = free_port()
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [
                str(PROGRAM),
                f"--config.file={tmp_path / 'alertmanager.yml'}",
                f"--storage.path={tmp_path / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--cluster.listen-address=",
            ],
            stdout=log,
            stderr=log,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            until(lambda: answers(f"{url}/-/ready"), tmp_path / "log")
            yield url
        finally:
            process.terminate()
            process.wait(SECONDS_MAX)


def answers(url: str, body: Any = None) -> bool:
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json"})
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=SECONDS_MAX) as response:
            return int(response.status) == 200
    except OSError:
        return False


def until(holds: Callable[[], object], log: Path) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


@needs_alertmanager
@pytest.mark.timeout(4 * SECONDS_MAX)
async def test_what_fires_and_what_is_resolved_is_found_also_when_the_server_came_later(
    start_server: Callable[..., Server], table: KeyTable, tmp_path: Path
) -> None:
    report, read = await make(table, "report"), await make(table, "read")
    server_port = free_port()

    def found(example: Any) -> list[Any]:
        reply = server.post("/find", json.dumps(example).encode(), bearer(read))
        return list(reply.json["incidents"])

    with alertmanager(tmp_path, server_port, report) as url:
        log = tmp_path / "log"
        alerts = f"{url}/api/v2/alerts"
        other = {"labels": {**DISK_FULL["labels"], "instance": "db2"}}
        assert answers(alerts, [DISK_FULL, other])
        until(lambda: "connection refused" in log.read_text(), log)
        server = start_server("--port", str(server_port))

        # It may have sent the first of them before it knew of the second.
        firing = [{"status": "firing", "labels": {"instance": each}} for each in ("db1", "db2")]
        example = {"alerts": firing}
        until(lambda: found(example), log)
        assert answers(alerts, [{**DISK_FULL, "endsAt": datetime.now(UTC).isoformat()}])
        resolved = {"alerts": [{"status": "resolved", "labels": {"instance": "db1"}}]}
        until(lambda: found(resolved), log)

        # A notification whose answer came too late on a busy machine is sent again.
        fired, ended = found(example)[-1], found(resolved)[-1]
        assert fired["headers"]["Authorization"] == "[redacted]"
        assert fired["headers"]["User-Agent"].startswith("Alertmanager/")
        assert fired["body"]["groupLabels"] == {"alertname": "DiskFull"}
        assert len(fired["body"]["alerts"]) == 2
        assert fired["body"]["truncatedAlerts"] == 0
        (now,) = [each for each in ended["body"]["alerts"] if each["status"] == "resolved"]
        (then,) = [each for each in fired["body"]["alerts"] if each["labels"] == now["labels"]]
        assert then["annotations"] == {"summary": "Disk of db1 is full"}
        assert (now["fingerprint"], now["startsAt"]) == (then["fingerprint"], then["startsAt"])
        assert now["endsAt"] > now["startsAt"]


@needs_alertmanager
def test_alertmanager_finds_no_fault_with_the_configuration() -> None:
    if (amtool := shutil.which("amtool")) is None:
        pytest.skip("needs amtool")
    done = subprocess.run(
        [amtool, "check-config", str(CONFIGURATION)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
