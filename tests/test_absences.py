"""What nothing was found of is not looked for again, for as long as nothing of it can come."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.search import stream as stream_module
from incidents.storage import absences as absences_module
from incidents.storage.absences import Absences
from incidents.storage.condition import Condition, Window
from incidents.storage.reading import Reading
from tests.api import Api
from tests.conftest import run_sql
from tests.test_seals import filled, seal, sealed, seals_of

OpenApi = Callable[..., Awaitable[Api]]


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some ids are worth to be remembered."""
    monkeypatch.setattr(absences_module, "_WIDTH_MIN", 3)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[Window]]:
    """The windows that each find, and each piece of a stream, asks PostgreSQL for."""
    windows: list[list[Window]] = []
    for name in ("find", "copy"):
        method = getattr(Reading, name)

        async def noted(
            reading: Reading,
            condition: Condition,
            there: list[Window],
            *arguments: Any,
            method: Any = method,
            **options: Any,
        ) -> Any:
            windows.append(there)
            return await method(reading, condition, there, *arguments, **options)

        monkeypatch.setattr(Reading, name, noted)
    return windows


@pytest.mark.parametrize("query", ["limit=9", ""])
async def test_who_asks_again_waits_for_what_is_not_sealed_alone(
    open_api: OpenApi, database: str, asked: list[list[Window]], query: str
) -> None:
    api = await filled(open_api, 25)
    await seal(database)
    assert await sealed(database) == [0, 10]

    for _ in range(2):
        assert await api.find({"absent": 1}, query) == []
    await api.report({"absent": 1})

    assert asked == [[(1, 26)], [(20, 26)]]
    assert await api.find({"absent": 1}, query) == [26]


async def test_between_matches_nothing_is_looked_for_again(
    open_api: OpenApi, database: str, asked: list[list[Window]]
) -> None:
    api = await filled(open_api, 25)
    await seal(database)

    for _ in range(2):
        assert await api.find({"number": 7}, "limit=9") == [7]
        assert await api.find({"number": 7}, "limit=1") == [7]

    assert asked[0] == [(1, 26)]
    assert asked[-2:] == [[(20, 26), (7, 8)]] * 2


async def test_a_time_bounds_what_was_found_and_so_says_nothing_of_the_example(
    open_api: OpenApi, database: str
) -> None:
    api = await filled(open_api, 25)
    await seal(database)

    assert await api.find({"number": 7}, "limit=9&until=2020-01-01T00:00:00Z") == []
    assert await api.find({"number": 7}, "limit=9") == [7]
    assert await api.find({"number": 7}, "limit=9&since=2020-01-01T00:00:00Z") == [7]


async def test_of_a_partition_that_is_not_sealed_nothing_is_remembered(
    open_api: OpenApi, asked: list[list[Window]]
) -> None:
    api = await filled(open_api, 25)

    for _ in range(2):
        assert await api.find({"absent": 1}, "limit=9") == []

    assert asked == [[(1, 26)], [(1, 26)]]


async def test_with_none_to_remember_all_is_looked_for_again(
    open_api: OpenApi, database: str, asked: list[list[Window]]
) -> None:
    await filled(open_api, 25)
    await seal(database)
    api = await open_api(search_absences_max=0)

    for _ in range(2):
        assert await api.find({"absent": 1}, "limit=9") == []

    assert asked == [[(1, 26)], [(1, 26)]]


NEW_GENERATION = "UPDATE incidents_generation SET number = number + 1"
NEW_SEAL = "UPDATE incidents_generation SET seals = seals + 1"


@pytest.mark.parametrize(
    "statements",
    [
        [NEW_GENERATION],
        ["DROP TRIGGER {seal} ON incidents_0", NEW_SEAL],
        ["ALTER TRIGGER {seal} ON incidents_0 RENAME TO incidents_sealed_other", NEW_SEAL],
    ],
)
async def test_what_may_have_become_wrong_is_forgotten(
    open_api: OpenApi, database: str, asked: list[list[Window]], statements: list[str]
) -> None:
    api = await filled(open_api, 15)
    await seal(database)
    for _ in range(2):
        assert await api.find({"absent": 1}, "limit=9") == []

    seal_ = (await seals_of(database))[0]
    await asyncio.to_thread(run_sql, database, *(each.format(seal=seal_) for each in statements))
    assert await api.find({"absent": 1}, "limit=9") == []

    assert asked == [[(1, 16)], [(10, 16)], [(1, 16)]]


async def test_one_more_seal_leaves_what_is_known(
    open_api: OpenApi, database: str, asked: list[list[Window]]
) -> None:
    api = await filled(open_api, 15)
    await seal(database)
    assert await api.find({"absent": 1}, "limit=9") == []
    for number in range(10):
        await api.report({"more": number})
    await seal(database)

    for _ in range(2):
        assert await api.find({"absent": 1}, "limit=9") == []

    assert asked == [[(1, 16)], [(10, 26)], [(20, 26)]]


@pytest.mark.parametrize("change", [NEW_GENERATION, NEW_SEAL])
async def test_a_reading_from_before_neither_learns_nor_is_told(
    open_api: OpenApi, database: str, change: str
) -> None:
    api = await filled(open_api, 25)
    await seal(database)
    absences, example = Absences(10), Condition(entries='[{"absent":1}]')
    async with aclosing(await api.runtime._store.read(10)) as before:
        await asyncio.to_thread(run_sql, database, change)
        async with aclosing(await api.runtime._store.read(10)) as later:
            assert absences.left(later, example, (1, 26)) == [(1, 26)]
            absences.learn(before, example, [(1, 26)])
            assert absences.left(later, example, (1, 26)) == [(1, 26)]
            absences.learn(later, example, [(1, 26)])
            assert absences.left(before, example, (1, 26)) == [(1, 26)]
            assert absences.left(later, example, (1, 26)) == [(20, 26)]


async def test_of_a_partition_that_is_away_nothing_is_learnt(
    open_api: OpenApi, database: str
) -> None:
    """One that the retention took out can come back, with what it has."""
    api = await filled(open_api, 25)
    await seal(database)
    assert await api.find({"absent": 1}, "limit=9") == []

    await asyncio.to_thread(
        run_sql, database, "ALTER TABLE incidents DETACH PARTITION incidents_0 CONCURRENTLY"
    )
    assert await api.find({"number": 7}, "limit=9") == []
    await asyncio.to_thread(
        run_sql,
        database,
        "ALTER TABLE incidents ATTACH PARTITION incidents_0 FOR VALUES FROM (0) TO (10)",
    )

    assert await api.find({"number": 7}, "limit=9") == [7]


async def test_a_stream_has_what_there_was_when_it_began(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is gone, and somebody has found so, before the stream comes there."""
    monkeypatch.setattr(stream_module, "FIRST", 5)
    api = await filled(open_api, 25)
    await seal(database)
    copy = Reading.copy
    windows = 0

    async def after_a_deletion(reading: Reading, *arguments: Any, **options: Any) -> int:
        nonlocal windows
        matches = await copy(reading, *arguments, **options)
        windows += 1
        if windows == 1:  # before that there is no snapshot
            await asyncio.to_thread(run_sql, database, "DELETE FROM incidents WHERE id = 3")
            assert await api.find({"number": 3}, "limit=9") == []
        return matches

    monkeypatch.setattr(Reading, "copy", after_a_deletion)

    assert await api.find({"number": 3}) == [3]
    assert await api.find({"number": 3}) == []


async def test_the_examples_that_were_asked_for_last_are_remembered(
    open_api: OpenApi, database: str
) -> None:
    api = await filled(open_api, 25)
    await seal(database)
    absences = Absences(2)
    examples = [Condition(entries=f'[{{"absent":{number}}}]') for number in range(3)]
    async with aclosing(await api.runtime._store.read(10)) as reading:
        for each in (*examples[:2], examples[0], examples[2]):
            absences.left(reading, each, (1, 26))
            absences.learn(reading, each, [(1, 26)])
        left = [absences.left(reading, each, (1, 26)) for each in examples]
    assert left == [[(20, 26)], [(1, 26)], [(20, 26)]]


windows = st.tuples(st.integers(0, 60), st.integers(1, 40)).map(lambda w: (w[0], w[0] + w[1]))


@given(window=windows, ids=st.sets(st.integers(0, 99)))
def test_a_window_without_ids_has_all_others(window: Window, ids: set[int]) -> None:
    between = list(absences_module._between(window, ids))
    assert in_any(between) == set(range(*window)) - ids


@given(known=st.lists(windows, max_size=6))
def test_joined_windows_have_the_same_ids_and_do_not_touch(known: list[Window]) -> None:
    joined = absences_module._joined(known)
    assert in_any(joined) == in_any(known)
    assert all(before[1] < behind[0] for before, behind in pairwise(joined))


@given(known=st.lists(windows, max_size=6), window=windows)
def test_what_is_left_is_all_that_is_not_known(known: list[Window], window: Window) -> None:
    left = absences_module._without(absences_module._joined(known), window)
    assert in_any(left) == set(range(*window)) - in_any(known)
    assert all(before[0] > behind[1] for before, behind in pairwise(left))


def in_any(those: list[Window]) -> set[int]:
    return {id_ for each in those for id_ in range(*each)}
