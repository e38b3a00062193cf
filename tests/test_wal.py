"""Reports seldom wait for a new segment of PostgreSQL's log (WAL)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from incidents.embedded.postgresql import Embedded
from tests.sql import rows_of, run_sql

SECONDS = 60

# More than PostgreSQL keeps by itself: its min_wal_size is 80 MB, five segments.
_SEGMENTS = 12

_USE_ONE_UP = "SELECT pg_logical_emit_message(false, 'test', ''), pg_switch_wal()"
_MADE = """
    SELECT sum(writes)::int, sum(write_bytes)::int FROM pg_stat_io
    WHERE object = 'wal' AND context = 'init'
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Of a PostgreSQL in a fresh directory."""
    embedded = Embedded(tmp_path, SECONDS)
    embedded.start()
    yield embedded.url
    embedded.stop()


def use_up(url: str, segments: int) -> tuple[int, int]:
    """How often a new segment was written to while so many were used up, and how many bytes."""
    before = rows_of(url, _MADE)[0]
    for _ in range(segments):
        run_sql(url, _USE_ONE_UP)
    after = rows_of(url, _MADE)[0]
    return after[0] - before[0], after[1] - before[1]


def test_a_new_segment_is_not_written_through(url: str) -> None:
    written, written_bytes = use_up(url, _SEGMENTS)

    assert 0 < written <= _SEGMENTS
    assert written_bytes == written  # the last byte of each


def test_segments_are_used_again_also_after_quiet_hours(url: str) -> None:
    use_up(url, _SEGMENTS)
    # In quiet hours few are used up between checkpoints, and PostgreSQL learns to expect few.
    for _ in range(2 * _SEGMENTS):
        run_sql(url, _USE_ONE_UP)
        for _ in range(3):
            run_sql(url, "CHECKPOINT")

    assert use_up(url, _SEGMENTS - 2) == (0, 0)  # what is in use cannot be used again
