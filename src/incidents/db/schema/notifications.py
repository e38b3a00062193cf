"""The tables of notifications."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSON

from incidents.db.schema.tables import metadata

# `metadata` has all tables only once this module is loaded.
__all__ = ["channels", "metadata", "notifications"]

# Where notifications are sent (see notifications/channel.py).
channels = Table(
    "incidents_channels",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("secrets", LargeBinary),  # those of the fields that are encrypted
    Column("fallback", Text),
    Column("per_minute", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # Failed attempts since the last one that succeeded.
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("failing_since", DateTime(timezone=True)),
    Column("last_error", Text),
    Column("last_sent_at", DateTime(timezone=True)),
    Column("next_attempt_at", DateTime(timezone=True)),
)

# The outbox (see notifications/outbox.py).
notifications = Table(
    "incidents_notifications",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("message_id", Text, nullable=False),  # the same in all attempts
    Column("channel", Text, nullable=False),
    Column("rule", Text),
    Column("topic", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'pending'")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("dead_at", DateTime(timezone=True)),
    Column("last_error", Text),
    # The message that it was joined into, because there were too many.
    Column("joined_into", BigInteger),
    # The database that it was made in: elsewhere it is a restored one, and not sent.
    Column("origin", Text, nullable=False),
)
_PENDING = text("state = 'pending'")
Index(
    "incidents_notifications_waiting_idx",
    notifications.c.channel,
    notifications.c.next_attempt_at,
    notifications.c.id,
    postgresql_where=text("state = 'pending' AND joined_into IS NULL"),
)
Index(
    "incidents_notifications_topic_idx",
    notifications.c.channel,
    notifications.c.topic,
    notifications.c.id,
    postgresql_where=_PENDING,
)
Index(
    "incidents_notifications_sent_idx",
    notifications.c.channel,
    notifications.c.sent_at,
    postgresql_where=text("state = 'sent'"),
)
Index(
    "incidents_notifications_joined_idx",
    notifications.c.joined_into,
    postgresql_where=text("joined_into IS NOT NULL"),
)
Index("incidents_notifications_rule_idx", notifications.c.rule, notifications.c.id)
