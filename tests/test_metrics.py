"""GET /metrics: what is counted, and where."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from falcon.asgi import App

from incidents.auth.key_table import KeyTable
from incidents.core.errors import Overloaded
from incidents.http import app as app_module
from incidents.http.endpoints import reports, signed_reports
from incidents.http.message import problem_details
from incidents.runtime import Runtime
from incidents.support.admission import ConcurrencyLimit
from incidents.support.metrics.kinds import METRICS, Histogram
from incidents.support.metrics.metrics import LIMITED
from incidents.support.metrics.requests import OTHER, ROUTES, STATUSES, route_of
from incidents.support.settings import Settings
from tests.api import JSON, Api
from tests.keys import bearer, make
from tests.proxy import Proxy
from tests.scrape import Scrape
from tests.tail_client import TailClient
from tests.test_retention import KEEP, NOW, fill, retention

OpenApi = Callable[..., Awaitable[Api]]

ROOT = Path(__file__).parents[1]


async def scrape(api: Api) -> Scrape:
    result = await api.get("/metrics")
    assert result.status == 200
    assert result.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Scrape.of(result.text)


class Change:
    """How much each number grew in a block."""

    def __init__(self, before: Scrape) -> None:
        self.before = before
        self.after = before

    def __call__(self, name: str, **labels: str) -> float:
        return self.after(name, **labels) - self.before(name, **labels)


@asynccontextmanager
async def change(api: Api) -> AsyncIterator[Change]:
    made = Change(await scrape(api))
    yield made
    made.after = await scrape(api)


async def test_a_report_is_counted_on_its_way(api: Api) -> None:
    async with change(api) as grew:
        await api.report({"a": 1})

    labels = {"route": "/problems", "method": "POST"}
    assert grew("http_requests_total", **labels, status="201") == 1
    assert grew("http_requests_total", route="/problems") == 1
    assert grew("http_request_duration_seconds_count", route="/problems") == 1
    assert 0 < grew("http_request_duration_seconds_sum", route="/problems") < 60
    assert grew("stored_total", queue="single") == 1
    assert grew("commit_incidents_count", queue="single") == 1
    assert grew("commit_incidents_sum", queue="single") == 1
    assert grew("commit_duration_seconds_count", queue="single") == 1
    assert grew("reports_failed_total") == 0


async def test_reports_that_share_a_commit_are_one_batch(api: Api) -> None:
    async with change(api) as grew:
        await asyncio.gather(*[api.report({"n": n}) for n in range(20)])

    assert grew("stored_total", queue="single") == 20
    assert grew("commit_incidents_sum", queue="single") == 20
    assert grew("commit_incidents_count", queue="single") < 20


async def test_lines_are_counted_for_themselves(api: Api) -> None:
    async with change(api) as grew:
        await api.post("/problems", b"{}\n{\n[]\n", {"Content-Type": "application/x-ndjson"})

    assert grew("stored_total", queue="bulk") == 2
    assert grew("stored_total", queue="single") == 0
    assert grew("http_requests_total", route="/problems", status="200") == 1


async def test_what_is_found_is_counted(api: Api) -> None:
    ids = [await api.report({"a": 1}) for _ in range(5)]
    async with change(api) as grew:
        assert len(await api.find({"a": 1}, "limit=2")) == 2
        assert len(await api.find({"a": 1})) == 5
        assert (await api.get(f"/incidents/{ids[0]}")).status == 200
        assert (await api.get("/incidents/99")).status == 404

    assert grew("returned_total", kind="page") == 2
    assert grew("returned_total", kind="stream") == 5
    assert grew("returned_total", kind="id") == 1
    assert grew("find_steps_count") == 1
    assert grew("find_steps_sum") >= 1
    assert grew("find_deadlines_exceeded_total") == 0
    assert grew("http_requests_total", route="/incidents/{id}", status="404") == 1


async def test_a_route_is_named_by_its_template_whatever_is_asked_for(api: Api) -> None:
    async def ask(number: int) -> Scrape:
        await api.get(f"/nothing/{number}")
        await api.get(f"/incidents/{number}")
        await api.get(f"/page/{number}")
        await api.request(f"METHOD{number}", "/find")
        return await scrape(api)

    await ask(1)
    first = await ask(2)
    for number in range(3, 20):
        last = await ask(number)

    assert last.series == first.series
    assert last("http_requests_total", route=OTHER, status="404") >= 19
    assert last("http_requests_total", route="/find", method=OTHER, status="405") >= 19


def test_a_path_has_one_route() -> None:
    assert route_of("/incidents/5") == "/incidents/{id}"
    assert route_of("/page/main.js") == route_of("/page/list/list.css") == "/page/{name:path}"
    assert route_of("/") == "/"
    for path in ("", "//", "/find/", "/incidents/5/6", "/Find", "/other", "/incidents"):
        assert route_of(path) == OTHER


async def test_every_route_has_its_name(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[str] = []

    def remember(_: Any, path: str, resource: object) -> None:
        added.append(path)

    monkeypatch.setattr(App, "add_route", remember)
    app_module.create_app(Runtime(Settings(), database))

    assert {*added, reports.PATH, signed_reports.TEMPLATE, OTHER} == set(ROUTES)


def test_every_status_of_an_error_has_its_name() -> None:
    assert {str(status.value) for status in problem_details._STATUS.values()} <= set(STATUSES)


async def test_a_client_that_left_got_no_answer(api: Api) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(event: dict[str, Any]) -> None:
        """Nobody is there."""

    async with change(api) as grew:
        for path in ("/problems", "/find"):
            await api.stream(path, {**JSON, "Content-Length": "2"}, receive, send)

    assert grew("http_requests_total", route="/problems", status="left") == 1
    assert grew("http_requests_total", route="/find", status="left") == 1
    assert grew("http_requests_total", route="/problems") == 1


async def test_who_finds_no_place_is_counted(open_api: OpenApi) -> None:
    api = await open_api(tail_listeners_max=1)
    async with change(api) as grew, TailClient(api):
        assert (await api.get("/tail")).status == 503
        now = await scrape(api)

    assert grew("limit_exceeded_total", kind="listeners") == 1
    assert grew("limit_exceeded_total") == 1
    assert now("in_flight", kind="listeners") == 1
    assert now("in_flight_limit", kind="listeners") == 1


@pytest.mark.parametrize("name", [*LIMITED, "logins", "changes"])
def test_a_room_is_known_by_its_name(name: str) -> None:
    limit = ConcurrencyLimit(name, 1, 1)
    with limit.permit() as permit:
        with pytest.raises(Overloaded), limit.permit():
            pass
        with pytest.raises(Overloaded):
            permit.grow(2)


async def test_a_wait_for_postgresql_is_counted(open_api: OpenApi, database: str) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, database_wait_seconds=0.3)
        while (await api.get("/metrics")).status != 200:
            pass  # until the keys are known, which a busy machine may take longer for
        await proxy.go_away()
        async with change(api) as grew:
            assert (await api.post("/problems", b"{}")).status == 503
            assert (await api.post("/find", b"{}")).status == 503
            # Whoever looks after it must see it then.
            assert (await api.get("/metrics")).status == 200

        for waiter in ("reports", "searches"):
            assert grew("database_wait_seconds_count", kind=waiter) == 1
            assert grew("database_wait_seconds_sum", kind=waiter) > 0.1
        assert grew("reports_failed_total", reason="unavailable") == 1
        assert grew("http_requests_total", route="/problems", status="503") == 1
        await proxy.come_back()


async def test_no_wait_is_counted_where_there_was_none(api: Api) -> None:
    async with change(api) as grew:
        await api.report({})
        await api.find({})

    assert grew("database_wait_seconds_count") == 0


async def test_what_is_in_doubt_is_counted_until_it_is_taken_back(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, database_wait_seconds=5)  # a commit on a busy machine
        proxy.cut_when_answered(b"INSERT 0 ")
        asking = asyncio.create_task(api.post("/problems", b"{}"))
        await proxy.cut.wait()
        await proxy.go_away()
        async with change(api) as grew:
            assert (await asking).status == 503
            assert (await scrape(api))("in_doubt_reports") == 1
            await proxy.come_back()
            async with asyncio.timeout(20):
                while (await scrape(api))("in_doubt_reports"):  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.05)

        assert grew("compensating_deletes_total") == 1


async def test_listeners_and_what_they_miss_are_counted(
    open_api: OpenApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.live_tail.tail.BUFFER_INCIDENTS_MAX", 10)
    api = await open_api()
    async with change(api) as grew, TailClient(api) as slow, TailClient(api) as fast:
        slow.hears.clear()
        for n in range(60):
            await api.report({"n": n})
            await fast.bodies(1)
        slow.hears.set()
        skipped, heard = 0, 0
        while skipped + heard < 60:
            told = await slow.next()
            skipped += told.data["skipped"] if told.kind == "skipped" else 0
            heard += told.kind != "skipped"
        assert (await scrape(api))("in_flight", kind="listeners") == 2

    assert skipped
    assert grew("tail_skipped_total") == skipped
    assert grew("tail_sent_total") == 60 + heard
    assert grew.after("in_flight", kind="listeners") == 0


async def test_what_retention_lets_go_is_counted(open_api: OpenApi, database: str) -> None:
    api = await open_api(partition_ids=4)
    await fill(api, database, [40, 40, 40, 40, 40, 1])
    async with change(api) as grew:
        await retention(database).enforce(KEEP, NOW)

    assert grew("retention_deleted_total") + 4 * grew("retention_dropped_partitions_total") >= 5
    assert grew("retention_failures_total") == 0


async def test_keys_guard_the_metrics(open_api: OpenApi, table: KeyTable) -> None:
    api = await open_api(key_cache_seconds_max=0.2)
    read, report = bearer(await make(table, "read")), bearer(await make(table, "report"))
    async with asyncio.timeout(20):
        while (await api.get("/metrics", **report)).status != 403:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)

    assert (await api.get("/metrics")).status == 401
    assert (await api.get("/metrics", **read)).status == 200


async def test_who_has_a_key_sees_the_metrics_while_postgresql_is_away(
    open_api: OpenApi, table: KeyTable, database: str
) -> None:
    read = bearer(await make(table, "read"))
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, key_cache_seconds_max=0.2, database_wait_seconds=0.2)

        async def answered(status: int) -> None:
            async with asyncio.timeout(60):
                while (await api.get("/incidents/1", **read)).status != status:
                    pass

        await answered(404)
        await proxy.go_away()
        await answered(503)

        assert (await api.get("/incidents/1", **read)).status == 503
        assert (await api.get("/metrics", **read)).status == 200
        assert (await api.get("/metrics")).status == 401
        await proxy.come_back()


async def test_where_no_key_was_ever_read_nobody_sees_them(
    open_api: OpenApi, table: KeyTable, database: str
) -> None:
    read = bearer(await make(table, "read"))
    async with Proxy(database) as proxy:
        await proxy.go_away()
        api = await open_api(proxy.url, database_wait_seconds=0.2)

        assert (await api.get("/metrics", **read)).status == 503
        await proxy.come_back()


def test_every_metric_has_its_line_in_the_documents() -> None:
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text()
    lines = [line for line in page.splitlines() if line.startswith("| `incidents_")]

    for line, metric in zip(lines, METRICS, strict=True):
        labels = f" By {', '.join(f'`{each}`' for each in metric.labels)}." * bool(metric.labels)
        kind = type(metric).__name__.lower()
        assert line == f"| `{metric.name}` | {kind} | {metric.text}{labels} |"


def test_names_are_as_prometheus_wants_them() -> None:
    for metric in METRICS:
        kind = type(metric).__name__
        assert metric.name.startswith("incidents_")
        assert metric.name.endswith("_total") == (kind == "Counter"), metric.name
        assert metric.text.endswith(".")


def test_the_bounds_of_a_histogram_hold_what_they_say() -> None:
    histogram = next(each for each in METRICS if each.name == "incidents_find_steps")
    assert isinstance(histogram, Histogram)
    numbers = [0.0] * histogram.width
    numbers[1] = 2  # not above the first bound
    numbers[-1] = 1  # above all

    buckets = histogram.buckets(numbers)

    assert [buckets[0], buckets[-1]] == [("1.0", 2), ("+Inf", 3)]
