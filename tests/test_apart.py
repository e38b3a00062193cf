"""Of an example of many values two that never meet are asked for, where nothing has them."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from incidents.search import apart as apart_module
from incidents.search import windows as windows_module
from incidents.storage import absences as absences_module
from incidents.storage.condition import Condition, Window
from incidents.storage.connections import Connections
from incidents.storage.reading import Reading
from tests.api import Api
from tests.test_seals import seal, sealed

OpenApi = Callable[..., Awaitable[Api]]

EXAMPLE = {"service": "a", "region": "y", "level": "error"}
PAIR = {"service": "a", "region": "y"}


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few incidents are worth it, and to be remembered."""
    monkeypatch.setattr(apart_module, "FIRST_IDS", 6)
    monkeypatch.setattr(windows_module, "LONG_SECONDS", 0.0)
    monkeypatch.setattr(absences_module, "_WIDTH_MIN", 2)

    async def none(_: Connections) -> None:
        """Each search is one, not two halves: see test_halves.py."""

    monkeypatch.setattr(Connections, "idle", none)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], Sequence[Window]]]:
    """The examples that pages asked PostgreSQL for, and where, but to look for a pair."""
    those: list[tuple[dict[str, Any], Sequence[Window]]] = []
    find, look = Reading.find, apart_module.Apart.look
    looks = False

    async def noted(reading: Reading, condition: Condition, there: Any, **options: Any) -> Any:
        if not looks:
            entries = json.loads(condition.entries or "[]")
            those.append(({key: each[key] for each in entries for key in each}, there))
        return await find(reading, condition, there, **options)

    async def looking(*arguments: Any) -> None:
        nonlocal looks
        looks = True
        await look(*arguments)
        looks = False

    monkeypatch.setattr(Reading, "find", noted)
    monkeypatch.setattr(apart_module.Apart, "look", looking)
    return those


async def filled(
    open_api: OpenApi,
    *bodies: dict[str, Any],
    count: int = 30,
    at: dict[int, dict[str, Any]] | None = None,
) -> Api:
    """The API, and the incidents 1 to `count`, ten to a partition.

    They have these bodies in turn, but `at` some ids others, and are errors if these say nothing.
    """
    api = await open_api(partition_ids=10)
    for id_ in range(1, count + 1):
        body = (at or {}).get(id_, bodies[id_ % len(bodies)])
        assert await api.report({"level": "error", **body}) == id_
    return api


NEVER = {"service": "a", "region": "x"}, {"service": "b", "region": "y"}


async def test_two_that_never_meet_are_asked_for_in_the_place_of_all(
    open_api: OpenApi, asked: list[Any]
) -> None:
    api = await filled(open_api, *NEVER)

    assert await api.find(EXAMPLE, "limit=9") == []

    assert asked == [(EXAMPLE, [(25, 31)]), (PAIR, [(1, 25)])]


async def test_what_is_known_of_the_two_is_known_of_every_example_that_has_them(
    open_api: OpenApi, database: str, asked: list[Any]
) -> None:
    api = await filled(open_api, *NEVER, count=28)
    await seal(database)
    assert await sealed(database) == [0, 10]
    other = {"level": "warning", "region": "y", "service": "a", "X-A": "b"}

    assert await api.find(EXAMPLE, "limit=9") == []
    asked.clear()
    assert await api.find(EXAMPLE, "limit=9") == []
    # Whatever the order of its entries: of two values there is one pair.
    assert await api.find(other, "limit=9") == []
    assert await api.report({**other, "level": "error"}) == 29
    assert await api.find(EXAMPLE, "limit=9") == [29]

    assert asked[0] == (PAIR, [(20, 29)])
    assert all(window[0] >= 20 for _, windows in asked for window in windows)


@pytest.mark.parametrize("meeting", [1, 7, 18, 24])
async def test_where_they_meet_all_is_asked_for_again(
    open_api: OpenApi, asked: list[Any], meeting: int
) -> None:
    api = await filled(open_api, *NEVER, at={meeting: EXAMPLE, 2: EXAMPLE})

    assert await api.find(EXAMPLE, "limit=9") == sorted({meeting, 2}, reverse=True)

    assert [example for example, _ in asked] == [EXAMPLE, PAIR, EXAMPLE]
    assert asked[-1][1][0][1] == max(meeting, 2) + 1


async def test_that_the_two_meet_does_not_say_that_all_do(
    open_api: OpenApi, asked: list[Any]
) -> None:
    api = await filled(open_api, *NEVER, at={9: {**PAIR, "level": "info"}})

    assert await api.find(EXAMPLE, "limit=9") == []
    assert asked[1:] == [(PAIR, [(1, 25)]), (EXAMPLE, [(1, 10)])]


@pytest.mark.parametrize(
    "bodies",
    [
        # One that is not there at all says nothing of whom it meets.
        [{"service": "b", "region": "y"}],
        # Each two of them meet.
        [
            {"service": "a", "region": "y", "level": "info"},
            {"service": "a", "region": "x"},
            {"service": "b", "region": "y"},
        ],
    ],
)
async def test_where_no_two_are_apart_all_is_asked_for(
    open_api: OpenApi, asked: list[Any], bodies: list[dict[str, Any]]
) -> None:
    api = await filled(open_api, *bodies)

    assert await api.find(EXAMPLE, "limit=9") == []

    assert [example for example, _ in asked] == [EXAMPLE] * 2


async def test_of_a_search_that_takes_little_nobody_looks_for_them(
    open_api: OpenApi, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows_module, "LONG_SECONDS", 1e9)
    api = await filled(open_api, *NEVER)

    assert await api.find(EXAMPLE, "limit=9") == []

    assert asked == [(EXAMPLE, [(25, 31)]), (EXAMPLE, [(1, 25)])]


async def test_what_is_known_of_one_value_is_known_of_two(
    open_api: OpenApi, database: str, asked: list[Any]
) -> None:
    api = await filled(open_api, *NEVER, count=28)
    await seal(database)

    assert await api.find({"service": "c"}, "limit=9") == []
    assert await api.find({"level": "error", "service": "c"}, "limit=9") == []
    assert await api.find({"level": "error", "service": "c", "region": "x"}, "limit=9") == []

    assert [windows for _, windows in asked] == [[(1, 29)], [(20, 29)], [(20, 29)]]
