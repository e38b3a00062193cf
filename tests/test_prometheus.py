"""A real Prometheus: it reads /metrics, knows the rules, and can draw the dashboard."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml

from incidents.auth.key_table import KeyTable
from incidents.support.metrics.kinds import METRICS
from tests.keys import make
from tests.ports import free_port
from tests.server import Server

OPS = Path(__file__).parents[1] / "ops"
RULES = OPS / "prometheus" / "alerts.yml"
DASHBOARD = OPS / "grafana" / "incidents.json"
PAGE = OPS.parent / "docs" / "reference" / "metrics.md"

_SECONDS_MAX = 60


def program(name: str) -> str:
    """Where it is; the test is skipped where there is none, but never in CI."""
    found = shutil.which(name)
    if found is None:
        said = f"there is no {name} here: install your distribution's (apt-get install prometheus)"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    return found


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def drawn() -> list[str]:
    """The expressions of the dashboard, for all servers."""
    dashboard = json.loads(DASHBOARD.read_text())
    return [
        target["expr"].replace("$instance", ".*").replace("$__rate_interval", "1m")
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    ]


SUFFIXES = ("", "_bucket", "_sum", "_count")
KNOWN = {f"{metric.name}{suffix}" for metric in METRICS for suffix in SUFFIXES}


def named(expression: str) -> set[str]:
    """The metrics in it that are ours."""
    return set(re.findall(r"\bincidents_\w+", expression))


def test_rules_and_dashboard_name_only_metrics_that_there_are() -> None:
    expressions = [*drawn(), *(rule["expr"] for rule in alerts())]
    assert len(expressions) > 40
    for expression in expressions:
        assert named(expression) <= KNOWN, expression


def test_every_metric_is_drawn() -> None:
    words = set().union(*map(named, drawn()))
    for metric in METRICS:
        assert words & {f"{metric.name}{suffix}" for suffix in SUFFIXES}, metric.name


def test_every_alert_says_what_it_means_and_the_page_what_to_do() -> None:
    page = PAGE.read_text()
    for rule in alerts():
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert set(rule["annotations"]) == {"summary", "description"}
        assert f"`{rule['alert']}`" in page


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    ids = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        at = panel["gridPos"]
        places = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not places & taken, panel["title"]
        assert max(x for x, _ in places) < 24
        taken |= places
        ids.add(panel["id"])
    assert len(ids) == len(json.loads(DASHBOARD.read_text())["panels"])


# What makes each alert fire: series, as promtool's tests write them, one number a minute.
_GROWS = "0+0x10 1+1x60"
_FULL = "9x70"
FIRES: dict[str, dict[str, str]] = {
    "IncidentsDown": {"up": "0x70"},
    "IncidentsReportsFailed": {'incidents_reports_failed_total{reason="refused"}': _GROWS},
    "IncidentsLimitExceeded": {'incidents_limit_exceeded_total{kind="reports"}': _GROWS},
    "IncidentsReportsRefused": {
        'incidents_http_requests_total{route="/problems",method="POST",status="401"}': _GROWS
    },
    "IncidentsLimitNear": {
        'incidents_in_flight{kind="reports"}': _FULL,
        'incidents_in_flight_limit{kind="reports"}': "10x70",
    },
    "IncidentsMemoryLimitNear": {
        'incidents_in_flight_bytes{kind="reports"}': _FULL,
        'incidents_in_flight_limit_bytes{kind="reports"}': "10x70",
    },
    "IncidentsPostgreSQLUnavailable": {
        'incidents_database_wait_seconds_count{kind="reports"}': _GROWS
    },
    "IncidentsCommitsSlow": {
        'incidents_commit_duration_seconds_bucket{queue="single",le="1.0"}': "0x70",
        'incidents_commit_duration_seconds_bucket{queue="single",le="2.5"}': _GROWS,
        'incidents_commit_duration_seconds_bucket{queue="single",le="+Inf"}': _GROWS,
    },
    "IncidentsInDoubt": {"incidents_in_doubt_reports": "3x70"},
    "IncidentsLogErrors": {'incidents_log_messages_total{level="error"}': _GROWS},
    "IncidentsWorkersRestart": {"incidents_worker_starts_total": _GROWS},
    "IncidentsRetentionFails": {"incidents_retention_failures_total": _GROWS},
    "IncidentsRetentionStopped": {'incidents_retention_halted{state="stopped"}': "1x70"},
    "IncidentsTailSkips": {"incidents_tail_skipped_total": _GROWS},
    "IncidentsNotificationsLate": {"incidents_notifications_oldest_seconds": "700x70"},
    "IncidentsNotificationsDead": {'incidents_notifications_dead_total{reason="expired"}': _GROWS},
    "IncidentsFindsSlow": {"incidents_slow_finds_total": _GROWS},
}
_WELL = {"up": "1x70"}


def series(written: dict[str, str], job: str = "incidents") -> list[dict[str, str]]:
    """For promtool: each with the labels that Prometheus adds."""
    labels = f'job="{job}",instance="a"'
    return [
        {
            "series": f"{name[:-1]},{labels}}}" if name.endswith("}") else f"{name}{{{labels}}}",
            "values": values,
        }
        for name, values in written.items()
    ]


def promtool_test(tmp_path: Path, inputs: list[dict[str, str]], firing: list[str]) -> None:
    """Passes when after an hour just these alerts are firing."""
    expression = 'count by (alertname) (ALERTS{alertstate="firing"})'
    samples = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in firing]
    file = tmp_path / "test.json"
    file.write_text(
        json.dumps(
            {
                "rule_files": [str(RULES)],
                "evaluation_interval": "1m",
                "tests": [
                    {
                        "interval": "1m",
                        "input_series": inputs,
                        "promql_expr_test": [
                            {"expr": expression, "eval_time": "60m", "exp_samples": samples}
                        ],
                    }
                ],
            }
        )
    )
    done = subprocess.run(
        [program("promtool"), "test", "rules", str(file)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_finds_no_fault_with_the_rules() -> None:
    subprocess.run([program("promtool"), "check", "rules", str(RULES)], check=True)
    assert set(FIRES) == {rule["alert"] for rule in alerts()}


@pytest.mark.parametrize("alert", FIRES)
def test_each_alert_fires_for_its_reason_alone(alert: str, tmp_path: Path) -> None:
    promtool_test(tmp_path, series({**_WELL, **FIRES[alert]}), [alert])


def test_while_all_is_well_none_fires(tmp_path: Path) -> None:
    quiet = {
        name: "5x70" if "in_flight" not in name or "_limit" in name else "0x70"
        for written in FIRES.values()
        for name in written
    }
    quiet |= {'incidents_in_flight{kind="reports"}': "1x70", "incidents_in_doubt_reports": "0x70"}
    quiet |= {'incidents_in_flight_bytes{kind="reports"}': "1x70"}
    quiet |= {'incidents_retention_halted{state="stopped"}': "0x70"}
    promtool_test(tmp_path, series({**quiet, **_WELL}), [])


class Prometheus:
    """One that scrapes a server every second, with the configuration that the page shows."""

    def __init__(self, folder: Path, configuration: dict[str, Any]) -> None:
        self._at = f"127.0.0.1:{free_port()}"
        (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
        self.process = subprocess.Popen(
            [
                program("prometheus"),
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'tsdb'}",
                f"--web.listen-address={self._at}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, path: str, **parameters: str) -> Any:
        with urlopen(f"http://{self._at}/api/v1/{path}?{urlencode(parameters)}") as reply:
            answer = json.load(reply)
        assert answer["status"] == "success", answer
        return answer["data"]

    def value(self, expression: str) -> float | None:
        """Of an expression with one series; None where there is none yet."""
        result = self.ask("query", query=expression)["result"]
        return float(result[0]["value"][1]) if result else None

    def until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _SECONDS_MAX
        while True:
            try:
                if is_so():
                    return
            except OSError:
                pass
            assert time.monotonic() < deadline
            time.sleep(0.2)


@pytest.fixture
async def key(table: KeyTable) -> str:
    return await make(table, "read", "prometheus")


@pytest.fixture
def prometheus(
    key: str, start_server: Callable[..., Server], tmp_path: Path
) -> Iterator[tuple[Prometheus, Server]]:
    server = start_server("--workers", "2")
    (tmp_path / "incidents.key").write_text(key)
    text = PAGE.read_text().partition("```yaml\n")[2].partition("```")[0]
    configuration = yaml.safe_load(text)
    configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    configuration["rule_files"] = [str(RULES)]
    (job,) = configuration["scrape_configs"]
    job["authorization"]["credentials_file"] = str(tmp_path / "incidents.key")
    job["static_configs"] = [{"targets": [f"127.0.0.1:{server.port}"]}]
    running = Prometheus(tmp_path, configuration)
    yield running, server
    running.process.kill()
    running.process.wait()


@pytest.mark.timeout(300)
def test_prometheus_reads_it_all(prometheus: tuple[Prometheus, Server], key: str) -> None:
    running, server = prometheus
    running.until(lambda: running.value('up{job="incidents"}') == 1)

    refused = server.post("/problems", b"{}", {"Authorization": f"Bearer {key}"})
    assert refused.status == 403

    wanted = 'sum(incidents_http_requests_total{route="/problems",status="403"})'
    running.until(lambda: running.value(wanted) == 1)
    assert running.value("sum(incidents_workers)") == 2
    loaded = running.ask("rules")["groups"][0]["rules"]
    running.until(
        lambda: {rule["health"] for rule in running.ask("rules")["groups"][0]["rules"]} == {"ok"}
    )
    assert [rule["name"] for rule in loaded] == [rule["alert"] for rule in alerts()]
    for expression in drawn():
        running.ask("query", query=expression)
    unknown = {
        metric.name
        for metric in METRICS
        if metric.size < 10
        and running.value(f'count({{__name__=~"{metric.name}(_count)?"}})') is None
    }
    assert unknown == set()
