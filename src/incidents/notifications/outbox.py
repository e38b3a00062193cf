"""The outbox: notifications in PostgreSQL, from the moment that a rule made them.

They are stored in the transaction that changes the state of the rule: none is lost, none invented
(docs/decisions/*-notifications.md).
"""

import json
import secrets as random
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from incidents.core.incident import rfc3339
from incidents.core.notification import NewNotification
from incidents.db.driver import Connector, driver_errors
from incidents.db.names import CHANNELS, NOTIFICATIONS
from incidents.db.pool import ConnectionPool
from incidents.notifications.pauses import TRIED_FOR

STATES = ("pending", "sent", "dead")

# A database, as no other one: a copy or a restored one has another. A physical copy, such as a
# standby that took over, is the same database.
# (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CONTROLDATA)
ORIGIN = """(
    (SELECT system_identifier::text FROM pg_control_system()) || '/'
    || (SELECT oid::text FROM pg_database WHERE datname = current_database())
)"""

_INSERT = f"""
    INSERT INTO {NOTIFICATIONS}
        (message_id, channel, rule, topic, payload, expires_at, next_attempt_at, origin)
    SELECT message_id, channel, rule, topic, payload::json, now() + $6, now(), {ORIGIN}
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
        AS new (message_id, channel, rule, topic, payload, number)
    ORDER BY number
"""  # noqa: S608 - constants
_COLUMNS = (
    "id, message_id, channel, rule, payload::text, state, created_at, attempts, "
    "next_attempt_at, sent_at, dead_at, last_error, joined_into"
)
_PAGE = f"""
    SELECT {_COLUMNS} FROM {NOTIFICATIONS}
    WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR channel = $2)
        AND ($3::text IS NULL OR rule = $3) AND ($4::bigint IS NULL OR id < $4)
    ORDER BY id DESC LIMIT $5
"""  # noqa: S608 - constants
# What was joined is sent again as one message. A pending one is tried at once.
_RETRY = f"""
    UPDATE {NOTIFICATIONS}
    SET state = 'pending', next_attempt_at = now(), expires_at = now() + $2, attempts = 0,
        dead_at = NULL, origin = {ORIGIN}
    WHERE state <> 'sent' AND id IN (
        SELECT coalesce(joined_into, id) FROM {NOTIFICATIONS} WHERE id = $1
        UNION SELECT id FROM {NOTIFICATIONS} WHERE joined_into = (
            SELECT coalesce(joined_into, id) FROM {NOTIFICATIONS} WHERE id = $1
        )
    )
"""  # noqa: S608 - constants
# Nor does its channel wait any longer.
_TRY_CHANNEL = f"""
    UPDATE {CHANNELS} SET next_attempt_at = NULL
    WHERE name = (SELECT channel FROM {NOTIFICATIONS} WHERE id = $1)
"""  # noqa: S608 - constants
_ONE = f"SELECT {_COLUMNS} FROM {NOTIFICATIONS} WHERE id = $1"  # noqa: S608 - constants


class StoredNotification(NamedTuple):
    """One of the outbox, as it is now. `payload` is JSON text."""

    id: int
    message_id: str
    channel: str
    rule: str | None
    payload: str
    state: str
    created_at: datetime
    attempts: int
    next_attempt_at: datetime
    sent_at: datetime | None
    dead_at: datetime | None
    last_error: str | None
    joined_into: int | None

    def to_object(self) -> dict[str, Any]:
        """Its JSON object."""
        return {
            "id": self.id,
            "message_id": self.message_id,
            "channel": self.channel,
            "rule": self.rule,
            "state": self.state,
            "created_at": rfc3339(self.created_at),
            "attempts": self.attempts,
            "next_attempt_at": rfc3339(self.next_attempt_at) if self.state == "pending" else None,
            "sent_at": self.sent_at and rfc3339(self.sent_at),
            "dead_at": self.dead_at and rfc3339(self.dead_at),
            "last_error": self.last_error,
            "joined_into": self.joined_into,
            "payload": json.loads(self.payload),
        }


def new_message_id() -> str:
    """An id that no other message has, and that all attempts of one share."""
    return f"msg_{random.token_hex(16)}"


async def enqueue(connection: asyncpg.Connection, new: Sequence[NewNotification]) -> None:
    """Returns when they are part of the caller's transaction, in this order.

    One for a channel that does not exist becomes a dead letter.
    """
    if new:
        await connection.execute(
            _INSERT,
            [new_message_id() for _ in new],
            [each.channel for each in new],
            [each.rule for each in new],
            [each.topic for each in new],
            [each.to_json() for each in new],
            TRIED_FOR,
        )


class Outbox:
    """Lists notifications and sends them again, over a connection of its own.

    All methods raise StorageError.
    """

    def __init__(self, opens: Connector, wait_seconds: float) -> None:
        self._connections = ConnectionPool(opens, 1, wait_seconds)

    async def page(
        self,
        limit: int,
        after: int | None,
        state: str | None,
        channel: str | None,
        rule: str | None,
    ) -> list[StoredNotification]:
        """The newest, or those after `after`, with that state, channel and rule if given."""
        with driver_errors():
            async with self._connections.leased() as driver:
                rows = await driver.fetch(_PAGE, state, channel, rule, after, limit)
        return [StoredNotification(*row) for row in rows]

    async def one(self, id_: int) -> StoredNotification | None:
        """The one with that id; None if there is none."""
        with driver_errors():
            async with self._connections.leased() as driver:
                row = await driver.fetchrow(_ONE, id_)
        return None if row is None else StoredNotification(*row)

    async def retry(self, id_: int) -> StoredNotification | None:
        """It is due now, for another day, if it was not sent; None if there is none.

        What was joined into one message is sent again as that message.
        """
        with driver_errors():
            async with self._connections.leased() as driver:
                await driver.execute(_RETRY, id_, TRIED_FOR)
                await driver.execute(_TRY_CHANNEL, id_)
                row = await driver.fetchrow(_ONE, id_)
        return None if row is None else StoredNotification(*row)

    async def close(self) -> None:
        """Returns when the connection is closed."""
        await self._connections.close()
