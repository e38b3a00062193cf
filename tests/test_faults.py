"""The short form of `make faults`: a few faults of each kind, the promises kept."""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from faults.check import look_through
from faults.fault_run import FaultRun, Struck, broken_promises, run_part, took_too_long
from faults.ledger import Ledger, Outcome, Report
from faults.load import REFUSED, STORED
from faults.offer import at_a_rate, elsewhere
from faults.plan import PARTS
from faults.power.cycle import cut_power
from faults.power.disk import mounted
from faults.rules.audit import in_outbox, received
from faults.rules.oracle import RULE_HEADER, Times, judge
from faults.rules.receiver import Delivery
from faults.wire import Wire, json_headers, request

from tests.server import Server

_SEED = 5

_BRIEF = {
    "program": [
        "kill -9 of a worker",
        "kill -9 of everything",
        "the receiver hangs, then kill -9 of it",
    ],
    "connection": ["cut in a commit, then away"],
    "disk": ["disk full for a moment"],
}


@pytest.mark.parametrize("name", _BRIEF)
async def test_under_faults_nothing_is_lost_and_nothing_is_there_twice(
    name: str, tmp_path: Path
) -> None:
    part = PARTS[name]
    faults = tuple(fault for fault in part.faults if fault.name in _BRIEF[name])
    assert len(faults) == len(_BRIEF[name])

    try:
        brief = replace(part, faults=faults, has_rules=name == "program")
        run = await run_part(brief, len(faults), Random(_SEED), tmp_path)
    except PermissionError as error:
        pytest.skip(f"mounting a file system is not permitted here: {error}")

    assert broken_promises(run) == []
    assert run.ledger.acknowledged
    if brief.has_rules:
        assert run.rules.transitions
        assert run.rules.received


async def test_power_cuts_lose_nothing_and_every_start_is_by_itself(tmp_path: Path) -> None:
    try:
        run = await cut_power(3, Random(_SEED), tmp_path)
    except PermissionError as error:
        pytest.skip(f"there can be no disk whose power is cut: {error}")

    assert broken_promises(run) == []
    assert sum(map(len, run.struck.values())) == 3


def test_the_disk_keeps_what_was_synced_and_may_lose_the_rest(tmp_path: Path) -> None:
    kept = {"written": 0, "renamed": 0, "made": 0}
    try:
        with mounted(tmp_path) as disk:
            for seed in range(30):
                directory = disk.mount / str(seed)
                directory.mkdir()
                lines = [directory / name for name in ("synced", "written", "old", "new")]
                synced, written, old, new = lines
                for file in (synced, written, old):
                    file.write_text("before")
                    _sync(file)
                synced.write_text("after")
                _sync(synced)
                written.write_text("after!")
                old.rename(new)
                (directory / "made").write_text("")

                disk.cut_after(0)
                with pytest.raises(OSError, match="Input/output error"):
                    synced.read_text()
                disk.restore(Random(seed))

                assert synced.read_text() == "after"
                assert written.read_text() in ("before", "after!", "")
                assert old.exists() != new.exists()
                kept["written"] += written.read_text() == "after!"
                kept["renamed"] += new.exists()
                kept["made"] += (directory / "made").exists()
    except PermissionError as error:
        pytest.skip(f"there can be no disk whose power is cut: {error}")

    assert all(0 < count < 30 for count in kept.values()), kept


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


async def test_the_harness_sees_what_is_lost_doubled_changed_or_stored_though_refused(
    start_server: Callable[..., Server],
) -> None:
    server = start_server()
    ledger = Ledger()
    wire = Wire(server.port)

    async def told(during: str, outcome: Outcome, *sent: str, said: str = "") -> None:
        bodies = [f'{{"marker": "{during}", "text": "{each}"}}'.encode() for each in sent]
        for body in bodies:
            await wire.ask(request("POST", "/problems", json_headers(body), body))
        body = bodies[0] if bodies else b"{}"
        if said:
            body = body.replace(sent[0].encode(), said.encode())
        ledger.reports[during] = Report(during, json_headers(body), body, outcome, during)

    await told("kept", Outcome.STORED, "a")
    await told("lost", Outcome.STORED)
    await told("doubled", Outcome.UNANSWERED, "a", "a")
    await told("changed", Outcome.STORED, "a", said="b")
    await told("refused", Outcome.REFUSED, "a")
    wire.close()
    findings = await look_through(server.port, ledger)

    assert +findings.lost == {"lost": 1}
    assert +findings.doubled == {"doubled": 1}
    assert +findings.changed == {"changed": 1}
    assert +findings.refused_but_stored == {"refused": 1}
    broken = "\n".join(broken_promises(FaultRun(ledger=ledger, findings=findings)))
    assert all(name in broken for name in ("lost", "doubled", "changed", "refused but stored"))
    assert "kept" not in broken


def _incident(id_: int, second: int, body: Any, **headers: str) -> Any:
    received_at = f"2026-11-29T12:00:{second:02}.000000Z"
    return {"id": id_, "received_at": received_at, "headers": headers, "body": body}


def _report_of(id_: int, second: int, kind: str) -> Any:
    return _incident(id_, second, {"kind": kind, "story": "s", "fingerprint": "s"})


def _said_of(id_: int, second: int, kind: str, event: str, *ids: int) -> Any:
    at = f"2026-11-29T12:00:{second:02}.000000Z"
    body = {"rule": kind, "event": event, "by": {"story": "s"}, "at": at, "incidents": ids}
    return _incident(id_, second, body, **{RULE_HEADER: kind})


def test_the_harness_sees_what_rules_missed_invented_or_told_too_soon() -> None:
    fed = [_report_of(1, 0, "silent"), _report_of(2, 5, "silent")]
    right = [
        _said_of(3, 2, "silent", "firing", 1),
        _said_of(4, 5, "silent", "resolved", 2, 1),
        _said_of(5, 7, "silent", "firing", 2),
    ]
    counted = [_report_of(id_, 0, "many") for id_ in (1, 2)]

    def wrong(*incidents: Any) -> str:
        times = Times((each["id"], each["received_at"]) for each in incidents)
        return "".join(judge(incidents, [], times).wrong)

    assert wrong(*fed, *right) == ""
    assert "['firing', 'resolved']" in wrong(*fed, *right[:2])
    assert "it said ['firing']" in wrong(*counted, _said_of(3, 0, "many", "firing", 1, 2))
    assert "before its time" in wrong(fed[0], _said_of(3, 1, "silent", "firing", 1))
    assert "do not feed it" in wrong(fed[0], _said_of(3, 2, "silent", "firing", 9))


def test_the_harness_sees_what_was_not_told_or_under_two_ids() -> None:
    data = {"rule": "once", "by": {"story": "s"}}
    payload = {"type": "rule.firing", "timestamp": "now", "data": data}
    row = {"message_id": "a", "rule": "once", "state": "sent", "payload": payload}
    told = Counter({("once", '{"story": "s"}', "rule.firing", "now"): 1})

    assert [*in_outbox(told, [row]), *received([row], [Delivery("a", payload)])] == []
    assert "0 notifications instead of 1" in next(in_outbox(told, []))
    assert "2 notifications instead of 1" in next(in_outbox(told, [row, row]))
    assert "a did not arrive" in next(received([row], []))
    invented = [Delivery("a", payload), Delivery("b", payload)]
    assert "b arrived" in next(received([row], invented))


def test_a_fault_that_was_over_within_the_wait_may_refuse_nobody() -> None:
    part = PARTS["connection"]
    restart = next(fault for fault in part.faults if fault.name == "restart of PostgreSQL, fast")
    run = FaultRun(wait_seconds=6)
    run.ledger.outcomes[restart.name, "report", Outcome.STORED] = 1

    run.struck[restart] = [Struck(1, 6, 4, 0)]
    assert broken_promises(run) == []
    assert "1 of 1 took longer than the wait of 6 s" in "".join(took_too_long(run))

    run.struck[restart].append(Struck(1, 4, 3, 0))
    (broken,) = broken_promises(run)
    assert broken.startswith(f"{restart.name}: 3 refused, though it was over within the wait")


async def test_more_than_there_is_a_place_for_is_stored_or_sent_away_to_come_back(
    start_server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INCIDENTS_INTAKE_REPORTS_MAX", "1")
    server = start_server()

    tally = await elsewhere(at_a_rate, server.port, 50, 1000.0, 2.0)

    assert set(tally.counts()) == {STORED, REFUSED}
    assert tally.without_retry_after == 0
    assert len(server.find({})) == tally.counts()[STORED]
