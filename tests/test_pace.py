"""How far a client is behind with an answer."""

import asyncio

import pytest

from incidents.http.message import client_pace as pace_module
from incidents.http.message.client_pace import Pace

SIZE = 1000


async def never_taken() -> None:
    await asyncio.Future()


class Clock:
    """Seconds that a test gives."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(pace_module, "BYTES_PER_SECOND_MIN", SIZE)
    return Clock()


async def test_who_takes_a_piece_in_its_time_is_never_behind(clock: Clock) -> None:
    pace = Pace(clock)

    async def in_time() -> None:
        clock.now += 0.9

    for _ in range(100):
        await pace.send(in_time(), SIZE, 1)
        assert pace.behind == 0
        clock.now += 60  # nobody waits for it


async def test_who_takes_each_a_little_late_is_cut_off_in_the_end(clock: Clock) -> None:
    pace = Pace(clock)
    pieces = 0

    async def late() -> None:
        nonlocal pieces
        clock.now += 1.5
        pieces += 1
        await asyncio.sleep(0)

    async def send_all() -> None:
        while True:
            await pace.send(late(), SIZE, 4)

    with pytest.raises(TimeoutError):
        await send_all()

    assert 8 <= pieces <= 10
    assert pace.behind >= 3.5


async def test_who_takes_nothing_is_behind_meanwhile_and_can_be_cut_off(clock: Clock) -> None:
    pace = Pace(clock)
    sending = asyncio.create_task(pace.send(never_taken(), SIZE, 3600))
    await asyncio.sleep(0)
    clock.now += 5
    assert pace.behind == 5
    pace.cut()
    with pytest.raises(TimeoutError):
        await sending
