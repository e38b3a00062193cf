"""Order: incidents become visible in any order, and are given out in that of their ids."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from incidents.core.incident import StoredIncident
from incidents.db.stream.following import Arrival
from incidents.db.stream.order import Order
from incidents.db.stream.position import Gap, Gaps, Position, parse_position


def arrival(id_: int) -> Arrival:
    stored = StoredIncident(id_, datetime.now(UTC), bytes(32), "{}", "{}")
    return Arrival(id_, stored.received_at, stored.headers, stored.body, lambda: stored)


def look(order: Order, visible: set[int], now: float) -> list[tuple[int, Position]]:
    """One look of a follower at what is visible."""
    order.saw_new([arrival(each) for each in sorted(visible) if each > order.top], now)
    order.saw_late([arrival(each) for each in sorted(visible) if each in order.gaps])
    return [(each.id, order.position) for each in order.given(now)]


def new_order(top: int = 0, gaps: Gaps | None = None) -> Order:
    return Order(top, gaps or Gaps(), order_seconds=1, late_seconds=60)


# For each id, the time when it becomes visible; None when its batch is rolled back.
commits = st.lists(st.none() | st.floats(0, 5), min_size=1, max_size=40)


@given(commits, st.floats(0.05, 2))
def test_each_is_given_once_and_every_position_says_which(
    times: list[float | None], poll: float
) -> None:
    when = {id_: time for id_, time in enumerate(times, 1) if time is not None}
    order, given_out, now = new_order(), set[int](), 0.0
    while now < 10:
        for id_, position in look(order, {i for i, time in when.items() if time <= now}, now):
            assert id_ not in given_out
            given_out.add(id_)
            read = parse_position(str(position))
            has = {i for i in when if i <= read.front and i not in read.owed}
            assert has == given_out
        now += poll
    assert given_out == set(when)


@given(st.lists(st.floats(0, 0.9), min_size=1, max_size=40))
def test_those_committed_within_the_wait_come_in_the_order_of_ids(times: list[float]) -> None:
    when, order, given_out = dict(enumerate(times, 1)), new_order(), []
    for step in range(40):
        now = step / 10
        seen = look(order, {i for i, time in when.items() if time <= now}, now)
        given_out += [id_ for id_, _ in seen]

    assert given_out == sorted(when)


def test_a_gap_is_waited_for_and_then_passed_over() -> None:
    order = new_order()

    assert [each for each, _ in look(order, {1, 3}, 0.0)] == [1]
    assert look(order, {1, 3}, 0.9) == []
    ((id_, position),) = look(order, {1, 3}, 1.0)
    assert (id_, str(position)) == (3, "3~2")
    ((id_, position),) = look(order, {1, 2, 3}, 30.0)
    assert (id_, str(position)) == (2, "3")


def test_a_gap_that_was_rolled_back_is_forgotten() -> None:
    order = new_order()
    look(order, {2}, 0.0)
    look(order, {2}, 30.0)
    assert not order.is_settled()

    look(order, {2}, 60.1)
    assert order.is_settled()
    assert str(order.position) == "2"


def test_what_was_open_at_the_start_is_watched_and_holds_nothing_up() -> None:
    order = new_order(10, Gaps([Gap(4, 6)]))

    assert [each for each, _ in look(order, {11}, 0.5)] == [11]
    assert [(each, str(at)) for each, at in look(order, {5, 11}, 0.6)] == [(5, "11~4~6")]
