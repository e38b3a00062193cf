"""What one answer may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """`seconds` for the answer, `wait_seconds` for a PostgreSQL that is away.

    `rows_at_once` are in memory at a time. One that took `slow_seconds` is logged.
    """

    seconds: float
    wait_seconds: float
    rows_at_once: int
    slow_seconds: float
