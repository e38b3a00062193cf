"""Rules over HTTP, evaluated beside the reports."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import asyncpg
import pytest

from incidents import runtime as runtime_module
from incidents.core.incident import make_incident
from incidents.ingest.loader import Loader
from incidents.notifications.outbox import enqueue
from incidents.rules import turn as turn_module
from incidents.runtime import Runtime
from incidents.support.settings import Settings
from tests.api import Api, Result
from tests.sql import run_sql

pytestmark = pytest.mark.jobs

OpenApi = Callable[..., Awaitable[Api]]
SECONDS_MAX = 60


async def put(api: Api, path: str, given: dict[str, Any]) -> Result:
    return await api.request(
        "PUT", path, json.dumps(given).encode(), {"Content-Type": "application/json"}
    )


async def rule(api: Api, name: str, when: str, query: str = "job=backup", **more: Any) -> None:
    reply = await put(api, f"/rules/{name}", {"query": query, "when": when, **more})
    assert reply.status in (200, 201), reply.text


async def history(api: Api, name: str, kind: str = "rules") -> list[dict[str, Any]]:
    reply = await api.get(f"/{kind}/{name}/history")
    assert reply.status == 200, reply.text
    return list(reversed(reply.json["history"]))


async def events(api: Api, name: str, *wanted: str) -> list[dict[str, Any]]:
    """The history of a rule, once it has so many lines; they are these."""
    async with asyncio.timeout(SECONDS_MAX):
        while len(found := await history(api, name)) < len(wanted):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert [each["event"] for each in found] == list(wanted), found
    return found


async def test_a_rule_fires_and_resolves(api: Api) -> None:
    await rule(api, "backup-failed", "any", "job=backup state=failed", by=["host"], quiet="1s")
    await api.report({"job": "backup", "state": "ok", "host": "a"})
    id_ = await api.report({"job": "backup", "state": "failed", "host": "a", "message": "full"})

    fired, resolved = await events(api, "backup-failed", "firing", "resolved")

    assert fired["by"] == {"host": "a"}
    assert fired["incidents"] == [id_]
    assert fired["title"] == "backup-failed (host=a): full"
    since, until = (datetime.fromisoformat(each["at"]) for each in (fired, resolved))
    assert until - since == timedelta(seconds=1)
    shown = (await api.get("/rules/backup-failed")).json
    assert (shown["firing"], shown["states"]) == (0, [])


async def test_what_came_before_the_rule_does_not_feed_it_and_what_comes_behind_it_does(
    api: Api,
) -> None:
    await api.report({"job": "before"})
    await rule(api, "first", "any", "job=before OR job=behind", quiet="1h")
    id_ = await api.report({"job": "behind"})
    await rule(api, "second", "count >= 2 in 1h", "job=behind", quiet="1h")
    ids = [await api.report({"job": "behind"}) for _ in range(2)]

    (first,) = await events(api, "first", "firing")
    (second,) = await events(api, "second", "firing")

    assert first["incidents"] == [id_]
    assert second["incidents"] == ids[::-1]


async def test_absence_is_told_and_its_end(api: Api) -> None:
    await rule(api, "nightly", "absent for 1s", by=["host"], members=["a"])

    (fired,) = await events(api, "nightly", "firing")
    assert (fired["by"], fired["count"]) == ({"host": "a"}, 0)
    assert fired["title"] == "nightly: nothing for 1s (host=a)"

    await api.report({"job": "backup", "host": "a"})
    await events(api, "nightly", "firing", "resolved", "firing")


async def test_a_new_worker_continues_with_what_was_written(
    open_api: OpenApi, database: str
) -> None:
    async with Api(Runtime(Settings(), database)) as api:
        await rule(api, "errors", "count >= 3 in 1h", "level=error", quiet="1h")
        ids = [await api.report({"level": "error"}) for _ in range(2)]
        await _until(api, "pending", 1)
    ids.append(await _stored(database, {"level": "error"}))
    other = await open_api()

    (fired,) = await events(other, "errors", "firing")

    assert fired["incidents"] == ids[::-1]


async def test_of_two_workers_one_evaluates(open_api: OpenApi) -> None:
    one, other = await open_api(), await open_api()
    await rule(one, "errors", "any", "level=error", by=["n"], quiet="1h")
    ids = [await api.report({"level": "error", "n": n}) for n in range(20) for api in (one, other)]

    found = await events(other, "errors", *["firing"] * 20)

    assert sorted(each["incidents"][0] for each in found) == ids[::2]


async def test_a_changed_rule_keeps_its_states_and_another_kind_of_rule_resolves_them(
    api: Api,
) -> None:
    await rule(api, "r", "any", "a=1", quiet="1h")
    await api.report({"a": 1})
    await events(api, "r", "firing")

    await rule(api, "r", "any", "a=1 OR b=1", quiet="2h")
    await api.report({"b": 1})
    await _until(api, "count", 2, lambda shown: shown["states"][0]["count"], "r")
    await rule(api, "r", "absent for 1h", "a=1")

    *_, resolved = await events(api, "r", "firing", "resolved")
    assert resolved["detail"] == "the rule was changed"
    await _until(api, "members", 1, None, "r")


async def test_a_deleted_rule_resolves_what_fires_and_is_gone(api: Api, database: str) -> None:
    await rule(api, "r", "any", "a=1")
    await api.report({"a": 1})
    await events(api, "r", "firing")

    assert (await api.request("DELETE", "/rules/r")).status == 204

    assert (await api.get("/rules/r")).status == 404
    assert (await api.request("DELETE", "/rules/r")).status == 404
    *_, resolved = await events(api, "r", "firing", "resolved")
    assert resolved["detail"] == "the rule was deleted"
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SELECT count(*) FROM incidents_rule_states") == 0
    await connection.close()


async def test_a_mute_holds_back_and_at_its_end_what_still_fires_is_told_once(api: Api) -> None:
    await rule(api, "r", "any", "level=error", by=["host"], quiet="1h")
    reply = await put(api, "/mutes/deploy", {"query": "service=billing", "reason": "deploy"})
    assert reply.status == 201
    for host in ("a", "b"):
        await api.report({"level": "error", "host": host, "service": "billing"})
    await api.report({"level": "error", "host": "c", "service": "web"})
    found = await events(api, "r", *["firing"] * 3)
    assert [each["muted_by"] for each in found] == ["deploy", "deploy", None]
    assert len(await history(api, "deploy", "mutes")) == 2
    (mute,) = (await api.get("/mutes")).json["mutes"]
    assert (mute["held_back"], mute["holding_back"], mute["lasts"]) == (2, 2, True)

    assert (await api.request("DELETE", "/mutes/deploy")).status == 204

    *_, one, two = await events(api, "r", *["firing"] * 3, "unmuted", "unmuted")
    assert {one["by"]["host"], two["by"]["host"]} == {"a", "b"}


async def test_a_downtime_is_said_and_nobody_is_absent_for_it(
    open_api: OpenApi, database: str
) -> None:
    async with Api(Runtime(Settings(), database)) as api:
        await rule(api, "nightly", "absent for 1h")
        await _until(api, "members", 1, None, "nightly")
    connection = await asyncpg.connect(database)
    past = "interval '2 hours'"
    await connection.execute(
        f"UPDATE incidents_rules_position SET clock = clock - {past}, alive_at = alive_at - {past};"
        f"UPDATE incidents_rule_states SET quiet_since = quiet_since - {past}"
    )
    await connection.close()

    (grace,) = await events(await open_api(), "nightly", "grace")

    assert grace["detail"].startswith("nobody evaluated rules from ")


async def test_what_waits_for_a_lower_id_is_no_silence(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever takes over reads it a second later than what came before the gap."""
    monkeypatch.setattr(turn_module, "_AWAY_MIN", timedelta(hours=1))
    async with Api(Runtime(Settings(), database)) as api:
        await api.report({"job": "another"})
        await rule(api, "nightly", "absent for 3m")
        await _until(api, "members", 1, None, "nightly")
    past = "interval '8 minutes'"
    await asyncio.to_thread(
        run_sql,
        database,
        f"UPDATE incidents_rules_position SET clock = clock - {past}, alive_at = alive_at - {past};"
        f"UPDATE incidents_rule_states SET quiet_since = quiet_since - {past};"
        "SELECT nextval('incidents_id_seq')",
    )
    id_ = await _stored(database, {"job": "backup"}, timedelta(minutes=6))

    other = await open_api()
    (fired,) = await events(other, "nightly", "firing")

    (heard,) = (await other.get(f"/find?q=id={id_}")).json["incidents"]
    times = [datetime.fromisoformat(each) for each in (heard["received_at"], fired["at"])]
    assert times[1] - times[0] == timedelta(minutes=3)


async def test_an_import_feeds_no_rule_that_does_not_say_so(api: Api, database: str) -> None:
    await rule(api, "not", "any", "a=1", quiet="1h")
    await rule(api, "also", "any", "a=1", quiet="1h", imports=True)
    made = make_incident("{}", b'{"a": 1}', datetime.now(UTC), 100)
    async with Loader(Settings(), database) as loader:
        await loader.store([(77, made)])
    await events(api, "also", "firing")
    id_ = await api.report({"a": 1})

    (fired,) = await events(api, "not", "firing")

    assert fired["incidents"] == [id_]


async def test_what_a_rule_did_is_an_incident_that_feeds_no_rule_but_those_that_say_so(
    api: Api,
) -> None:
    await rule(api, "errors", "any", "level=error", by=["body.service"], quiet="1h")
    await rule(api, "rules", "any", "level=error", quiet="1h", own=True)
    await api.report({"level": "error", "service": "billing"}, Incidents_Rule="forged")
    await _until(api, "firing", 1)
    await _until(api, "firing", 1, None, "rules")
    async with asyncio.timeout(SECONDS_MAX):
        while not (found := await api.find({"Incidents-Rule": "errors"})):  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    stored = (await api.get(f"/incidents/{found[0]}")).json
    assert stored["headers"] == {"Incidents-Rule": "errors"}
    assert stored["body"]["event"] == "firing"
    assert stored["body"]["by"] == {"body.service": "billing"}
    assert await api.find({"Incidents-Rule": "forged"}) == []
    await _until(api, "count", 2, lambda shown: int(shown["states"][0]["count"] >= 2) * 2, "rules")
    assert [each["event"] for each in await history(api, "errors")] == ["firing"]


async def test_the_first_incident_of_a_group_fires_and_one_that_comes_after_it_was_resolved(
    api: Api, database: str
) -> None:
    await api.report({"service": "web", "message": "of before 1"})
    await rule(api, "new", "new group", "service=web", quiet="1s")
    await rule(api, "back", "group back", "service=web", quiet="1s")
    await api.report({"service": "web", "message": "of before 2"})
    new = await api.report({"service": "web", "message": "out of memory"})
    fired, _ = await events(api, "new", "firing", "resolved")
    assert (fired["incidents"], fired["title"]) == ([new], "new: new group: out of memory")
    connection = await asyncpg.connect(database)
    await connection.execute(
        "INSERT INTO incidents_group_changes (key, action, at, last_id) "
        "SELECT group_key, 'resolve', now(), $1::bigint FROM incidents WHERE id = $1",
        new,
    )
    await connection.close()
    back = await api.report({"service": "web", "message": "out of memory"})

    (again, *_) = await events(api, "back", "firing", "resolved")

    assert (again["incidents"], again["by"]) == ([back], fired["by"])
    asked = {"rule": {"query": "service=web", "when": "new group", "quiet": "1s"}, "name": "new"}
    tried = (await api.post("/rules/try", json.dumps(asked).encode())).json["history"]
    assert [each["incidents"] for each in tried if each["event"] == "firing"] == [[1], [new]]


async def test_a_trial_says_what_the_rules_did(api: Api) -> None:
    """All kinds but `group back`: when a group was resolved in the past is not known."""
    whens = {
        "any": "any",
        "count": "count >= 2 in 3s",
        "absent": "absent for 1s",
        "new": "new group",
    }
    more: dict[str, Any] = {"query": "level=error", "by": ["host"]}
    rules = {name: {**more, "when": when, "quiet": "1s"} for name, when in whens.items()}
    del rules["absent"]["quiet"]
    for name, given in rules.items():
        assert (await put(api, f"/rules/{name}", given)).status == 201
    mute = {"query": "host=a", "reason": "it is held back, and happens", "until": "never"}
    assert (await put(api, "/mutes/quiet", mute)).status == 201
    random = Random(4)
    for number in range(40):
        body = {"level": random.choice(["error", "info"]), "host": random.choice("abc")}
        await api.report(body | {"message": f"{random.choice(['disk', 'net'])} {number}"})
    names = ("at", "event", "by", "count", "incidents", "title")

    async def told(reply: Result) -> list[str]:
        assert reply.status == 200, reply.text
        return sorted(str([each[name] for name in names]) for each in reply.json["history"])

    async with asyncio.timeout(SECONDS_MAX):
        for name, given in rules.items():
            asked = json.dumps({"rule": given, "name": name}).encode()
            live: list[str] = []
            tried = ["nothing yet"]
            while live != tried or not any("firing" in each for each in live):
                live = await told(await api.get(f"/rules/{name}/history"))
                tried = await told(await api.post("/rules/try", asked))
    assert any(each["muted_by"] for each in await history(api, "any"))


async def test_what_was_not_committed_happens_once_when_it_is_tried_again(
    open_api: OpenApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []

    async def lost_at_first(driver: asyncpg.Connection, notifications: Any) -> None:
        told.append(notifications)
        await enqueue(driver, notifications)
        if len(told) == 1:
            raise asyncpg.ConnectionDoesNotExistError

    monkeypatch.setattr(runtime_module, "enqueue", lost_at_first)
    api = await open_api()
    await rule(api, "r", "count >= 2 in 1h", "a=1", quiet="1h", channels=["hook"])
    ids = [await api.report({"a": 1}) for _ in range(2)]

    (fired,) = await events(api, "r", "firing")

    assert fired["incidents"] == ids[::-1]
    first, again = told
    assert first == again
    data = again[0].payload["data"]
    assert (again[0].channel, data["rule"], data["count"]) == ("hook", "r", 2)
    assert data["url"].endswith("/?q=a%3D1")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"when": "any"}, "rules.r.query: it is missing"),
        ({"query": "a=", "when": "any"}, "rules.r.query: position"),
        ({"query": "a=1", "when": "sometimes"}, "rules.r.when: unknown condition 'sometimes'; kno"),
        ({"query": "a=1", "when": "count >= 0 in 5m"}, "rules.r.when: a count is a number from 1"),
        ({"query": "a=1", "when": "any", "quite": "5m"}, "rules.r.quite: unknown; did you mean qu"),
        ({"query": "a=1", "when": "any", "by": ["a b"]}, "rules.r.by: 'a b' is no path such as"),
        ({"query": "a=1", "when": "any", "title": "{"}, "rules.r.title: a { that is no place for"),
        ({"query": "received>1h", "when": "any"}, "rules.r.query: each incident is looked at"),
        ({"query": "a=1", "when": "absent for 1h", "quiet": "5m"}, "rules.r.quiet: absent resol"),
    ],
)
async def test_what_is_no_rule_is_refused_with_its_place(
    shared_api: Api, given: dict[str, Any], said: str
) -> None:
    reply = await put(shared_api, "/rules/r", given)

    assert reply.status == 400
    assert reply.json["detail"].startswith(said), reply.json["detail"]


async def _until(
    api: Api,
    name: str,
    wanted: int,
    read: Callable[[Any], int] | None = None,
    rule_name: str = "errors",
) -> None:
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            shown = (await api.get(f"/rules/{rule_name}")).json
            if (read(shown) if read and shown["states"] else shown.get(name)) == wanted:
                return
            await asyncio.sleep(0.05)


async def _stored(database: str, body: Any, ago: timedelta = timedelta()) -> int:
    """What another server stores while nobody evaluates."""
    connection = await asyncpg.connect(database)
    id_ = await connection.fetchval(
        "INSERT INTO incidents (id, received_at, hash, headers, body) VALUES "
        "(nextval('incidents_id_seq'), now() - $2::interval, sha256(''), '{}', $1) RETURNING id",
        json.dumps(body),
        ago,
    )
    await connection.close()
    return int(id_)


async def test_what_could_not_be_delivered_is_in_the_history_and_an_incident(api: Api) -> None:
    await rule(api, "r", "any", "a=1", quiet="1h", channels=["nobody"])
    await api.report({"a": 1})

    fired, undelivered = await events(api, "r", "firing", "undelivered")

    assert undelivered["title"] == f"not delivered to nobody: {fired['title']}"
    (told,) = (await api.get("/rules/r/history")).json["notifications"]
    assert (told["channel"], told["state"], told["type"]) == ("nobody", "dead", "rule.firing")
    async with asyncio.timeout(SECONDS_MAX):
        while not await api.find({"event": "undelivered"}):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
