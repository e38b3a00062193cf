"""Answers without a limit: one snapshot, copied out as text."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from incidents.core.errors import OutOfTime
from incidents.core.example import parse_example
from incidents.http.endpoints.search.rendering import render_stream
from incidents.search import queries
from incidents.search import stream as stream_module
from incidents.search.bounds import Bounds
from incidents.search.question import condition_of
from incidents.search.stream import Stream
from tests.api import Api
from tests.proxy import Proxy
from tests.test_page import fill

OpenApi = Callable[..., Awaitable[Api]]


def ask(api: Api, example: bytes, *, below: int | None = None, seconds: float = 60) -> Stream:
    search = api.runtime.search
    condition = condition_of(parse_example(example, 100))
    bounds = Bounds(seconds=seconds, wait_seconds=60, rows_at_once=7, slow_seconds=60)
    return Stream(search._readings, condition, below=below, bounds=bounds)


async def ids_of(stream: Stream) -> list[int]:
    texts = [text async for text in stream.texts(in_lines=True)]
    return [json.loads(line)["id"] for line in b"".join(texts).splitlines()]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows so small that a few hundred incidents need many of them."""
    monkeypatch.setattr(stream_module, "FIRST", 3)
    monkeypatch.setattr(stream_module, "WINDOW_MAX", 20)
    monkeypatch.setattr(stream_module, "_SPARSE", 2)
    monkeypatch.setattr(stream_module, "_SPARSE_WINDOW_MAX", 100)


@pytest.mark.usefixtures("narrow")
async def test_a_stream_holds_all_matches_once_and_in_order(api: Api, database: str) -> None:
    await api.report({})
    await fill(database, range(2, 400), kinds=5)

    for kind in range(6):
        expected = [id_ for id_ in range(399, 1, -1) if id_ % 5 == kind]
        assert await ids_of(ask(api, b'{"kind": %d}' % kind)) == expected
        low = [id_ for id_ in expected if id_ < 100]
        assert await ids_of(ask(api, b'{"kind": %d}' % kind, below=100)) == low
    assert await ids_of(ask(api, b"{}")) == list(range(399, 0, -1))
    assert await ids_of(ask(api, b'{"kind": {}}')) == []


@pytest.mark.usefixtures("narrow")
async def test_a_stream_is_one_snapshot(api: Api) -> None:
    there = [await api.report({}) for _ in range(20)]
    texts = ask(api, b"{}").texts(in_lines=True)

    seen = await anext(texts)
    for _ in range(10):
        await api.report({})
    seen += b"".join([text async for text in texts])

    assert [json.loads(line)["id"] for line in seen.splitlines()] == there[::-1]


@pytest.mark.usefixtures("narrow")
async def test_it_is_one_snapshot_behind_a_gap_too(api: Api, database: str) -> None:
    await api.report({})
    await fill(database, range(5, 6), kinds=1)
    await fill(database, range(9_800, 10_000), kinds=1)
    texts = ask(api, b"{}").texts(in_lines=True)

    seen = await anext(texts)
    await fill(database, range(2, 5), kinds=1)
    seen += b"".join([text async for text in texts])

    there = [*range(9_999, 9_799, -1), 5, 1]
    assert [json.loads(line)["id"] for line in seen.splitlines()] == there


@pytest.mark.parametrize("repeats", [1, 20_000])  # one that is long goes alone
async def test_postgresql_makes_the_text_that_pages_have(api: Api, repeats: int) -> None:
    bodies = [
        b'{"a":\n\r\n 1.0, "a": "\\u0000\\\\ \\"", "\xc3\xa9": ","}',
        b'"\\"x\\""',
        b"[]",
        b" 1e2 ",
        b'"' + b"long" * repeats + b'"',
        b'"\\\\."',
        b'"\x7f"',
    ]
    for body in bodies:
        await api.report(body, X_Quoted='"a, b"', X_Other="é")

    for accept in ("application/json", "application/x-ndjson"):
        stream = await api.post("/find", b"{}", {"Accept": accept})
        page = await api.post("/find?limit=100", b"{}", {"Accept": accept})
        if accept == "application/json":
            rows = stream.text.removeprefix('{"incidents": [').removesuffix("]}")
            assert rows.replace("\n, ", ", ").removesuffix("\n") == page.text.removeprefix(
                '{"incidents": ['
            ).removesuffix('], "next": null}')
        else:
            assert stream.text == page.text.removesuffix('{"next": null}\n')


async def test_what_is_there_is_given_before_more_is_looked_for(
    api: Api, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "FIRST", 3)
    await api.report({})
    await fill(database, range(2, 400), kinds=3)
    texts = ask(api, b'{"kind": 0}').texts(in_lines=True)

    first = await anext(texts)

    assert [json.loads(line)["id"] for line in first.splitlines()] == [399]
    await texts.aclose()


async def test_a_stream_that_nobody_takes_waits(api: Api, database: str) -> None:
    await api.report({})
    await fill(database, range(2, 40_000), kinds=1)
    stream = render_stream(ask(api, b"{}"), in_lines=True)

    assert await anext(stream)
    held = {task for task in asyncio.all_tasks() if "_copy" in repr(task)}
    await stream.aclose()

    assert len(held) == 1
    assert all(task.done() for task in held)
    assert len(await ids_of(ask(api, b"{}", below=100))) == 99


async def test_a_stream_without_time_fails_instead_of_ending_early(api: Api, database: str) -> None:
    await api.report({})
    await fill(database, range(2, 400), kinds=3)

    with pytest.raises(OutOfTime):
        await ids_of(ask(api, b'{"kind": 1}', seconds=1e-9))


@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
async def test_a_stream_goes_on_where_it_was_when_the_connection_is_lost(
    api: Api,
    open_api: OpenApi,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    accept: str,
) -> None:
    monkeypatch.setattr(stream_module, "PIECE_BYTES", 500)
    monkeypatch.setattr(queries, "_BLOCK_BITS", 2)
    # A line break, and what an incident begins with, both in a body: none of the stream's own.
    mean = b'[1\n\n, {"id": 5, "hash": "x", "received_at": "x"}\r\n, {"id": 9}]'
    there = [await api.report(mean, X_Filling="x" * 9000) for _ in range(100)]
    whole = (await api.post("/find", b"{}", {"Accept": accept})).content
    async with Proxy(database) as proxy:
        behind = await open_api(proxy.url)
        pieces = render_stream(ask(behind, b"{}"), in_lines=accept.endswith("ndjson"))

        seen, cuts = b"", 0
        async for piece in pieces:
            seen += piece.data
            if len(seen) > (cuts + 1) * 100_000:
                await proxy.cut_all()
                cuts += 1

    assert seen == whole
    assert cuts > 2
    assert seen.count(b"X-Filling") == len(there)


@pytest.mark.usefixtures("narrow")
async def test_an_answer_of_which_nothing_was_sent_is_refused_when_postgresql_stays_away(
    api: Api, open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        await api.report({"number": number})
    flush = stream_module._Pieces.flush
    async with Proxy(database) as proxy:
        behind = await open_api(proxy.url, database_wait_seconds=2)

        async def flush_once(pieces: stream_module._Pieces) -> None:
            monkeypatch.setattr(stream_module._Pieces, "flush", flush)
            await proxy.go_away()
            await flush(pieces)

        monkeypatch.setattr(stream_module._Pieces, "flush", flush_once)
        answer = await behind.post("/find", b"{}")

    assert answer.status == 503
