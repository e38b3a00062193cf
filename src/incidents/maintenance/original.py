"""Incidents of the original system: its table `incidents` (id, hash, headers, body)."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Container
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg

from incidents.core import json_text
from incidents.core.errors import BadLine, CannotStart, NotJSON, OverLimit
from incidents.core.grouping.keys import keys_of
from incidents.core.hashing import canonical, fingerprint
from incidents.core.incident import REDACTED, Body, Derived, Incident, of_derived
from incidents.db.driver import connect_driver, driver_errors
from incidents.maintenance.export_line import ID_MAX
from incidents.maintenance.integrity import IMPORTED, mark
from incidents.support.settings import NESTING_LEVELS_MAX

_ROWS_AT_ONCE = 100
_ROWS = """
    SELECT id::bigint AS id, hash::text AS hash, headers::text AS headers, body::text AS body
    FROM incidents ORDER BY id
"""
_HIGHEST_ID = "SELECT coalesce(max(id)::bigint, 0) FROM incidents WHERE id <= $1::bigint"
_HASH = re.compile(r"[0-9a-fA-F]{64}")

Row = tuple[int, str | None, str | None, str | None]


@asynccontextmanager
async def original_rows(
    url: str, wait_seconds: float
) -> AsyncGenerator[tuple[int, AsyncIterator[Row]]]:
    """The highest id, and all rows in order of ids, a few at a time in memory.

    Columns are read as text, so they can be `json`, `jsonb` or `text`. Raises CannotStart,
    Unavailable.
    """
    with driver_errors():
        connection = await connect_driver(url, name="original", wait_seconds=wait_seconds)
        try:
            async with connection.transaction(readonly=True, isolation="repeatable_read"):
                rows = connection.cursor(_ROWS, prefetch=_ROWS_AT_ONCE)
                yield (
                    await connection.fetchval(_HIGHEST_ID, ID_MAX),
                    (tuple(row) async for row in rows),
                )
        except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
            raise CannotStart(f"that is not a database of the original system: {error}") from error
        finally:
            await connection.close()


def original_incident(
    row: Row, received_at: datetime, secret: Container[bytes]
) -> tuple[int, Incident]:
    """The id and the incident of a row. Raises BadLine, which says what is wrong.

    Headers whose lower-case names are in `secret` are redacted. The hash stays; if the formula
    gives another one, the header Incidents-Imported is added (see integrity.py).
    """
    id_, hash_, headers_text, body = row
    if not 1 <= id_ <= ID_MAX or not hash_ or not _HASH.fullmatch(hash_):
        raise BadLine(f"its id ({id_}) or its hash ({str(hash_)[:80]}) is invalid")
    try:
        headers = json_text.parse(headers_text or "", NESTING_LEVELS_MAX)
        value = json_text.parse(body or "", NESTING_LEVELS_MAX)
        if not isinstance(headers, dict):
            raise BadLine("its headers are not a JSON object")
        kept = {
            name: REDACTED if name.lower().encode(errors="replace") in secret else kept_value
            for name, kept_value in headers.items()
        }
        if fingerprint(canonical(kept), value).hex() != hash_.lower():
            kept[IMPORTED] = mark(kept, value, bytes.fromhex(hash_))
        headers_text = canonical(kept)
        for_search = json_text.for_search(body or "", NESTING_LEVELS_MAX)
        known = Derived(bytes.fromhex(hash_), for_search, keys_of(headers_text, value))
        return id_, of_derived(headers_text, Body(body or ""), received_at, known)
    except (NotJSON, OverLimit) as error:
        raise BadLine(str(error)) from error
