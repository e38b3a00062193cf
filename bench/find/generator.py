"""Incidents as they come in real life, the same for the same seed.

Five sources: errors of services, Alertmanager, Grafana, GitHub's webhooks, cron. Values are
skewed: a few services, hosts and levels make up most. One service was retired half-way. Trace
and request ids occur once. Bodies have 200 bytes to 50 kB, most of them 200 to 700.

A row's text is canonical (sorted keys, Python's separators) from the start, so that its hash
costs no parsing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import accumulate
from random import Random

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
# So long it takes from the first incident to the last, whatever their number.
SPAN = timedelta(days=100)
# Clocks differ, and batches overtake each other: received_at is not quite in the order of ids.
_JITTER_SECONDS = 2.0

# Rows come from a generator of their own for each chunk, so that processes can share the work.
CHUNK = 10_000

RETIRED = "legacy-auth"
LEVELS = ("error", "warning", "info", "critical")
REGIONS = ("eu-west", "us-east", "us-west", "ap-south", "sa-east")
ENVIRONMENTS = ("production", "staging", "canary")
CLUSTERS = tuple(f"c{number}" for number in range(8))
# fmt: off
SERVICES = (
    "checkout", "billing", "search", "catalog", "sessions", "mailer", "pricing",
    "inventory", "shipping", "accounts", "gateway", "reports", "ledger", "fraud", "media",
    "notify", "quota", "tenants", "exports", "imports", "sync", "scheduler", "webhooks",
    "avatars", "audit", "coupons", "refunds", "taxes", "invoices", "carts", "reviews",
    "ratings", "feeds", "geo", "translate", "speech", "vision", "ranker", "crawler",
)
ERRORS = (
    "Timeout", "ConnectionRefused", "OutOfMemory", "KeyError", "DeadlockDetected",
    "TooManyRequests", "CertificateExpired", "DiskFull", "Unauthorized", "BadGateway",
)
ALERTS = (
    "HighLatency", "HighErrorRate", "InstanceDown", "DiskWillFill", "PodCrashLooping",
    "QueueTooLong", "CertificateExpires", "ReplicationLag",
)
# fmt: on
SEVERITIES = ("critical", "warning", "info")
GITHUB_EVENTS = ("workflow_run", "push", "pull_request", "issues", "deployment_status")
ACTIONS = ("completed", "opened", "synchronize", "closed", "requested")
_RELEASES = tuple(f"2.{minor}.{patch}" for minor in range(6) for patch in range(4))

# These services never name these regions: both are common, and they never meet.
NEVER_TOGETHER = (("checkout", "sa-east"), ("billing", "ap-south"), ("search", "us-west"))

_ODD = 0x9E3779B97F4A7C15F39CC0605CEDC835
_MASK = 2**128 - 1


@dataclass(frozen=True, slots=True)
class Row:
    """One incident, as it stands in the table."""

    id: int
    received_at: datetime
    hash: bytes
    headers: str
    body: str


def trace_of(id_: int) -> str:
    """The trace id in the body of a service's incident; nobody else's."""
    return f"{id_ * _ODD & _MASK:032x}"


def request_of(id_: int) -> str:
    """The X-Request-Id of an incident; nobody else's."""
    return f"{(id_ * _ODD ^ _ODD) & _MASK:032x}"


def received_at(id_: int, size: int, jitter: float) -> datetime:
    """When the incident came in, give or take: evenly over SPAN."""
    return BEGIN + SPAN * (id_ / size) + timedelta(seconds=jitter)


def rows(seed: int, size: int, first: int, last: int) -> Iterator[Row]:
    """The incidents `first` <= id <= `last` of `size`, which have the ids 1 to `size`."""
    for chunk in range((first - 1) // CHUNK, (last - 1) // CHUNK + 1):
        for row in _chunk(seed, size, chunk):
            if first <= row.id <= last:
                yield row


def _chunk(seed: int, size: int, chunk: int) -> Iterator[Row]:
    rng = Random(f"{seed}/{chunk}")  # noqa: S311 - not for secrets
    start = chunk * CHUNK + 1
    makers = rng.choices(*_MAKERS, k=CHUNK)
    for id_, make in enumerate(makers, start):
        body, agent, extra = make(rng, id_, size)
        headers = (
            f'{{"Accept": "*/*", "Content-Length": "{len(body)}", '
            f'"Content-Type": "application/json", "Host": "incidents:8000", "User-Agent": "{agent}"'
            f'{extra}, "X-Request-Id": "{request_of(id_)}"}}'
        )
        yield Row(
            id_,
            received_at(id_, size, rng.uniform(-_JITTER_SECONDS, _JITTER_SECONDS)),
            sha256(f'{{"1": {headers}, "2": {body}}}'.encode("ascii")).digest(),
            headers,
            body,
        )


def _picker(values: Sequence[str], ratio: float) -> Callable[[Random], str]:
    """Picks one of the values; each is `ratio` times as frequent as the one before."""
    ends = list(accumulate(ratio**rank for rank in range(len(values))))
    # A table of so many places is faster than a search each time, and as skewed.
    places = 4096
    table: list[str] = []
    for value, end in zip(values, ends, strict=True):
        table += [value] * (round(places * end / ends[-1]) - len(table))
    return lambda rng: table[int(rng.random() * places)]


_service = _picker(SERVICES, 0.93)
_level = _picker(LEVELS, 0.65)
_region = _picker(REGIONS, 0.75)
_environment = _picker(ENVIRONMENTS, 0.5)
_error = _picker(ERRORS, 0.8)
_alert = _picker(ALERTS, 0.8)
_severity = _picker(SEVERITIES, 0.6)
_cluster = _picker(CLUSTERS, 0.8)
_release = _picker(_RELEASES, 0.9)
_event = _picker(GITHUB_EVENTS, 0.6)
_action = _picker(ACTIONS, 0.7)

_RETIRED_SHARE = 0.07
_LONG_SHARE = 0.0004
_FRAME = r"  File \"/srv/app/handlers/%s.py\", line %d, in handle\n"


def _of_service(rng: Random, id_: int, size: int) -> tuple[str, str, str]:
    service, region = _service(rng), _region(rng)
    if id_ <= size // 2 and rng.random() < _RETIRED_SHARE:
        service = RETIRED
    elif (service, region) in NEVER_TOGETHER:
        region = "eu-west"
    error, host = _error(rng), int(rng.random() ** 2 * 200)
    stack = ""
    if rng.random() < _LONG_SHARE:
        frames = "".join(_FRAME % (service, rng.randrange(2000)) for _ in range(rng.randrange(780)))
        stack = f', "stack": "{frames}"'
    body = (
        f'{{"context": {{"host": "{service}-{host}", "region": "{region}", '
        f'"tenant": {int(rng.random() ** 3 * 20_000)}}}, '
        f'"duration_ms": {int(rng.random() * 30_000)}, "environment": "{_environment(rng)}", '
        f'"error": {{"message": "{error} while calling {_service(rng)}", "type": "{error}"}}, '
        f'"level": "{_level(rng)}", "release": "{_release(rng)}", "service": "{service}"'
        f'{stack}, "tags": ["{region}", "team-{host % 9}"], "trace_id": "{trace_of(id_)}"}}'
    )
    return body, f"{service}/2", f', "X-Cluster": "{_cluster(rng)}"'


def _of_alertmanager(rng: Random, id_: int, _: int) -> tuple[str, str, str]:
    alerts = ", ".join(
        f'{{"annotations": {{"summary": "{name} on {service}"}}, '
        f'"fingerprint": "{int(rng.random() * 2**48):012x}", "labels": {{"alertname": "{name}", '
        f'"instance": "10.0.{int(rng.random() * 250)}.7:9100", "service": "{service}", '
        f'"severity": "{_severity(rng)}"}}, "status": "firing"}}'
        for name, service in [
            (_alert(rng), _service(rng)) for _ in range(1 + int(rng.random() ** 2 * 4))
        ]
    )
    body = (
        f'{{"alerts": [{alerts}], "groupKey": "{{}}:{{n={id_ % 5000}}}", '
        f'"receiver": "incidents", "status": "firing", "version": "4"}}'
    )
    return body, "Alertmanager/0.28", ""


def _of_grafana(rng: Random, _: int, __: int) -> tuple[str, str, str]:
    name, service = _alert(rng), _service(rng)
    body = (
        f'{{"alerts": [{{"labels": {{"alertname": "{name}", "grafana_folder": "{_region(rng)}", '
        f'"service": "{service}"}}, "status": "firing", '
        f'"values": {{"A": {round(rng.random() * 100, 3)}}}}}], "orgId": 1, '
        f'"state": "alerting", "title": "[FIRING:1] {name} {service}"}}'
    )
    return body, "Grafana", ""


def _of_github(rng: Random, id_: int, _: int) -> tuple[str, str, str]:
    service = _service(rng)
    body = (
        f'{{"action": "{_action(rng)}", "repository": {{"full_name": "acme/{service}", '
        f'"id": {len(service) * 7919}, "private": true}}, '
        f'"sender": {{"login": "dev-{int(rng.random() ** 2 * 400)}"}}, '
        f'"workflow_run": {{"conclusion": "failure", "head_branch": "main", "id": {10**9 + id_}}}}}'
    )
    return body, "GitHub-Hookshot/a1b2c3d", f', "X-Github-Event": "{_event(rng)}"'


def _of_cron(rng: Random, _: int, __: int) -> tuple[str, str, str]:
    job = f"{_service(rng)}-{('nightly', 'hourly', 'weekly')[int(rng.random() ** 2 * 3)]}"
    body = (
        f'{{"exit_code": {1 + int(rng.random() ** 4 * 120)}, "host": "cron-{rng.randrange(12)}", '
        f'"job": "{job}", "level": "{_level(rng)}", "output": "{job}: no such file or directory: '
        f'/var/spool/incidents/cron/{job}/{int(rng.random() * 1e9)}", '
        f'"seconds": {round(rng.random() * 900, 2)}}}'
    )
    return body, "curl/8.5.0", ""


_Maker = Callable[[Random, int, int], tuple[str, str, str]]
_MAKERS: tuple[list[_Maker], list[int]] = (
    [_of_service, _of_alertmanager, _of_grafana, _of_github, _of_cron],
    [70, 8, 5, 7, 10],
)
