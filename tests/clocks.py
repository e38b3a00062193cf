"""Incidents by clocks that go wrong, and what they need to be found in many small steps."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import asyncpg
import pytest

from incidents.search import apart as apart_module
from incidents.search import stream as stream_module
from incidents.search import windows as windows_module
from incidents.storage import absences as absences_module
from incidents.storage import listing as listing_module
from incidents.storage import proof as proof_module
from incidents.storage import times as times_module
from tests.api import Api
from tests.narrow import narrow_windows
from tests.test_seals import seal

START = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = 400
PARTITION = 64


def incidents(seed: int) -> list[tuple[int, datetime, dict[str, Any]]]:
    """Skewed, in clusters, and by clocks that go wrong: back for a while, or far ahead once."""
    rng = Random(seed)
    made, offset = [], 0.0
    for id_ in range(1, COUNT + 1):
        if rng.random() < 0.02:
            offset = rng.uniform(-200, 200)
        at = START + timedelta(seconds=id_ + offset + rng.uniform(-3, 3))
        body: dict[str, Any] = {"level": rng.choice(["error"] * 3 + ["info"]), "n": id_ % 7}
        if id_ < COUNT // 2:
            body["service"] = "retired"
        elif id_ % 50 < 20:
            body["service"] = "clustered"
        if rng.random() < 0.02:
            body["rare"] = {"deep": [id_, {"a": None}]}
        if rng.random() < 0.1:
            body["text"] = 'a "quote" \\ and more'
        made.append((id_, at, body))
    return made


async def _fill(url: str, rows: list[tuple[int, datetime, dict[str, Any]]]) -> None:
    connection = await asyncpg.connect(url)
    await connection.executemany(
        "INSERT INTO incidents (id, received_at, hash, headers, body) VALUES ($1, $2, "
        "sha256(($3::int % 9)::text::bytea), json_build_object('X-N', ($3 % 2)::text), $4::json)",
        [(id_, at, id_, json.dumps(body)) for id_, at, body in rows],
    )
    await connection.execute("SELECT setval('incidents_id_seq', $1)", COUNT)
    await connection.execute("ANALYZE incidents")
    await connection.close()


async def filled(api: Api, url: str, rows: list[tuple[int, datetime, dict[str, Any]]]) -> None:
    """Stores them in the partitions that they need; all but the newest are sealed."""
    await api.runtime.search._store._partitions.cover(COUNT)
    await _fill(url, rows)
    await seal(url)


def narrow_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows, guesses and partitions so small that a few hundred incidents need many of them."""
    narrow_windows(monkeypatch, walk=4, index=100)
    monkeypatch.setattr(listing_module, "_PARTS_AT_ONCE", 3)
    monkeypatch.setattr(times_module, "_PROBES", 3)
    monkeypatch.setattr(times_module, "_GUESS_IDS", 2)
    monkeypatch.setattr(times_module, "_OFFSETS", (-4, 0, 4))
    monkeypatch.setattr(proof_module, "_MARGIN_IDS", 1)
    monkeypatch.setattr(proof_module, "_DISORDER_IDS", 1)
    monkeypatch.setattr(times_module, "_PARTITIONS_AT_ONCE", 2)
    monkeypatch.setattr(times_module, "_SETTLED_IDS", 16)
    monkeypatch.setattr(times_module, "_SLACK", timedelta(0))
    monkeypatch.setattr(absences_module, "_WIDTH_MIN", 2)
    monkeypatch.setattr(apart_module, "FIRST_IDS", 20)
    monkeypatch.setattr(windows_module, "LONG_SECONDS", 0.0)
    monkeypatch.setattr(stream_module, "FIRST", 5)
    monkeypatch.setattr(stream_module, "WINDOW_MAX", 40)
    monkeypatch.setattr(stream_module, "_SPARSE", 3)
