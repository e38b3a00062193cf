"""What listeners cost: shared pieces of a bounded size, at a bounded pace."""

import asyncio
from datetime import UTC, datetime

import pytest

from incidents.core.incident import StoredIncident
from incidents.db.stream.position import Gaps, Position
from incidents.live_tail.events import Given, Skipped
from incidents.live_tail.match_log import Log
from incidents.live_tail.pacing import Pace

KIB = 1024


def given(id_: int, size: int = 0) -> Given:
    stored = StoredIncident(id_, datetime.now(UTC), bytes(32), "{}", f'"{"x" * size}"')
    return Given(stored, Position(id_, Gaps()))


def ids(log: Log, cursor: int) -> list[int]:
    return [each.incident.id for each in log.read(cursor)[0].events if isinstance(each, Given)]


def test_all_who_stand_at_one_place_are_given_one_piece() -> None:
    log = Log(100, KIB * KIB)
    log.append(given(1))
    piece, cursor = log.read(0)
    assert log.read(0) == (piece, cursor)
    assert log.read(0)[0].written is piece.written

    log.append(given(2))
    assert ids(log, 0) == [1, 2]
    assert ids(log, cursor) == [2]


def test_a_piece_is_bounded_but_has_one_incident_at_least() -> None:
    log = Log(100, KIB * KIB)
    for id_ in range(1, 6):
        log.append(given(id_, 10 * KIB))
    log.append(given(6, 100 * KIB))
    assert [ids(log, cursor) for cursor in (0, 3, 5)] == [[1, 2, 3], [4, 5], [6]]


def test_who_is_late_is_told_how_many_were_skipped_and_goes_on() -> None:
    log = Log(2, KIB * KIB)
    for id_ in range(1, 6):
        log.append(given(id_))
    piece, cursor = log.read(1)
    assert piece.events[0].written == Skipped(2, given(3).position).written
    assert ids(log, 1) == [4, 5]
    assert cursor == 5


async def test_each_waits_for_its_turn_until_the_pace_is_lifted() -> None:
    pace = Pace(1024, lambda: False)
    await pace.turn()
    pace.passed(KIB * KIB)
    waiting = [asyncio.create_task(pace.turn()) for _ in range(3)]
    await asyncio.wait(waiting, timeout=0.05)
    assert not any(each.done() for each in waiting)
    pace.lift()
    await asyncio.wait_for(asyncio.gather(*waiting), 30)


@pytest.mark.parametrize(("is_busy", "seconds"), [(False, 1), (True, 16)])
async def test_beside_reports_listeners_get_a_sixteenth(*, is_busy: bool, seconds: float) -> None:
    pace = Pace(KIB * KIB, lambda: is_busy)
    pace.passed(1016 * KIB)  # the write itself counts 8 KiB
    now = asyncio.get_running_loop().time()
    assert pace._free_at - now == pytest.approx(seconds, abs=0.2)


async def test_a_source_with_many_listeners_has_one_turn_among_the_others() -> None:
    pace = Pace(1024, lambda: False)
    pace.passed(KIB * KIB)
    turns: list[str] = []

    async def take(source: bytes) -> None:
        await pace.of(source).turn()
        turns.append(source.decode())

    many = [asyncio.create_task(take(b"many")) for _ in range(100)]
    await asyncio.sleep(0)
    few = asyncio.create_task(take(b"few"))
    await asyncio.sleep(0)
    pace.lift()
    await asyncio.wait_for(asyncio.gather(*many, few), 30)
    assert "few" in turns[:3]
