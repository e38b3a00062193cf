"""Looks through all that is stored, and holds it to what the clients were told."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

from faults.asking import ask, find_lines
from faults.groups import recounted
from faults.ledger import Ledger, Outcome, Report
from faults.rules.oracle import RULE_HEADER

# The longest that a timeline may be asked to count.
_COUNT_SECONDS = 5
# Between so many times each is looked for once more.
_TIMES = 30

# The marker of incidents that the server itself stores, with their ids.
_OWN = "of the server: "


@dataclass(slots=True)
class Findings:
    """Under each fault, how many reports were lost, changed, and so on."""

    lost: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    refused_but_stored: Counter[str] = field(default_factory=Counter)
    unanswered_but_stored: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    not_by_time: int = 0
    miscounted: int = 0
    groups: int = 0
    of_groups: int = 0


async def look_through(port: int, ledger: Ledger, *, grouping_seconds: float = 0) -> Findings:
    """What differs from the ledger, in all incidents that the server has.

    What an older version stored has so many seconds to be in its groups.
    """
    findings = Findings()
    stored = await _all_lines(port)
    unknown = stored.keys() - ledger.reports.keys()
    findings.unknown = sum(not marker.startswith(_OWN) for marker in unknown)
    findings.not_by_time = await _not_by_time(port, stored)
    findings.miscounted = abs(await _counted(port) - sum(map(len, stored.values())))
    lines = [line for each in stored.values() for line in each]
    findings.groups, differing = await recounted(port, lines, Random(len(lines)), grouping_seconds)
    findings.of_groups = len(differing)
    for marker, report in ledger.reports.items():
        _compare(report, stored.get(marker, []), findings)
    return findings


async def _not_by_time(port: int, stored: dict[str, list[bytes]]) -> int:
    """How many are not found where they are looked for between two times around their own."""
    times = sorted(json.loads(line)["received_at"] for lines in stored.values() for line in lines)
    bounds = [*times[:: max(1, len(times) // _TIMES)], "9999-01-01"]
    found: Counter[str] = Counter()
    for since, until in pairwise(bounds):
        lines = await _all_lines(port, f"?since={since}&until={until}")
        found.update({marker: len(each) for marker, each in lines.items()})
    expected = Counter({marker: len(each) for marker, each in stored.items()})
    return sum(1 for marker in expected | found if expected[marker] != found[marker])


async def _counted(port: int) -> int:
    """How many incidents the timeline has."""
    answer = json.loads(await ask(port, "POST", f"/timeline?seconds={_COUNT_SECONDS}", {}))
    assert not answer["estimate"], answer
    count: int = answer["count"]
    return count


async def _all_lines(port: int, query: str = "") -> dict[str, list[bytes]]:
    lines: dict[str, list[bytes]] = defaultdict(list)
    for line in await find_lines(port, query):
        lines[_marker(json.loads(line))].append(line)
    return lines


def _marker(incident: dict[str, Any]) -> str:
    if RULE_HEADER in incident["headers"]:
        return f"{_OWN}{incident['id']}"
    return str(incident["body"]["marker"])


def _compare(report: Report, lines: list[bytes], findings: Findings) -> None:
    during, stored = report.during, report.outcome is Outcome.STORED
    findings.lost[during] += stored and not lines
    findings.doubled[during] += len(lines) > 1
    findings.changed[during] += any(not _is_as_sent(report, line) for line in lines)
    findings.refused_but_stored[during] += report.outcome is Outcome.REFUSED and bool(lines)
    findings.unanswered_but_stored[during] += report.outcome is Outcome.UNANSWERED and bool(lines)


def _is_as_sent(report: Report, line: bytes) -> bool:
    """Whether headers, body (byte for byte) and hash are what they must be."""
    incident = json.loads(line)
    return (
        b'"body": ' + report.body + b', "headers": {' in line
        and incident["headers"] == report.headers
        and incident["hash"] == report.hash
    )
