"""What the delivery reads and writes, on the connection that holds its lock.

So a process that has lost the lock records nothing. Methods raise the driver's errors.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import asyncpg

from incidents.core.incident import rfc3339
from incidents.core.notification import NewNotification
from incidents.db.driver import Connection
from incidents.db.names import CHANNELS, NOTIFICATIONS
from incidents.notifications.channel_store import COLUMNS
from incidents.notifications.outbox import ORIGIN, enqueue, new_message_id
from incidents.notifications.pauses import TRIED_FOR
from incidents.notifications.rule_history import note_delivered, note_failed

# Pending ones of a channel; the oldest of more become dead letters.
PENDING_MAX = 10_000
# Of all that are sent or dead; the oldest of more are deleted.
FINISHED_MAX = 100_000
_DELETED_AT_ONCE = 10_000

# May be sent at $1, and none of its topic that is older has to be sent first. (A subquery that
# PostgreSQL does not turn into a join: so it looks at no more rows than it returns.)
_READY = f"""
    told.state = 'pending' AND told.joined_into IS NULL AND told.next_attempt_at <= $1
    AND told.expires_at > $1 AND NOT coalesce((
        SELECT true FROM {NOTIFICATIONS} AS older
        WHERE older.channel = told.channel AND older.topic = told.topic
            AND older.state = 'pending' AND older.id < told.id
            AND (older.joined_into IS NOT NULL OR older.next_attempt_at > told.next_attempt_at)
        LIMIT 1
    ), false)
"""  # noqa: S608 - constants
# Channels with something to send, that may send something, and how many messages.
_DUE = f"""
    SELECT {COLUMNS}, channel.failures, per_minute - sent.count AS free
    FROM {CHANNELS} AS channel, LATERAL (
        SELECT count(*) FROM {NOTIFICATIONS} AS told
        WHERE told.channel = channel.name AND state = 'sent' AND joined_into IS NULL
            AND sent_at BETWEEN $1::timestamptz - interval '1 minute' AND $1
    ) AS sent, LATERAL (
        SELECT FROM {NOTIFICATIONS} AS told WHERE told.channel = channel.name AND {_READY}
        ORDER BY told.next_attempt_at, told.id LIMIT 1
    ) AS first
    WHERE coalesce(channel.next_attempt_at, $1) <= $1 AND NOT channel.name = ANY($2::text[])
        AND sent.count < per_minute
"""  # noqa: S608 - constants
# In the order of an index, which ends at the limit.
_WAITING = f"""
    SELECT id, message_id, payload::text, attempts FROM {NOTIFICATIONS} AS told
    WHERE told.channel = $2 AND {_READY} ORDER BY next_attempt_at, id LIMIT $3
"""  # noqa: S608 - constants
_INSERT_JOINED = f"""
    INSERT INTO {NOTIFICATIONS}
        (message_id, channel, topic, payload, expires_at, next_attempt_at, origin)
    VALUES ($1, $2, $1, $3::text::json, $4::timestamptz + $5, $4, {ORIGIN}) RETURNING id
"""  # noqa: S608 - constants
_JOIN = f"UPDATE {NOTIFICATIONS} SET joined_into = $1 WHERE id = ANY($2::bigint[])"  # noqa: S608
_SENT = f"""
    UPDATE {NOTIFICATIONS}
    SET state = 'sent', sent_at = $2, attempts = attempts + 1, last_error = NULL
    WHERE (id = $1 OR joined_into = $1) AND state = 'pending'
"""  # noqa: S608 - constants
_CHANNEL_WORKS = f"""
    UPDATE {CHANNELS} SET failures = 0, failing_since = NULL, last_error = NULL,
        next_attempt_at = NULL, last_sent_at = $2
    WHERE name = $1
"""  # noqa: S608 - constants
_NOW_ALL = f"""
    UPDATE {NOTIFICATIONS} SET next_attempt_at = $2
    WHERE channel = $1 AND state = 'pending' AND joined_into IS NULL AND next_attempt_at > $2
"""  # noqa: S608 - constants
_FAILED = f"""
    UPDATE {NOTIFICATIONS} SET attempts = attempts + 1, next_attempt_at = $2, last_error = $3
    WHERE id = $1 AND state = 'pending'
"""  # noqa: S608 - constants
_CHANNEL_FAILS = f"""
    UPDATE {CHANNELS} SET failures = failures + 1, last_error = $3, next_attempt_at = $4,
        failing_since = coalesce(failing_since, $2)
    WHERE name = $1 RETURNING failures, failing_since
"""  # noqa: S608 - constants
_OTHER = f"""
    SELECT name FROM {CHANNELS} WHERE name <> $1
    ORDER BY name IS DISTINCT FROM $2, failures > 0, name LIMIT 1
"""  # noqa: S608 - constants
_DEAD = "SET state = 'dead', dead_at = $1, last_error = coalesce(last_error || '; ', '') ||"
_NO_CHANNEL = f"""
    UPDATE {NOTIFICATIONS} AS told {_DEAD} 'there is no channel of that name'
    WHERE state = 'pending'
        AND NOT EXISTS (SELECT FROM {CHANNELS} AS one WHERE one.name = told.channel)
"""
_EXPIRED = f"""
    UPDATE {NOTIFICATIONS} {_DEAD} 'it could not be sent within a day'
    WHERE state = 'pending' AND expires_at <= $1
"""
_TOO_MANY = f"""
    UPDATE {NOTIFICATIONS} {_DEAD} 'more than {PENDING_MAX} waited for this channel'
    WHERE id IN (SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY channel ORDER BY id DESC) AS place
        FROM {NOTIFICATIONS} WHERE state = 'pending' AND joined_into IS NULL
    ) AS placed WHERE place > {PENDING_MAX})
"""  # noqa: S608 - constants
_RESTORED = f"""
    UPDATE {NOTIFICATIONS}
    {_DEAD} 'it was restored from a backup or a copy: retry it if it is still true'
    WHERE state = 'pending' AND origin <> {ORIGIN}
"""
# A clock that was ahead and is right again: nothing waits longer than any pause is.
_NOT_LATER = (
    f"""
    UPDATE {NOTIFICATIONS} SET next_attempt_at = $1
    WHERE state = 'pending' AND next_attempt_at > $1::timestamptz + interval '2 hours'
    """,  # noqa: S608 - constants
    f"""
    UPDATE {CHANNELS} SET next_attempt_at = NULL
    WHERE next_attempt_at > $1::timestamptz + interval '2 hours'
    """,  # noqa: S608 - constants
)
_DELETE = f"""
    DELETE FROM {NOTIFICATIONS} WHERE id IN (
        SELECT id FROM {NOTIFICATIONS} WHERE state <> 'pending' AND coalesce(sent_at, dead_at) < $1
        LIMIT {_DELETED_AT_ONCE}
    ) OR id IN (
        SELECT id FROM {NOTIFICATIONS} WHERE state <> 'pending'
        ORDER BY id DESC OFFSET {FINISHED_MAX} LIMIT {_DELETED_AT_ONCE}
    )
"""  # noqa: S608 - constants
_NUMBERS = f"""
    SELECT count(*) AS pending, min(created_at) AS oldest,
        (SELECT count(*) FROM {CHANNELS} WHERE failures > 0) AS failing
    FROM {NOTIFICATIONS} WHERE state = 'pending' AND joined_into IS NULL
"""  # noqa: S608 - constants


class Due(NamedTuple):
    """A channel that may send `free` messages now; `row` is that of channel_store.COLUMNS."""

    name: str
    kind: str
    fallback: str | None
    failures: int
    free: int
    row: asyncpg.Record


class Waiting(NamedTuple):
    """A notification that may be sent now. `payload` is JSON text."""

    id: int
    message_id: str
    payload: str
    attempts: int


class Numbers(NamedTuple):
    """Of pending notifications how many, and how old the oldest is; of channels, how many fail."""

    pending: int
    oldest_seconds: float
    failing: int


class DeliveryStore:
    """One statement or transaction at a time. `clock` replaces PostgreSQL's clock in tests."""

    def __init__(self, connection: Connection, clock: Callable[[], datetime] | None = None) -> None:
        self._connection = connection
        self._clock = clock
        self._turn = asyncio.Lock()

    async def now(self) -> datetime:
        """The time by which everything is due."""
        if self._clock is not None:
            return self._clock()
        async with self._turn:
            now: datetime = await self._connection.fetchval("SELECT clock_timestamp()")
            return now

    async def due(self, now: datetime, busy: Sequence[str]) -> list[Due]:
        """The channels that have something to send, but those of these names."""
        async with self._turn:
            rows = await self._connection.fetch(_DUE, now, busy)
        return [
            Due(row["name"], row["kind"], row["fallback"], row["failures"], row["free"], row)
            for row in rows
        ]

    async def waiting(self, channel: str, now: datetime, limit: int) -> list[Waiting]:
        """What may be sent, in the order to send it."""
        async with self._turn:
            rows = await self._connection.fetch(_WAITING, now, channel, limit)
        return [Waiting(*row) for row in rows]

    async def join(
        self, channel: str, members: Sequence[Waiting], payload: Any, now: datetime
    ) -> Waiting:
        """These are one message from now on, with an id of its own."""
        message_id, text = new_message_id(), json.dumps(payload)
        values = message_id, channel, text, now, TRIED_FOR
        async with self._turn, self._connection.transaction():
            id_ = await self._connection.fetchval(_INSERT_JOINED, *values)
            await self._connection.execute(_JOIN, id_, [each.id for each in members])
        return Waiting(id_, message_id, text, 0)

    async def sent(self, due: Due, id_: int, now: datetime) -> None:
        """It got through. If the channel failed before, what waits for it is due now."""
        async with self._turn, self._connection.transaction():
            await note_delivered(self._connection, id_, now)
            await self._connection.execute(_SENT, id_, now)
            await self._connection.execute(_CHANNEL_WORKS, due.name, now)
            if due.failures >= TOLD_AFTER:
                await self._connection.execute(_NOW_ALL, due.name, now)
                await self._tell(due, "channel.resolved", "works again", now)

    async def failed(
        self, due: Due, id_: int, why: str, now: datetime, *, row: timedelta, channel: timedelta
    ) -> None:
        """It waits for `row`, and its channel for `channel`; a failing channel is reported."""
        async with self._turn, self._connection.transaction():
            await note_failed(self._connection, id_, now, why)
            await self._connection.execute(_FAILED, id_, now + row, why)
            found = await self._connection.fetchrow(
                _CHANNEL_FAILS, due.name, now, why, now + channel
            )
            if found is not None and found["failures"] == TOLD_AFTER:
                await self._tell(due, "channel.firing", f"fails: {why}", found["failing_since"])

    async def bury(self, now: datetime) -> dict[str, int]:
        """What cannot be sent any more is a dead letter; how many, by reason.

        What a clock that jumped put far into the future is due now.
        """
        buried = {}
        async with self._turn:
            for reason, statement in _BURIALS.items():
                done = await self._connection.execute(statement, now)
                buried[reason] = int(done.rpartition(" ")[2])
            for statement in _NOT_LATER:
                await self._connection.execute(statement, now)
        return buried

    async def delete(self, before: datetime) -> None:
        """Those that were sent or given up before are deleted, and the oldest of too many."""
        async with self._turn:
            await self._connection.execute(_DELETE, before)

    async def numbers(self, now: datetime) -> Numbers:
        """For the metrics."""
        async with self._turn:
            row = await self._connection.fetchrow(_NUMBERS)
        assert row is not None
        oldest = row["oldest"]
        age = (now - oldest).total_seconds() if oldest is not None else 0
        return Numbers(row["pending"], max(0.0, age), row["failing"])

    async def _tell(self, due: Due, kind: str, what: str, since: datetime) -> None:
        """Tells of the channel through another one, if there is one."""
        other = await self._connection.fetchval(_OTHER, due.name, due.fallback)
        if other is not None:
            payload = _of_channel(due.name, kind, what, since)
            await enqueue(self._connection, [NewNotification(other, None, payload)])


# A channel is reported after so many failures in a row.
TOLD_AFTER = 3

_BURIALS = {
    "restored": _RESTORED,
    "no channel": _NO_CHANNEL,
    "expired": _EXPIRED,
    "too many": _TOO_MANY,
}


def _of_channel(name: str, kind: str, what: str, since: datetime) -> dict[str, Any]:
    return {
        "type": kind,
        "timestamp": rfc3339(since),
        "data": {
            "rule": None,
            "by": {"channel": name},
            "since": rfc3339(since),
            "count": None,
            "title": f"The channel {name} {what}",
            "incidents": [],
            "url": None,
        },
    }
