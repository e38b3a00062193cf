"""/groups adds up to what is found, whatever of it is settled, and each group has a state."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from incidents.core.grouping.group import group_of
from incidents.core.grouping.keys import id_of_key, keys_of
from incidents.core.incident import make_incident
from incidents.ingest.loader import Loader
from incidents.search import groups as groups_module
from incidents.support.settings import Settings
from tests.api import Api
from tests.clocks import START, settle
from tests.command import incidents
from tests.served import Served
from tests.sql import run_sql

pytestmark = pytest.mark.jobs

OpenApi = Callable[..., Awaitable[Api]]
Row = tuple[int, datetime, Any]

COUNT = 300


def made(seed: int) -> list[Row]:
    """Of twelve groups, three of which are rare; ids and times run apart a little."""
    rng = Random(seed)
    rows: list[Row] = []
    for id_ in range(1, COUNT + 1):
        number = rng.choice([*range(9)] * 5 + [9, 10, 11])
        body = {
            "service": f"s{number % 3}",
            "message": f"failed: {'abcdefghijkl'[number]} after {id_} ms",
        }
        at = START + timedelta(seconds=id_ * 10 + rng.uniform(-60, 60))
        rows.append((id_, at, body))
    rng.shuffle(rows)
    return rows


async def store(url: str, rows: list[Row]) -> None:
    """As an import does, in any order."""
    async with Loader(Settings(partition_ids=64), url) as loader:
        for start in range(0, len(rows), 50):
            batch = [
                (id_, make_incident("{}", json.dumps(body).encode(), at, 100))
                for id_, at, body in rows[start : start + 50]
            ]
            assert await loader.store(batch) == {}


def expected(
    rows: list[Row],
    *,
    service: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[dict[str, Any]]:
    """What the pure function makes of them, the newest group first."""
    groups: dict[int, list[Row]] = {}
    for row in rows:
        _, at, body = row
        if service in (None, body["service"]) and (since or at) <= at < (
            until or at + timedelta(1)
        ):
            groups.setdefault(group_of("{}", body).key, []).append(row)
    shown = [
        {
            "id": id_of_key(key),
            "count": len(some),
            "first": min(id_ for id_, _, _ in some),
            "last": max(id_ for id_, _, _ in some),
        }
        for key, some in groups.items()
    ]
    return sorted(shown, key=lambda each: -each["last"])


async def asked(api: Api, query: str = "") -> list[dict[str, Any]]:
    """All groups, page by page. What comes again is added up."""
    found: dict[str, dict[str, Any]] = {}
    after = ""
    while True:
        reply = await api.get(f"/groups?{query}{after}")
        assert reply.status == 200, reply.text
        for each in reply.json["groups"]:
            assert sum(each["histogram"]) == each["count"]
            known = found.get(each["id"])
            shown = {
                "id": each["id"],
                "count": each["count"] + (known["count"] if known else 0),
                "first": each["first"]["id"],
                "last": known["last"] if known else each["last"]["id"],
            }
            found[each["id"]] = shown
        if reply.json["next"] is None:
            return list(found.values())
        after = f"&after={reply.json['next']}"


def time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"


@pytest.mark.parametrize("settled", ["", "settled"])
async def test_groups_are_those_of_the_oracle(
    open_api: OpenApi, database: str, settled: str
) -> None:
    api = await open_api(partition_ids=64)
    rows = made(seed=1)
    await store(database, rows)
    if settled:
        await settle(database)
    since, until = START + timedelta(seconds=500), START + timedelta(seconds=2000)

    assert await asked(api) == expected(rows)
    assert await asked(api, "limit=5") == expected(rows)
    within = f"since={time(since)}&until={time(until)}"
    assert await asked(api, within) == expected(rows, since=since, until=until)
    assert await asked(api, f"q=service%3Ds1&limit=2&{within}") == expected(
        rows, service="s1", since=since, until=until
    )
    by_count = await asked(api, "sort=count&limit=4")
    assert [each["count"] for each in by_count] == sorted(
        (g["count"] for g in expected(rows)), reverse=True
    )
    by_first = await asked(api, "sort=first&limit=4")
    assert [each["first"] for each in by_first] == sorted(
        (g["first"] for g in expected(rows)), reverse=True
    )


async def test_a_page_at_its_deadline_goes_on_with_older_ones(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is over after one window comes in several pages, which add up."""
    api = await open_api(partition_ids=64)
    rows = made(seed=2)
    await store(database, rows)
    monkeypatch.setattr(groups_module, "_FIRST_IDS", 40)
    monkeypatch.setattr(groups_module, "_GROUPS_MAX", 1)

    first = await api.get("/groups?q=service%3Ds1&limit=1")
    assert not first.json["complete"]
    found = await asked(api, "q=service%3Ds1&limit=1")

    key = lambda each: each["id"]  # noqa: E731
    assert sorted(found, key=key) == sorted(expected(rows, service="s1"), key=key)


async def test_a_group_whose_first_incident_is_deleted_meanwhile_is_shown(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its counts and its times."""
    api = await open_api(partition_ids=64)
    rows = made(seed=4)
    await store(database, rows)
    count = groups_module.GroupPages.page

    async def page(pages: Any, *arguments: Any) -> Any:
        counted = await count(pages, *arguments)
        await asyncio.to_thread(run_sql, database, "DELETE FROM incidents WHERE id <= 60")
        return counted

    monkeypatch.setattr(groups_module.GroupPages, "page", page)

    assert await asked(api) == expected([row for row in rows if row[0] > 60])


async def test_counts_equal_what_find_counts_while_it_is_written_settled_and_deleted(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(partition_ids=64)
    await store(database, made(seed=3))
    done = asyncio.Event()

    async def write() -> None:
        for number in range(60):
            await api.report({"message": f"written {number}", "service": "s0"})
        done.set()

    async def disturb() -> None:
        for low in range(0, 60, 10):
            await settle(database)
            gone = f"DELETE FROM incidents WHERE id >= {low} AND id < {low + 10}"
            forget = f"DELETE FROM incidents_blocks WHERE low >= {low} AND low < {low + 10}"
            await asyncio.to_thread(run_sql, database, f"BEGIN; {forget}; {gone}; COMMIT")

    async def compare() -> None:
        while not done.is_set():
            before = len(await api.find({}))
            counted = sum(each["count"] for each in await asked(api))
            after = len(await api.find({}))
            assert min(before, after) - 60 <= counted <= max(before, after) + 60

    await asyncio.gather(write(), disturb(), compare())

    for each in await asked(api):
        found = await api.get(f"/find?q=group%3D{each['id']}")
        ids = [incident["id"] for incident in found.json["incidents"]]
        assert (len(ids), ids[0], ids[-1]) == (each["count"], each["last"], each["first"])


async def test_a_group_has_a_title_of_its_newest_incident(shared_api: Api) -> None:
    await shared_api.report({"message": "title: failed after 17 ms", "service": "t"})

    group = (await shared_api.get("/groups?q=title")).json["groups"][0]

    assert group["title"] == group_of("{}", {"message": "title: failed after 17 ms"}).title
    assert (group["service"], group["level"]) == ("t", None)
    one = (await shared_api.get(f"/groups/{group['id']}")).json
    assert {**one, "since": 0, "until": 0} == {**group, "history": [], "since": 0, "until": 0} | {
        "histogram": one["histogram"]
    }


async def test_groups_of_one_title_have_their_service_and_level(shared_api: Api) -> None:
    for service, level in (("a", "ERROR"), ("b", "ERROR"), ("b", "warning")):
        await shared_api.report({"message": "told apart", "service": service, "level": level})
    trace = {"type": "ValueError", "message": "told apart", "service": "a", "level": "error"}
    await shared_api.report({"exception": trace | {"value": "told apart"}, "service": "c"})

    groups = (await shared_api.get("/groups?q=told&sort=first")).json["groups"]

    assert [(each["title"], each["service"], each["level"]) for each in reversed(groups)] == [
        ("told apart", "a", "error"),
        ("told apart", "b", "error"),
        ("told apart", "b", "warning"),
        ("ValueError: told apart", "c", None),
    ]


async def state_of(api: Api, id_: str) -> str:
    return str((await api.get(f"/groups/{id_}")).json["state"])


async def test_what_comes_after_resolved_makes_a_group_back(shared_api: Api) -> None:
    body = {"message": "resolved and back"}
    await shared_api.report(body)
    id_ = id_of_key(keys_of("{}", body).key)
    resolve = f"/groups/{id_}/resolve"

    reply = await shared_api.post(resolve, b'{"reason": "fixed in 1.2"}')
    assert (reply.status, reply.json["state"]) == (200, "resolved")
    assert await state_of(shared_api, id_) == "resolved"
    await shared_api.report(body)
    assert await state_of(shared_api, id_) == "back"
    assert (await shared_api.post(resolve, b"")).json["state"] == "resolved"
    assert (await shared_api.post(f"/groups/{id_}/reopen", b"")).json["state"] == "open"

    one = (await shared_api.get(f"/groups/{id_}")).json
    assert [each["action"] for each in one["history"]] == ["reopen", "resolve", "resolve"]
    assert one["history"][2]["reason"] == "fixed in 1.2"
    assert len((await shared_api.get(f"/find?q=group%3D{id_}")).json["incidents"]) == 2


async def test_a_mute_ends(shared_api: Api, shared_database: str) -> None:
    body = {"message": "muted for a time"}
    await shared_api.report(body)
    id_ = id_of_key(keys_of("{}", body).key)

    muted = await shared_api.post(f"/groups/{id_}/mute", b'{"until": "2h"}')
    assert muted.json["state"] == "muted"
    until = datetime.fromisoformat(muted.json["change"]["until"])
    assert timedelta(hours=1) < until - datetime.now(UTC) <= timedelta(hours=2)
    over = "UPDATE incidents_group_changes SET until = now() - interval '1 s' WHERE until > now()"
    await asyncio.to_thread(run_sql, shared_database, over)
    assert await state_of(shared_api, id_) == "open"
    assert (await shared_api.post(f"/groups/{id_}/mute", b"")).json["change"]["until"] is None
    assert (await shared_api.post(f"/groups/{id_}/unmute", b"")).json["state"] == "open"


async def test_groups_in_a_state(shared_api: Api) -> None:
    ids: dict[str, str] = {}
    for name in ("open", "resolved", "muted", "back"):
        body = {"message": f"in the state {name}", "service": "states"}
        await shared_api.report(body)
        ids[name] = id_of_key(keys_of("{}", body).key)
    for name, action in (("resolved", "resolve"), ("muted", "mute"), ("back", "resolve")):
        await shared_api.post(f"/groups/{ids[name]}/{action}", b"")
    await shared_api.report({"message": "in the state back", "service": "states"})

    for asked_for in ("open", "back", "resolved", "muted", "open,back", "muted,resolved"):
        for query in ("", "&q=service%3Dstates"):
            reply = await shared_api.get(f"/groups?state={asked_for}&limit=1000{query}")
            found = {each["id"] for each in reply.json["groups"]} & {*ids.values()}
            assert found == {ids[name] for name in asked_for.split(",")}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("GET", "/groups?state=new", "", 400, "state: it is one or more of open, resolved"),
        ("GET", "/groups?sort=title", "", 400, "sort: it is one of last, first, count"),
        ("GET", "/groups?after=x", "", 400, "after: a cursor is what a page of the same sort"),
        ("GET", "/groups?stat=open", "", 400, "did you mean state"),
        ("GET", "/groups/7", "", 404, "16 hexadecimal digits"),
        ("GET", "/groups/0000000000000000", "", 404, "there is no group"),
        ("POST", "/groups/0000000000000000/resolve", "", 404, "there is no group"),
        ("POST", "/groups/0000000000000000/resolve", '{"until": "2h"}', 400, "until: unknown"),
        ("POST", "/groups/0000000000000000/mute", '{"until": "2020-01-01"}', 400, "a time to come"),
        ("POST", "/groups/0000000000000000/mute", "[]", 400, "an object"),
        ("POST", "/groups/0000000000000000/mute", '{"reason": 7}', 400, "reason: it is a text"),
    ],
)
async def test_what_is_wrong_is_said(
    shared_api: Api, method: str, path: str, body: str, status: int, said: str
) -> None:
    headers = {"Content-Type": "application/json"}
    reply = await shared_api.request(method, path, body.encode(), headers)

    assert (reply.status, said in reply.json["detail"]) == (status, True), reply.text


def test_the_command_lists_shows_and_changes_groups(serve_here: Callable[..., Served]) -> None:
    server = serve_here()
    for number in range(3):
        server.report({"message": f"disk {number} is full", "service": "files"})
    server.report({"message": "something else"})
    url = f"--url=http://127.0.0.1:{server.port}"

    listed = incidents("groups", "service=files", "--format=table", url)
    lines = listed.stdout.splitlines()
    id_ = lines[1].split()[0]
    resolved = incidents("groups", "resolve", id_, "--reason=a new disk", url)
    muted = incidents("groups", "mute", id_, "--until=2h", url)
    shown = json.loads(incidents("groups", "show", id_, url).stdout)
    in_state = incidents("groups", "list", "--state=muted", url)

    assert (len(lines), max(map(len, lines)) <= 80) == (2, True), listed
    assert (lines[1].split()[1:3], "files: disk" in lines[1]) == (["open", "3"], True)
    assert (resolved.stdout, muted.stdout) == (f"{id_}\tresolved\n", f"{id_}\tmuted\n")
    assert [each["action"] for each in shown["history"]] == ["mute", "resolve"]
    assert [json.loads(line)["id"] for line in in_state.stdout.splitlines()] == [id_]
    assert incidents("groups", "show", "nobody", url).returncode == 1
