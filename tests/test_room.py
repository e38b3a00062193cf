"""A bound on what is under way, and each source's share of it."""

from contextlib import ExitStack

import pytest

from incidents.errors import Overloaded
from incidents.room import Place, Room

A, B, C, D = (bytes([n]) * 32 for n in range(4))


def taken(room: Room, source: bytes | None, stack: ExitStack) -> list[Place]:
    """As many places as the source gets."""
    places = []
    while room.has_place(source):
        places.append(stack.enter_context(room.place(source)))
    with pytest.raises(Overloaded):
        room.enter(source)
    return places


def test_without_sources_all_places_are_taken() -> None:
    with ExitStack() as stack:
        assert len(taken(Room("listeners", 6, 0), None, stack)) == 6


def test_a_source_gets_half_and_others_find_a_place() -> None:
    room = Room("listeners", 1000, 0)
    with ExitStack() as stack:
        counts = [len(taken(room, source, stack)) for source in (A, B, C, D)]
    assert counts == [500, 250, 125, 63]
    assert (room.count, room.has_place(A)) == (0, True)


def test_the_only_place_is_anybodys() -> None:
    with ExitStack() as stack:
        assert len(taken(Room("listeners", 1, 0), A, stack)) == 1


def test_who_is_refused_is_told_whether_it_is_their_share() -> None:
    room = Room("listeners", 3, 10)
    with room.place(A), room.place(A):
        with pytest.raises(Overloaded, match=r"^2 listeners of this key are under way, its share"):
            room.enter(A)
        with (
            room.place(B),
            pytest.raises(Overloaded, match=r"^3 listeners are under way, the limit"),
        ):
            room.enter(A)


def test_bytes_are_shared_too_but_one_request_may_have_all() -> None:
    room = Room("searches", 100, 10)
    with room.place(A) as place:
        for _ in range(10):
            place.grow(1)
        with room.place(B) as other, pytest.raises(Overloaded, match=r"of 10 bytes are under way"):
            other.grow(1)
    with room.place(A) as place, room.place(A) as second:
        place.grow(5)
        with pytest.raises(Overloaded, match=r"its share"):
            second.grow(1)
        with room.place(B) as other:
            other.grow(5)
    assert room.bytes == 0
