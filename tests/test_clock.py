"""A clock that is wrong deletes nothing: the retention goes by a time that was watched."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from incidents.maintenance import clock as clock_module
from incidents.maintenance.clock import Clocks, Observed, Trust, Watch
from incidents.maintenance.retention import Retention
from incidents.support.settings import Settings
from tests.api import Api
from tests.command import incidents
from tests.test_retention import KEEP, NOW, fill, sql

OpenApi = Callable[..., Awaitable[Api]]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Machine:
    """A machine with clocks that can be set, and one that cannot, and its process."""

    def __init__(self, stored: Observed | None = None, keep: timedelta = KEEP) -> None:
        self.stored = stored or Observed(NOW)
        self.keep = keep
        self.time = NOW
        self.apart = timedelta(0)
        self._elapsed = timedelta(0)
        self._watch = Watch()

    def passes(self, span: timedelta) -> "Machine":
        self.time += span
        self._elapsed += span
        return self

    def is_set(self, span: timedelta) -> "Machine":
        self.time += span
        return self

    def starts_anew(self) -> "Machine":
        self._watch = Watch()
        self._elapsed = timedelta(0)
        return self

    def looks(self) -> Trust:
        clocks = Clocks(self.time, self.time + self.apart, self._elapsed)
        self.stored = self._watch.judge(self.stored, clocks, self.keep)
        return self.stored.trust

    def looks_each_minute(self, span: timedelta) -> Trust:
        for _ in range(span // MINUTE):
            self.passes(MINUTE).looks()
        return self.stored.trust

    def is_confirmed(self) -> None:
        self.stored = Observed(self.time, confirmed_at=self.time)


def test_a_clock_that_goes_is_believed() -> None:
    machine = Machine()

    assert machine.looks() is Trust.RUNNING
    assert machine.looks_each_minute(3 * DAY) is Trust.RUNNING
    assert machine.stored.seen_at == NOW + 3 * DAY


def test_a_jump_forward_stops_it_until_somebody_confirms() -> None:
    machine = Machine()
    machine.looks_each_minute(HOUR)

    assert machine.is_set(40 * DAY).passes(MINUTE).looks() is Trust.STOPPED
    assert machine.stored.reason == "the clock jumped 40 days, 0:00:00 forward"
    assert machine.looks_each_minute(2 * DAY) is Trust.STOPPED
    assert machine.starts_anew().passes(HOUR).looks() is Trust.STOPPED
    machine.is_set(-40 * DAY).is_confirmed()
    assert machine.looks_each_minute(HOUR) is Trust.RUNNING


def test_another_process_that_watched_sees_what_a_new_one_cannot() -> None:
    """A worker that is replaced just then knows only what is stored."""
    old = Machine()
    old.looks_each_minute(HOUR)
    new = Machine(old.stored)
    new.time = old.is_set(40 * DAY).time
    assert new.looks() is Trust.WAITING

    old.stored = new.stored
    assert old.passes(MINUTE).looks() is Trust.STOPPED


def test_who_confirms_is_believed_by_who_had_not_seen_the_jump() -> None:
    machine = Machine()
    machine.looks_each_minute(HOUR)

    machine.is_set(40 * DAY).is_confirmed()

    assert machine.passes(MINUTE).looks() is Trust.RUNNING


def test_many_small_jumps_are_a_large_one() -> None:
    machine = Machine()
    machine.looks()
    trusts = [machine.is_set(HOUR).passes(MINUTE).looks() for _ in range(30)]

    assert trusts[10] is Trust.RUNNING
    assert trusts[-1] is Trust.STOPPED
    assert machine.stored.seen_at is not None
    assert machine.stored.seen_at < NOW + HOUR


@pytest.mark.parametrize("forward", [timedelta(0), 40 * DAY])
def test_after_a_gap_it_waits_a_day_whatever_happened_meanwhile(forward: timedelta) -> None:
    machine = Machine()
    machine.looks_each_minute(HOUR)

    machine.starts_anew().passes(3 * DAY).is_set(forward)

    assert machine.looks() is Trust.WAITING
    assert machine.looks_each_minute(23 * HOUR) is Trust.WAITING
    assert machine.starts_anew().passes(MINUTE).looks() is Trust.WAITING
    assert machine.looks_each_minute(HOUR) is Trust.RUNNING
    assert machine.stored.reason is None


def test_a_clock_that_jumps_while_it_waits_stops_it() -> None:
    machine = Machine()
    machine.passes(3 * DAY).looks()

    assert machine.is_set(2 * DAY).passes(MINUTE).looks() is Trust.STOPPED


def test_a_restart_is_no_gap() -> None:
    machine = Machine()
    machine.looks_each_minute(HOUR)
    for _ in range(50):
        assert machine.starts_anew().passes(20 * MINUTE).looks() is Trust.RUNNING
    assert machine.stored.seen_at == machine.time


def test_who_was_suspended_or_without_postgresql_knows_how_long() -> None:
    machine = Machine()
    machine.looks_each_minute(HOUR)

    assert machine.passes(9 * DAY).looks() is Trust.RUNNING
    assert machine.stored.seen_at == machine.time


def test_a_clock_that_goes_back_deletes_less_and_is_believed_after_a_day() -> None:
    machine = Machine()
    machine.looks_each_minute(HOUR)
    seen_at = machine.stored.seen_at

    assert machine.is_set(-40 * DAY).looks() is Trust.RUNNING
    assert machine.looks_each_minute(23 * HOUR) is Trust.RUNNING
    assert machine.stored.seen_at == seen_at
    machine.looks_each_minute(2 * HOUR)
    assert machine.stored.seen_at == machine.time
    assert machine.is_set(40 * DAY).passes(MINUTE).looks() is Trust.STOPPED


def test_a_clock_that_is_behind_at_the_start_may_be_set_right() -> None:
    """As on a machine whose clock has no battery, until it asks the network."""
    machine = Machine()
    machine.looks_each_minute(HOUR)

    machine.starts_anew().passes(MINUTE).is_set(-20_000 * DAY)
    assert machine.looks() is Trust.RUNNING
    assert machine.is_set(20_000 * DAY).passes(MINUTE).looks() is Trust.RUNNING
    assert machine.stored.seen_at == machine.time


@pytest.mark.parametrize("apart", [-40 * DAY, 40 * DAY])
def test_clocks_that_differ_stop_it(apart: timedelta) -> None:
    machine = Machine()
    machine.apart = HOUR
    assert machine.looks() is Trust.RUNNING

    machine.apart = apart
    assert machine.passes(MINUTE).looks() is Trust.STOPPED
    assert machine.stored.reason is not None
    assert "40 days, 0:00:00" in machine.stored.reason
    machine.is_confirmed()
    assert machine.passes(MINUTE).looks() is Trust.STOPPED


def test_a_short_retention_tolerates_less_and_waits_less() -> None:
    machine = Machine(keep=90 * MINUTE)
    machine.looks()

    assert machine.is_set(10 * MINUTE).passes(MINUTE).looks() is Trust.STOPPED
    machine = Machine(keep=90 * MINUTE)
    assert machine.passes(10 * MINUTE).looks() is Trust.WAITING
    assert machine.looks_each_minute(90 * MINUTE) is Trust.RUNNING


def test_a_restored_backup_waits_as_after_a_gap() -> None:
    backup = Observed(NOW - 60 * DAY)

    assert Machine(backup).looks() is Trust.WAITING


def test_a_first_look_has_nothing_to_compare_with() -> None:
    assert Machine(Observed()).looks() is Trust.RUNNING


class Clock:
    """The clocks of a process and of PostgreSQL, `ahead` by so much."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        self._ahead = timedelta(0)
        self._monkeypatch = monkeypatch
        settings: Any = {"retention": "30d"}
        self.retention = Retention(
            Settings(**settings), url, now=lambda: clock_module.wall_clock() + self._ahead
        )

    def is_set(self, ahead: timedelta) -> None:
        self._ahead = ahead
        there = f"clock_timestamp() + interval '{ahead.total_seconds()} s'"
        for name in ("_READ", "_LOCKED", "_CONFIRM"):
            text = getattr(clock_module, name).replace("clock_timestamp()", there)
            self._monkeypatch.setattr(clock_module, name, text)


async def with_incidents(open_api: OpenApi, database: str) -> tuple[Api, list[int]]:
    """One incident is past the retention."""
    api = await open_api(partition_ids=10)
    ids = await fill(api, database, [40.0] * 2 + [5.0] * 15)
    await sql(database, f"UPDATE incidents SET received_at = now() + (received_at - '{NOW}')")
    await sql(database, f"UPDATE incidents SET received_at = now() WHERE id = {ids[-1]}")
    return api, ids


async def test_nothing_is_deleted_by_a_clock_that_jumped(
    open_api: OpenApi,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    api, ids = await with_incidents(open_api, database)
    clock = Clock(monkeypatch, database)
    await clock.retention.look()
    assert await api.find({}) == ids[:1:-1]

    clock.is_set(40 * DAY)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            await clock.retention.look()

    assert await api.find({}) == ids[:1:-1]
    (said,) = [each for each in caplog.messages if "retention" in each]
    assert "retention STOPPED: the clock jumped 40 days" in said
    at = ["--database-url", database]
    status = await asyncio.to_thread(incidents, "status", *at)
    assert "clock       STOPPED since" in status.stdout
    assert "run `incidents retention confirm`" in status.stdout
    as_json = await asyncio.to_thread(incidents, "status", "--json", *at)
    assert json.loads(as_json.stdout)["clock"]["reason"].startswith("the clock jumped 40 days")

    monkeypatch.undo()
    clock._ahead = timedelta(0)
    confirmed = await asyncio.to_thread(incidents, "retention", "confirm", *at)
    assert confirmed.returncode == 0
    assert "the retention continues; it had stopped: the clock jumped" in confirmed.stdout
    await clock.retention.look()
    assert clock.retention.observed.trust is Trust.RUNNING
    assert await api.find({}) == ids[:1:-1]
    assert "clock" not in (await asyncio.to_thread(incidents, "status", *at)).stdout


async def test_a_clock_that_is_really_that_late_deletes_once_it_is_confirmed(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, ids = await with_incidents(open_api, database)
    clock = Clock(monkeypatch, database)
    await clock.retention.look()
    clock.is_set(26 * DAY)
    await clock.retention.look()
    assert await api.find({}) == ids[:1:-1]

    confirmed = Clock(monkeypatch, database)
    await sql(database, clock_module._CONFIRM)
    confirmed._ahead = clock._ahead
    await confirmed.retention.look()

    assert await api.find({}) == [ids[-1]]


async def test_a_server_whose_clock_is_not_that_of_postgresql_deletes_nothing(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, ids = await with_incidents(open_api, database)
    clock = Clock(monkeypatch, database)
    clock._ahead = 40 * DAY

    await clock.retention.look()

    assert clock.retention.observed.trust is Trust.STOPPED
    assert await api.find({}) == ids[::-1]


async def test_a_database_whose_last_report_is_old_waits(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that is from before clocks were watched, or was imported long ago."""
    api, ids = await with_incidents(open_api, database)
    clock = Clock(monkeypatch, database)
    clock.is_set(40 * DAY)

    await clock.retention.look()

    assert clock.retention.observed.trust is Trust.WAITING
    assert await api.find({}) == ids[::-1]
    status = await asyncio.to_thread(incidents, "status", "--database-url", database)
    assert "clock       waits until" in status.stdout
