"""Proof that what was counted is on disk, and whole."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import sample

from bench import database
from bench.clients import curl
from bench.failed import Failed

_SAMPLE_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found in a table after reports were answered."""

    answered: int
    rows: int
    hashes: int
    lines: int = 0

    def __str__(self) -> str:
        """For people."""
        text = f"{self.rows:,} rows for {self.answered:,} answers"
        if self.rows > self.answered:
            text += f" ({self.rows - self.answered} more: cut off as wrk ended)"
        if self.hashes:
            text += f"; hashes of a sample: {self.hashes:,} of {self.hashes:,} right"
        if self.lines:
            text += f"; lines of a sample under the hash of their reply: {self.lines:,}"
            text += f" of {self.lines:,}"
        return text


def prove(
    url: str,
    after_id: int,
    answered: int,
    unanswered_max: int,
    *,
    hashed: bool,
    files: Sequence[Path] = (),
) -> Proof:
    """There is a row for every answer, and at most `unanswered_max` others.

    Only rows with an id above `after_id` count. With `hashed`, the hashes of a sample are
    computed again from what is stored. `files` were sent as lines: each has as many lines of
    reply, and a sample of the lines is found under the hash that stands in the reply, as it was
    sent. Raises Failed when something is otherwise.
    """
    rows = database.count(url, after_id)
    if not answered <= rows <= answered + unanswered_max:
        raise Failed(
            f"{answered:,} reports were answered as stored, but there are {rows:,} rows "
            f"(at most {unanswered_max} more can be there without an answer)"
        )
    return Proof(
        answered,
        rows,
        _right_hashes(url, after_id) if hashed else 0,
        sum(_right_lines(url, file) for file in files),
    )


def _right_hashes(url: str, after_id: int) -> int:
    rows = database.sample(url, after_id, _SAMPLE_ROWS)
    right = sum(hash_ == _hash(headers, body) for hash_, headers, body in rows)
    if right < len(rows):
        raise Failed(f"hashes of a sample: only {right:,} of {len(rows):,} right")
    return right


def _right_lines(url: str, file: Path) -> int:
    lines = curl.sent_in(file)
    replies = curl.reply_to(file).read_text().splitlines()
    if len(lines) != len(replies):
        raise Failed(f"{len(lines):,} lines were sent, but {len(replies):,} came back")
    pairs = sample(list(zip(lines, replies, strict=True)), min(_SAMPLE_ROWS, len(lines)))
    hashes = [bytes.fromhex(json.loads(reply)["hash"]) for _, reply in pairs]
    stored = database.bodies(url, hashes)
    right = sum(stored.get(hash_) == line for hash_, (line, _) in zip(hashes, pairs, strict=True))
    if right < len(pairs):
        raise Failed(f"only {right:,} lines of {len(pairs):,} are under the hash of their reply")
    return right


def _hash(headers: str, body: str) -> bytes:
    whole = {"1": json.loads(headers), "2": json.loads(body)}
    return sha256(json.dumps(whole, sort_keys=True).encode()).digest()
