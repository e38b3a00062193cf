"""An evaluation that is minutes behind says what it would have said in time."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from incidents.rules.clock import Clock, Downtime
from incidents.runtime import Runtime
from incidents.support.settings import Settings
from tests.api import Api
from tests.sql import rows_of, run_sql

pytestmark = pytest.mark.jobs

OpenApi = Callable[..., Awaitable[Api]]
SECONDS_MAX = 60
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

# Nobody evaluated in the last 8 of the 20 minutes by which it is behind. It is found by who begins
# to evaluate, or was, and written down.
_FOUND = "alive_at = {end}"
_WRITTEN = "alive_at = now(), downtimes = ARRAY[tstzrange({end}, now())]"

_STORED = """
    INSERT INTO incidents (id, received_at, hash, headers, body)
    SELECT nextval('incidents_id_seq'), timestamptz '{begin}' + {minutes} * interval '1 minute',
        sha256(''), '{{}}', '{body}' FROM generate_series(1, {times})
"""
# More than one look reads.
_OTHERS = 5000


async def put(api: Api, when: str, members: list[str]) -> None:
    given = {"query": "job=backup", "when": when, "by": ["host"], "members": members}
    headers = {"Content-Type": "application/json"}
    reply = await api.request("PUT", "/rules/silent", json.dumps(given).encode(), headers)
    assert reply.status == 201, reply.text


async def evaluated(api: Api, until: datetime) -> None:
    """Returns when the rules are evaluated up to that time."""
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            shown = (await api.get("/rules/silent")).json
            came = datetime.fromisoformat((await api.get("/firing")).json["evaluated_until"])
            if shown["applied"] and came >= until:
                return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("downtime", [_FOUND, _WRITTEN])
async def test_a_downtime_interrupts_where_it_was_and_not_where_the_evaluation_is(
    open_api: OpenApi, database: str, downtime: str
) -> None:
    """`a` and `c` are absent before it, and for it nobody is, not who was heard in it either."""
    (now,) = (await asyncio.to_thread(rows_of, database, "SELECT now()"))[0]
    begin = now - timedelta(minutes=20)
    async with Api(Runtime(Settings(), database)) as api:
        await api.report({"job": "another"})  # makes the partition
        await put(api, "absent for 2m", ["a", "c", "d"])
        await evaluated(api, now)
    end = f"timestamptz '{begin + timedelta(minutes=12)}'"
    heard = [("a", 1, 1), ("other", 2, _OTHERS), ("a", 6, 1), ("c", 10.5, 1), ("d", 12.5, 1)]
    await asyncio.to_thread(
        run_sql,
        database,
        f"UPDATE incidents_rules_position SET clock = '{begin}', {downtime.format(end=end)}",
        f"UPDATE incidents_rule_states SET quiet_since = '{begin}'",
        *(_stored(begin, *each) for each in heard),
    )

    other = await open_api()
    await evaluated(other, now)

    lines = (await other.get("/rules/silent/history")).json["history"]
    said = [
        (round((datetime.fromisoformat(each["at"]) - begin) / timedelta(minutes=1), 1), each)
        for each in lines
        if each["event"] != "grace"
    ]
    assert sorted((at, each["by"]["host"], each["event"]) for at, each in said) == [
        (2, "c", "firing"),
        (2, "d", "firing"),
        (3, "a", "firing"),
        (6, "a", "resolved"),
        (8, "a", "firing"),
        (10.5, "c", "resolved"),
        (12.5, "d", "resolved"),
    ]


def test_each_downtime_interrupts_once_and_is_forgotten_when_it_is_over() -> None:
    at = [BEGIN + timedelta(minutes=n) for n in range(7)]
    one, two = Downtime(at[1], at[3]), Downtime(at[3], at[5])
    clock = Clock(at[0], at[0], [one])
    clock.add(two)

    assert (list(clock.to(at[1])), clock.silent_from) == ([], at[1])
    assert (list(clock.to(at[2])), clock.silent_from) == ([one], at[3])
    again = Clock(clock.time, at[6], clock.downtimes)
    assert (list(again.to(at[3])), again.silent_from) == ([], at[3])
    assert (list(again.to(at[4])), again.silent_from) == ([two], at[5])
    assert (list(again.to(at[6])), again.downtimes) == ([], [])


def _stored(begin: datetime, host: str, minutes: float, times: int) -> str:
    body = {"job": "another" if times > 1 else "backup", "host": host}
    return _STORED.format(begin=begin, minutes=minutes, body=json.dumps(body), times=times)
