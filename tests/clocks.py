"""Incidents by clocks that go wrong, and what they need to be found in many small steps."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import asyncpg
import pytest

from incidents.db import partition_catalog as catalog_module
from incidents.db.periodic_job import LockedJob
from incidents.search import page as page_module
from incidents.search import reading as reading_module
from incidents.search import stream as stream_module
from incidents.search.settling import Settling
from incidents.support.settings import Settings
from tests.api import Api

START = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = 400
PARTITION = 64


def incidents(seed: int, stride: int = 1) -> list[tuple[int, datetime, Any]]:
    """Skewed, in clusters, and by clocks that go wrong: back for a while, or far ahead once.

    Their ids are `stride` apart.
    """
    rng = Random(seed)
    made: list[tuple[int, datetime, Any]] = []
    offset = 0.0
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
        if rng.random() < 0.05:
            # What one of its elements does not have, the other one has.
            parts = [{"level": body.pop("level")}, {**body, "X-n": "1"}]
            made.append((id_ * stride, at, parts))
            continue
        made.append((id_ * stride, at, body))
    return made


async def _fill(url: str, rows: list[tuple[int, datetime, Any]]) -> None:
    connection = await asyncpg.connect(url)
    await connection.executemany(
        "INSERT INTO incidents (id, received_at, hash, headers, body) VALUES ($1, $2, "
        "sha256(($3::int % 9)::text::bytea), json_build_object('X-N', ($3 % 2)::text), $4::json)",
        [(id_, at, id_, json.dumps(body)) for id_, at, body in rows],
    )
    await connection.execute("SELECT setval('incidents_id_seq', $1)", rows[-1][0])
    await connection.execute("ANALYZE incidents")
    await connection.close()


async def filled(api: Api, url: str, rows: list[tuple[int, datetime, Any]]) -> None:
    """Stores them in the partitions that they need."""
    await api.runtime._store._partitions.cover_each(id_ for id_, _, _ in rows)
    await _fill(url, rows)


async def settle(url: str, block_ids: int = 10) -> None:
    """All that there is, in blocks of so many ids, but for what makes no block."""
    settling = Settling(Settings(), url, block_ids=block_ids)
    for _ in range(2):
        await looked(settling)


async def looked(job: LockedJob) -> None:
    """Returns when the job has looked, and not that of a server of the test instead."""
    while not await job.look():
        pass


def narrow_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps and partitions so small that a few hundred incidents need many of them."""
    monkeypatch.setattr(page_module, "FIRST_IDS", 4)
    monkeypatch.setattr(page_module, "_WANTED_MAX", 20)
    monkeypatch.setattr(catalog_module, "_PARTS_AT_ONCE", 3)
    monkeypatch.setattr(reading_module, "_PARTITIONS_AT_ONCE", 2)
    monkeypatch.setattr(stream_module, "FIRST", 5)
    monkeypatch.setattr(stream_module, "WINDOW_MAX", 40)
    monkeypatch.setattr(stream_module, "_SPARSE", 3)
