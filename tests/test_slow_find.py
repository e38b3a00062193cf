"""Slow finds are logged, with where they looked and without what was looked for."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.api import Api
from tests.scrape import Scrape

OpenApi = Callable[..., Awaitable[Api]]


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What the log says of each slow find."""
    return [
        record.__dict__["fields"]
        for record in caplog.records
        if record.getMessage() == "a find was slow"
    ]


async def test_a_page_says_where_it_looked(
    open_api: OpenApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    api = await open_api(slow_find_seconds=0)
    before = Scrape.of((await api.get("/metrics")).text)
    for number in range(20):
        await api.report({"person": "s3cret", "n": {"number": number}})

    await api.find({"person": "s3cret", "n": {"number": 3}}, "limit=5&since=1h")

    (find,) = told(caplog)
    assert find["way"] == "page"
    assert (find["by"], find["keys"]) == ("index", ["n", "person"])
    assert (find["given"], find["ended"]) == (1, "nothing is left")
    assert find["since"] is not None
    (call,) = find["calls"]
    assert call["ids"][0] <= 1
    assert call["ids"][1] == 21
    assert call["found"] == call["steps"] == 1
    assert find["calls_left_out"] == 0
    assert find["seconds"] == pytest.approx(sum(find["seconds_of"].values()), abs=1e-4)
    assert call["seconds"] <= find["seconds"]
    assert "s3cret" not in str(caplog.records[-1].__dict__)
    now = Scrape.of((await api.get("/metrics")).text)
    assert now("slow_finds_total") - before("slow_finds_total") == 1


async def test_a_full_page_and_one_by_hash_say_so(
    open_api: OpenApi, caplog: pytest.LogCaptureFixture
) -> None:
    api = await open_api(slow_find_seconds=0)
    for _ in range(3):
        await api.report({"a": 1})
    found = await api.post("/find?limit=2", b"{}")
    hash_ = found.json["incidents"][0]["hash"]
    assert (await api.get(f"/find?h={hash_}&limit=5")).status == 200

    first, second = told(caplog)
    assert (first["ended"], first["given"], first["keys"]) == ("limit", 2, [])
    assert (second["by"], second["ended"], second["given"]) == ("hash", "nothing is left", 3)


async def test_a_stream_says_where_it_looked(
    open_api: OpenApi, caplog: pytest.LogCaptureFixture
) -> None:
    api = await open_api(slow_find_seconds=0)
    for number in range(5):
        await api.report({"n": number})

    await api.find({})

    (find,) = told(caplog)
    assert (find["way"], find["ended"], find["given"]) == ("stream", "nothing is left", 5)
    assert find["calls"][0]["ids"] == [1, 6]
    assert find["calls"][0]["found"] == 5


async def test_a_page_that_meets_its_deadline_says_what_was_not_finished(
    open_api: OpenApi, caplog: pytest.LogCaptureFixture
) -> None:
    api = await open_api(slow_find_seconds=0, search_deadline_seconds=0.000001)
    for number in range(400):
        await api.report({"n": number})
    before = Scrape.of((await api.get("/metrics")).text)

    assert await api.find({"n": -1}, "limit=5") == []

    find = told(caplog)[-1]
    assert find["ended"] == "deadline"
    assert find["calls"][0]["found"] is None
    now = Scrape.of((await api.get("/metrics")).text)
    assert now("find_deadlines_exceeded_total") - before("find_deadlines_exceeded_total") == 1


async def test_many_long_keys_make_no_long_line(
    open_api: OpenApi, caplog: pytest.LogCaptureFixture
) -> None:
    api = await open_api(slow_find_seconds=0)
    await api.find({f"{number}" + "x" * 1000: 1 for number in range(100)}, "limit=1")

    (find,) = told(caplog)
    assert len(find["keys"]) == 20
    assert max(map(len, find["keys"])) == 80
    assert find["query_characters"] > 100_000
    assert len(str(find)) < 5000


async def test_what_is_fast_is_not_logged(
    open_api: OpenApi, caplog: pytest.LogCaptureFixture
) -> None:
    api = await open_api(slow_find_seconds=1000)
    await api.report({"a": 1})
    await api.find({"a": 1}, "limit=1")
    await api.find({"a": 1})

    assert told(caplog) == []
