"""The channels in PostgreSQL, with their secrets encrypted."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from incidents.core.errors import BadParameter, NeedsOperator
from incidents.core.incident import rfc3339
from incidents.db.driver import Connector, driver_errors
from incidents.db.names import CHANNELS, NOTIFICATIONS
from incidents.db.pool import ConnectionPool
from incidents.notifications.channel import Channel, parse_channel
from incidents.support.secret_box import CannotDecrypt, SecretBox

# Each may have a delivery in flight at any time.
CHANNELS_MAX = 100

_PUT = f"""
    INSERT INTO {CHANNELS} (name, kind, fields, secrets, fallback, per_minute)
    SELECT $1, $2, $3::text::json, $4, $5, $6
    WHERE (SELECT count(*) FROM {CHANNELS} WHERE name <> $1) < {CHANNELS_MAX}
    ON CONFLICT (name) DO UPDATE SET
        kind = excluded.kind, fields = excluded.fields, secrets = excluded.secrets,
        fallback = excluded.fallback, per_minute = excluded.per_minute, updated_at = now(),
        next_attempt_at = NULL
"""  # noqa: S608 - constants
_DELETE = f"DELETE FROM {CHANNELS} WHERE name = $1"  # noqa: S608 - a constant
# The columns that `channel_of` reads.
COLUMNS = "channel.name, kind, fields::text, secrets, fallback, per_minute"
_WIDTH = 6
_ALL = f"""
    SELECT {COLUMNS}, channel.created_at, channel.updated_at, channel.failures,
        channel.failing_since, channel.last_error, channel.last_sent_at,
        coalesce(counts.pending, 0), coalesce(counts.dead, 0)
    FROM {CHANNELS} AS channel LEFT JOIN (
        SELECT channel, count(*) FILTER (WHERE state = 'pending') AS pending,
            count(*) FILTER (WHERE state = 'dead') AS dead
        FROM {NOTIFICATIONS} WHERE joined_into IS NULL AND state <> 'sent' GROUP BY channel
    ) AS counts ON counts.channel = channel.name
    WHERE $1::text IS NULL OR channel.name = $1 ORDER BY channel.name
"""  # noqa: S608 - constants


class ChannelState(NamedTuple):
    """A channel as it is shown: its object without secrets, and how it fares."""

    name: str
    channel: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    failures: int
    failing_since: datetime | None
    last_error: str | None
    last_sent_at: datetime | None
    pending: int
    dead: int

    def to_object(self) -> dict[str, Any]:
        """Its JSON object."""
        return {
            name: rfc3339(value) if isinstance(value, datetime) else value
            for name, value in self._asdict().items()
        }


class ChannelStore:
    """Reads and writes channels, over a connection of its own.

    `key_file` has the key that encrypts secrets; it is created when the first is stored. Methods
    raise StorageError, also if the key file is not the one of before.
    """

    def __init__(self, opens: Connector, wait_seconds: float, key_file: Path) -> None:
        self._connections = ConnectionPool(opens, 1, wait_seconds)
        self._key_file = key_file

    async def all(self) -> list[ChannelState]:
        """All channels, by name."""
        return await self._states(None)

    async def one(self, name: str) -> ChannelState | None:
        """The channel of that name; None if there is none."""
        return next(iter(await self._states(name)), None)

    async def get(self, name: str) -> Channel | None:
        """The channel of that name, secrets included; None if there is none."""
        with driver_errors():
            async with self._connections.leased() as driver:
                row = await driver.fetchrow(_ALL, name)
        return None if row is None else channel_of(row, self._key_file)

    async def put(self, name: str, said: Any) -> Channel:
        """Returns when the channel is on disk. Raises BadParameter."""
        channel = parse_channel(name, said)
        if channel.keeps_secrets:
            channel = channel.keeping_secrets_of(await self.get(name))
        values = self._values(channel)
        with driver_errors():
            async with self._connections.leased() as driver:
                done = await driver.execute(_PUT, *values)
        if done.endswith(" 0"):
            raise BadParameter(f"channels.{name}", f"there are {CHANNELS_MAX} channels, the limit")
        return channel

    async def delete(self, name: str) -> bool:
        """Returns when it is gone; False if there was none.

        What waits for it becomes dead letters.
        """
        with driver_errors():
            async with self._connections.leased() as driver:
                done: str = await driver.execute(_DELETE, name)
        return done.endswith(" 1")

    async def close(self) -> None:
        """Returns when the connection is closed."""
        await self._connections.close()

    async def _states(self, name: str | None) -> list[ChannelState]:
        with driver_errors():
            async with self._connections.leased() as driver:
                rows = await driver.fetch(_ALL, name)
        return [
            ChannelState(row["name"], _plain(row).redacted(), *tuple(row)[_WIDTH:]) for row in rows
        ]

    def _values(self, channel: Channel) -> tuple[Any, ...]:
        encrypted = None
        if channel.secrets:
            encrypted = _encrypted(self._key_file, channel)
        fields = json.dumps(channel.redacted()[channel.kind])
        options = channel.fallback, channel.per_minute
        return channel.name, channel.kind, fields, encrypted, *options


def channel_of(row: asyncpg.Record, key_file: Path) -> Channel:
    """The channel of a row of COLUMNS. Raises NeedsOperator if its secrets cannot be read."""
    channel = _plain(row)
    if row["secrets"] is None:
        return channel
    try:
        found = SecretBox.read(key_file).decrypt(row["secrets"], _bound_to(channel.name))
    except CannotDecrypt as error:
        raise _no_key(f"its secrets cannot be decrypted: {error}") from error
    return replace(channel, fields={**channel.fields, **json.loads(found[0])})


def _plain(row: asyncpg.Record) -> Channel:
    """The channel without its secrets."""
    name, kind, fields, _, fallback, per_minute = tuple(row)[:_WIDTH]
    return Channel(name, kind, json.loads(fields), fallback, per_minute)


def _encrypted(key_file: Path, channel: Channel) -> bytes:
    try:
        key_file.parent.mkdir(parents=True, exist_ok=True)
        box = SecretBox.made(key_file)
    except (OSError, CannotDecrypt) as error:
        raise _no_key(f"secrets cannot be encrypted: {error}") from error
    return box.encrypt([json.dumps(channel.secrets)], _bound_to(channel.name))


def _bound_to(name: str) -> str:
    """What an encrypted secret is bound to: no other channel, and no key, can use it."""
    return f"channel {name}"


def _no_key(why: str) -> NeedsOperator:
    said = f"{why} (INCIDENTS_SIGNATURE_KEY_FILE)"
    return NeedsOperator(said, shown=said)
