"""What someone on call asks, on the page and in a terminal.

Alertmanager, Grafana, an access log, Sentry and OpenTelemetry reported for three days, and were
imported in no order: ids and times say nothing of each other.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.async_api import Browser, expect

from incidents.cli import incidents as main
from incidents.support.settings import Settings
from tests import conftest
from tests.command import incidents
from tests.served import Served
from tests.server import Client
from tests.visit import Visit, report

pytestmark = pytest.mark.jobs

Reported = Callable[[Client], None]
on_the_page = pytest.mark.asyncio(loop_scope="session")

TRACE = "5b8efff798038103d269b633813fc60c"
DAYS = tuple(datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(days=n) for n in range(3))


def alert(status: str, instance: str, severity: str, name: str = "DiskFull") -> Any:
    labels = {"alertname": name, "instance": instance, "severity": severity}
    return {
        "receiver": "incidents",
        "status": status,
        "alerts": [{"status": status, "labels": labels, "annotations": {"summary": "It is full"}}],
        "groupLabels": {"alertname": name},
        "groupKey": f'{{}}/{{}}:{{alertname="{name}"}}',
        "version": "4",
    }


def access(path: str, status: int, seconds: float, host: str, **more: object) -> Any:
    line = {"method": "GET", "path": path, "status": status, "seconds": seconds, "host": host}
    return {"service": "shop", **line, **more}


def posted(body: Any, path: str = "/problems", **headers: str) -> Reported:
    def send(server: Client) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        assert server.post(path, json.dumps(body).encode(), named).status in (200, 201)

    return send


def sentry(server: Client) -> None:
    trace = {"type": "ConnectionError", "value": "[Errno 104] Connection reset by peer"}
    event = {"level": "error", "exception": {"values": [trace]}, "release": "shop@2.3"}
    envelope = f'{{}}\n{{"type":"event"}}\n{json.dumps(event)}\n'
    assert server.request("POST", "/api/1/envelope/", envelope.encode()).status == 200


def log_record(text: str, trace_id: str = "") -> Any:
    record = {"severityText": "ERROR", "body": {"stringValue": text}, "traceId": trace_id}
    name = {"key": "service.name", "value": {"stringValue": "payment"}}
    logs = {"resource": {"attributes": [name]}, "scopeLogs": [{"logRecords": [record]}]}
    return {"resourceLogs": [logs]}


# The first one is incident 1, the next one 2.
REPORTED: tuple[Reported, ...] = (
    posted(alert("firing", "db1:9100", "critical"), User_Agent="Alertmanager/0.28.1"),
    posted(alert("firing", "db1:9187", "warning"), User_Agent="Alertmanager/0.28.1"),
    posted(alert("firing", "db12:9100", "page"), User_Agent="Alertmanager/0.28.1"),
    posted(alert("resolved", "db1:9100", "critical"), User_Agent="Alertmanager/0.28.1"),
    posted({**alert("firing", "web1", "page", "HighCPU"), "orgId": 1}, User_Agent="Grafana"),
    posted(access("/cart", 502, 3.1, "web1", trace=TRACE)),
    posted(access("/cart", 500, 0.2, "web2")),
    posted(access("/", 200, 4.0, "web2"), Traceparent=f"00-{TRACE}-eee19b7ec3c1b174-01"),
    posted({"service": "healthcheck", "message": "still here", "host": "web1"}),
    sentry,
    posted(log_record("read failed: Connection reset by peer"), "/v1/logs"),
    posted(log_record("division by zero", TRACE), "/v1/logs"),
)

# What is asked, how, and the incidents that are the answer.
QUESTIONS: dict[str, tuple[str, set[int]]] = {
    "instance db1, any port": ('alerts.labels.instance:"db1:"', {1, 2, 4}),
    "severity critical or page": (
        "alerts.labels.severity=critical OR alerts.labels.severity=page",
        {1, 3, 4, 5},
    ),
    "status >= 500 and slower than 2 s": ("status>=500 seconds>2", {6}),
    "connection reset somewhere in a trace": ('"connection reset"', {10, 11}),
    "this trace id, whichever field or header": (TRACE, {6, 8, 12}),
    "not resolved": ("groupKey:* status!=resolved", {1, 2, 3, 5}),
    "all but this noisy service": ("service!=healthcheck", set(range(1, 13)) - {9}),
    "on the second day": (f"received>={DAYS[1]:%F} received<{DAYS[2]:%F}", {2, 5, 8, 11}),
    "errors of the release of today": ("level=error release=shop@2.3", {10}),
    "the shop without its start page": ('service=shop -path="/"', {6, 7}),
}


@pytest.fixture(scope="module")
def server(cluster: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One that has all of it, imported."""
    database = contextmanager(conftest.cloned)
    file = tmp_path_factory.mktemp("export") / "all.ndjson"
    with database(cluster) as first, Served(Settings(), first) as source:
        for send in REPORTED:
            send(source)
        exported = source.request("GET", "/find?q=", headers={"Accept": "application/x-ndjson"})
    _write(file, exported.body.decode().splitlines())
    with database(cluster) as second:
        done = incidents("import", "--database-url", second, str(file))
        assert done.stdout == f"12 incidents of {file} are stored, none left out\n", done.stderr
        with Served(Settings(), second) as served:
            yield served


def _write(file: Path, lines: list[str]) -> None:
    """The lines in no order, each of the day that its id leads to."""
    Random(7).shuffle(lines)
    with file.open("w") as opened:
        for line in lines:
            incident = json.loads(line)
            time = f"{DAYS[(incident['id'] - 1) % 3]:%Y-%m-%dT%H:%M:%S.000000Z}"
            opened.write(re.sub(r'"received_at": "[^"]*"', f'"received_at": "{time}"', line) + "\n")


def in_terminal(server: Client, *arguments: str) -> str:
    """What the command prints there."""
    address = f"http://127.0.0.1:{server.port}"
    done = CliRunner().invoke(main, [*arguments, "--url", address], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("question", QUESTIONS)
def test_in_a_terminal(server: Served, question: str) -> None:
    line, ids = QUESTIONS[question]

    found = in_terminal(server, "find", line, "--format", "ndjson").splitlines()

    assert [json.loads(each)["id"] for each in found] == sorted(ids, reverse=True)


@on_the_page
async def test_on_the_page(server: Served, browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    visit = Visit(page, server)
    await visit.go()
    for line, ids in QUESTIONS.values():
        await visit.ask(line)
        await expect(page.locator("#count")).to_have_text(
            "1 incident" if len(ids) == 1 else f"{len(ids)} incidents"
        )
        await expect(visit.lines).to_have_count(len(ids))
    assert visit.wrong == []


def test_which_alerts_hosts_and_fields_there_are_in_a_terminal(server: Served) -> None:
    def asked(*arguments: str) -> list[Any]:
        return [json.loads(line) for line in in_terminal(server, *arguments).splitlines()]

    alerts = asked("values", "groupLabels.alertname", "status=firing")
    assert [(each["value"], each["count"]) for each in alerts] == [("DiskFull", 3), ("HighCPU", 1)]

    hosts = asked("values", "body.host", "service=shop")
    assert {each["value"]: each["count"] for each in hosts} == {"web1": 1, "web2": 2}

    fields = {each["field"]: each["types"] for each in asked("fields")}
    assert fields["service"] == ["string"]
    assert {"status", "seconds", "alerts.labels.instance"} < fields.keys()


def test_values_are_a_table_for_people(server: Served) -> None:
    shown = in_terminal(server, "values", "groupLabels.alertname", "--format", "table")

    assert [line.split() for line in shown.splitlines()] == [
        ["COUNT", "SHARE", "VALUE"],
        ["4", "33%", "DiskFull"],
        ["1", "8%", "HighCPU"],
    ]


@on_the_page
async def test_which_alerts_hosts_and_fields_there_are_on_the_page(
    server: Served, browser: Browser
) -> None:
    page = await browser.new_page(viewport={"width": 1400, "height": 900})
    visit = Visit(page, server)
    column = page.locator("#fields")
    await visit.go("/?q=status%3Dfiring")
    await column.locator("summary", has_text="groupLabels.alertname").click()
    await expect(column.get_by_role("button", name="DiskFull, 3. Ask for it")).to_be_visible()

    await visit.ask("")
    await column.locator("summary", has_text="body.host").click()
    for host, count in (("web1", 2), ("web2", 2)):
        button = column.get_by_role("button", name=f"body.host: {host}, {count}. Ask for it")
        await expect(button).to_be_visible()
    for field in ("service", "status", "seconds", "severity_text"):
        await expect(column.locator("summary", has_text=re.compile(f"^{field}"))).to_be_visible()
    assert visit.wrong == []


@on_the_page
async def test_all_but_the_noisy_service_live(visit: Visit) -> None:
    page = visit.page
    report(visit.server, {"service": "healthcheck", "message": "noise"})
    await visit.go("/?show=incidents&q=service!%3Dhealthcheck")
    async with page.expect_response("**/tail?*"):
        await page.get_by_role("switch", name="Live").click()

    report(
        visit.server, {"service": "healthcheck", "message": "noise"}, {"message": "what matters"}
    )

    await expect(page.locator("#results .message")).to_have_text(["what matters"])
