"""Pages, cursors and time bounds against an oracle, while other connections insert."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.search.question import write_cursor
from tests import clocks
from tests.api import Api
from tests.clocks import COUNT, PARTITION, START, incidents, narrow_all
from tests.oracle import matches

OpenApi = Callable[..., Awaitable[Api]]
SLOW = pytest.mark.slow


async def find_while_others_report(api: Api, query: str, example: bytes) -> Any:
    """The answer; before it has come, three more incidents have."""
    finding = asyncio.create_task(api.post(f"/find?{query}", example))
    for number in range(3):
        await api.report({"level": "error", "n": number, "service": "retired"})
    reply = await finding
    assert reply.status == 200, reply.text
    return reply.json


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `narrow_all`."""
    narrow_all(monkeypatch)


examples = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "level": st.sampled_from(["error", "info", "none"]),
            "service": st.sampled_from(["retired", "clustered"]),
            "n": st.integers(0, 7),
            "X-N": st.sampled_from(["0", "1"]),
            "x-n": st.sampled_from(["0", "1"]),
            "X-n": st.just("1"),
        },
    ),
    st.sampled_from(
        [
            {"rare": {"deep": [{"a": None}]}},
            {"rare": {}},
            {"rare": {"deep": []}},
            {"text": 'a "quote" \\ and more'},
            {"absent": 1},
            {},
        ]
    ),
)
moments = st.none() | st.integers(-250, COUNT + 250)


# Ids that are far apart lie in many sections of the index.
@pytest.mark.parametrize("layout", [pytest.param((8, 1), marks=SLOW), (1, 999)])
@pytest.mark.usefixtures("narrow")
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(example=examples, limit=st.none() | st.integers(2, 70), since=moments, until=moments)
async def test_no_match_is_skipped_and_none_comes_twice_while_others_report(
    open_api: OpenApi,
    database: str,
    filled: dict[str, Any],
    layout: tuple[int, int],
    example: dict[str, Any],
    limit: int | None,
    since: int | None,
    until: int | None,
) -> None:
    connections, stride = layout
    if not filled:
        filled["api"] = await open_api(
            partition_ids=PARTITION * stride,
            search_connections=connections,
        )
        filled["rows"] = incidents(7, stride)
        await clocks.filled(filled["api"], database, filled["rows"])
        await clocks.settle(database, 10 * stride)
    api: Api = filled["api"]
    bounds = {name: START + timedelta(seconds=at) for name, at in
              [("since", since), ("until", until)] if at is not None}  # fmt: skip
    times = "".join(f"&{name}={at:%Y-%m-%dT%H:%M:%SZ}" for name, at in bounds.items())

    seen: list[int] = []
    # A little above what there was: some of what others report may come, too, but not all.
    query = f"after={write_cursor(COUNT * stride + 20)}{times}"
    query += "" if limit is None else f"&limit={limit}"
    while True:
        reply = await find_while_others_report(api, query, json.dumps(example).encode())
        page = [incident["id"] for incident in reply["incidents"]]
        assert limit is None or len(page) <= limit
        seen += page
        if reply.get("next") is None:
            break
        query = f"limit={limit}{times}&after={reply['next']}"

    assert seen == sorted(set(seen), reverse=True)
    assert [id_ for id_ in seen if id_ <= COUNT * stride] == [
        id_
        for id_, at, body in reversed(filled["rows"])
        if matches(json.dumps(example), {"X-N": str(id_ % 2)}, json.dumps(body))
        and ("since" not in bounds or at >= bounds["since"])
        and ("until" not in bounds or at < bounds["until"])
    ]


@pytest.fixture
def filled() -> dict[str, Any]:
    """What the first example made for the others."""
    return {}
