"""A search that takes long is done on two connections, where nobody else wants the processors."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any

import pytest

from incidents.errors import OutOfTime, StorageError, Unavailable
from incidents.intake.intake import Intake
from incidents.search import apart as apart_module
from incidents.search import windows as windows_module
from incidents.search.halves import halves
from incidents.storage.condition import Condition, Window
from incidents.storage.connections import Connections
from incidents.storage.reading import Reading
from tests import test_apart
from tests.api import Api

OpenApi = Callable[..., Awaitable[Api]]
Asked = list[tuple[int, Sequence[Window]]]

EXAMPLE = {"service": "a", "level": "error"}
NEWER, OLDER = [(15, 29)], [(1, 15)]


@pytest.mark.parametrize(
    ("windows", "newer", "older"),
    [
        ([(1, 11)], [(6, 11)], [(1, 6)]),
        ([(1, 12)], [(7, 12)], [(1, 7)]),
        ([(1, 2)], [], [(1, 2)]),
        ([(20, 30), (1, 11)], [(20, 30)], [(1, 11)]),
        ([(28, 30), (1, 11)], [(28, 30), (7, 11)], [(1, 7)]),
        ([(10, 30), (1, 3)], [(19, 30)], [(10, 19), (1, 3)]),
        ([], [], []),
    ],
)
def test_halves_have_all_ids_between_them(
    windows: list[Window], newer: list[Window], older: list[Window]
) -> None:
    assert halves(windows) == (newer, older)


@pytest.fixture(autouse=True)
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every search takes long once its newest two ids were looked at."""
    monkeypatch.setattr(apart_module, "FIRST_IDS", 2)
    monkeypatch.setattr(windows_module, "LONG_SECONDS", 1e-12)


class Finding:
    """What pages ask PostgreSQL for, by connection; `older` does what the older half does first."""

    def __init__(self) -> None:
        self.asked: Asked = []
        self.older: Callable[[], Awaitable[None]] | None = None

    def by_connection(self) -> list[list[Sequence[Window]]]:
        """The windows that each connection was asked for, in the order of their first use."""
        pids = dict.fromkeys(pid for pid, _ in self.asked)
        return [[windows for pid, windows in self.asked if pid == each] for each in pids]


@pytest.fixture
def finding(monkeypatch: pytest.MonkeyPatch) -> Finding:
    noted = Finding()
    find = Reading.find

    async def note(reading: Reading, condition: Condition, windows: Any, **options: Any) -> Any:
        noted.asked.append((reading.driver.get_server_pid(), windows))
        if windows == OLDER and noted.older is not None:
            act, noted.older = noted.older, None
            await act()
        return await find(reading, condition, windows, **options)

    monkeypatch.setattr(Reading, "find", note)
    return noted


async def filled(open_api: OpenApi, matching: Sequence[int]) -> Api:
    """The API, and the incidents 1 to 30, ten to a partition."""
    other = {**EXAMPLE, "level": "info"}
    return await test_apart.filled(open_api, other, at=dict.fromkeys(matching, EXAMPLE))


@pytest.mark.parametrize("limit", [1, 2, 3, 9])
@pytest.mark.parametrize("matching", [[], [3], [20], [3, 20], [2, 14, 15, 28], [1, 2, 3, 12]])
async def test_both_halves_are_searched_and_the_newest_come_first(
    open_api: OpenApi, finding: Finding, matching: list[int], limit: int
) -> None:
    api = await filled(open_api, matching)

    assert await api.find(EXAMPLE, f"limit={limit}") == sorted(matching, reverse=True)[:limit]

    one, other = finding.by_connection()
    assert one[:2] == [[(29, 31)], NEWER]
    assert other[0] == OLDER


async def test_who_has_enough_waits_for_no_other_half(open_api: OpenApi, finding: Finding) -> None:
    api = await filled(open_api, [27, 28])
    finding.older = asyncio.Event().wait  # type: ignore[assignment]

    assert await api.find(EXAMPLE, "limit=1") == [28]

    finding.asked.clear()
    assert await api.find(EXAMPLE, "limit=9") == [28, 27]
    assert len(finding.by_connection()) == 2


@pytest.mark.parametrize("error", [Unavailable("lost"), OutOfTime("too slow")])
async def test_nothing_is_missed_where_a_half_was_not_finished(
    open_api: OpenApi, finding: Finding, error: StorageError
) -> None:
    api = await filled(open_api, [2, 20])

    async def fail() -> None:
        raise error

    finding.older = fail
    found: list[int] = []
    after: str | None = ""
    while after is not None:
        page = (await api.post(f"/find?limit=9{after}", json.dumps(EXAMPLE).encode())).json
        found += [incident["id"] for incident in page["incidents"]]
        after = page["next"] and f"&after={page['next']}"
    assert found == [20, 2]


async def test_beside_another_search_it_is_one(open_api: OpenApi, finding: Finding) -> None:
    api = await filled(open_api, [2])
    store = api.runtime.search._store
    async with aclosing(await store.read(5)):
        assert await api.find(EXAMPLE, "limit=9") == [2]
    assert finding.by_connection() == [[[(29, 31)], [(1, 29)]]]

    assert await api.find(EXAMPLE, "limit=9") == [2]
    assert len(finding.by_connection()) > 1


async def test_beside_reports_it_is_one(
    open_api: OpenApi, finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = await filled(open_api, [2])
    monkeypatch.setattr(Intake, "is_busy", property(lambda _: True))

    assert await api.find(EXAMPLE, "limit=9") == [2]
    assert finding.by_connection() == [[[(29, 31)], [(1, 29)]]]


async def test_where_postgresql_has_no_room_it_is_one(
    open_api: OpenApi, finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = await filled(open_api, [2])

    async def none(*_: Any) -> None:
        raise Unavailable("PostgreSQL: sorry, too many clients already")

    monkeypatch.setattr(Connections, "idle", none)
    assert await api.find(EXAMPLE, "limit=9") == [2]
    assert finding.by_connection() == [[[(29, 31)], [(1, 29)]]]
