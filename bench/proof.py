"""Proof that what was counted is on disk, and whole."""

import json
from dataclasses import dataclass
from hashlib import sha256

from bench import database
from bench.failed import Failed

_SAMPLE_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found in a table after reports were answered."""

    answered: int
    rows: int
    hashes: int

    def __str__(self) -> str:
        """For people."""
        text = f"{self.rows:,} rows for {self.answered:,} answers"
        if self.rows > self.answered:
            text += f" ({self.rows - self.answered} more: cut off as wrk ended)"
        if self.hashes:
            text += f"; hashes of a sample: {self.hashes:,} of {self.hashes:,} right"
        return text


def prove(url: str, answered: int, unanswered_max: int, *, hashed: bool) -> Proof:
    """There is a row for every answer, and at most `unanswered_max` others.

    With `hashed`, the hashes of a sample are computed again from what is stored. Raises
    Failed when there are other rows, or other hashes.
    """
    rows = database.count(url)
    if not answered <= rows <= answered + unanswered_max:
        raise Failed(
            f"{answered:,} reports were answered as stored, but there are {rows:,} rows "
            f"(at most {unanswered_max} more can be there without an answer)"
        )
    return Proof(answered, rows, _right_hashes(url) if hashed else 0)


def _right_hashes(url: str) -> int:
    sample = database.sample(url, _SAMPLE_ROWS)
    right = sum(hash_ == _hash(headers, body) for hash_, headers, body in sample)
    if right < len(sample):
        raise Failed(f"hashes of a sample: only {right:,} of {len(sample):,} right")
    return right


def _hash(headers: str, body: str) -> bytes:
    whole = {"1": json.loads(headers), "2": json.loads(body)}
    return sha256(json.dumps(whole, sort_keys=True).encode()).digest()
