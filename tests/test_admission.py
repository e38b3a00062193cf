"""A bound on what is in flight, and each source's share of it."""

from contextlib import ExitStack

import pytest

from incidents.core.errors import Overloaded
from incidents.support.admission import ConcurrencyLimit, Permit

A, B, C, D = (bytes([n]) * 32 for n in range(4))


def taken(limit: ConcurrencyLimit, source: bytes | None, stack: ExitStack) -> list[Permit]:
    """As many permits as the source gets."""
    permits = []
    while limit.has_permit(source):
        permits.append(stack.enter_context(limit.permit(source)))
    with pytest.raises(Overloaded):
        limit.enter(source)
    return permits


def test_without_sources_all_places_are_taken() -> None:
    with ExitStack() as stack:
        assert len(taken(ConcurrencyLimit("listeners", 6, 0), None, stack)) == 6


def test_a_source_gets_half_and_others_find_a_place() -> None:
    limit = ConcurrencyLimit("listeners", 1000, 0)
    with ExitStack() as stack:
        counts = [len(taken(limit, source, stack)) for source in (A, B, C, D)]
    assert counts == [500, 250, 125, 63]
    assert (limit.count, limit.has_permit(A)) == (0, True)


def test_the_only_place_is_anybodys() -> None:
    with ExitStack() as stack:
        assert len(taken(ConcurrencyLimit("listeners", 1, 0), A, stack)) == 1


def test_who_is_refused_is_told_whether_it_is_their_share() -> None:
    limit = ConcurrencyLimit("listeners", 3, 10)
    with limit.permit(A), limit.permit(A):
        with pytest.raises(Overloaded, match=r"^2 listeners of this key are in flight, its share"):
            limit.enter(A)
        with (
            limit.permit(B),
            pytest.raises(Overloaded, match=r"^3 listeners are in flight, the limit"),
        ):
            limit.enter(A)


def test_bytes_are_shared_too_but_one_request_may_have_all() -> None:
    limit = ConcurrencyLimit("searches", 100, 10)
    with limit.permit(A) as permit:
        for _ in range(10):
            permit.grow(1)
        with (
            limit.permit(B) as other,
            pytest.raises(Overloaded, match=r"of 10 bytes are in flight"),
        ):
            other.grow(1)
    with limit.permit(A) as permit, limit.permit(A) as second:
        permit.grow(5)
        with pytest.raises(Overloaded, match=r"its share"):
            second.grow(1)
        with limit.permit(B) as other:
            other.grow(5)
    assert limit.bytes == 0
