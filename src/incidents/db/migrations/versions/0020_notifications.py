"""Channels, and the outbox of notifications.

Revision: 0020, after 0019. It touches no table that is there: no report waits for it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSON

revision = "0020"
down_revision = "0019"

_TIME = sa.DateTime(timezone=True)
_OUTBOX = "incidents_notifications"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "incidents_channels",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("secrets", sa.LargeBinary),
        sa.Column("fallback", sa.Text),
        sa.Column("per_minute", sa.Integer, nullable=False),
        sa.Column("created_at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("updated_at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("failing_since", _TIME),
        sa.Column("last_error", sa.Text),
        sa.Column("last_sent_at", _TIME),
        sa.Column("next_attempt_at", _TIME),
    )
    op.create_table(
        _OUTBOX,
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("rule", sa.Text),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default=sa.text("'pending'")),
        sa.Column("created_at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("next_attempt_at", _TIME, nullable=False),
        sa.Column("sent_at", _TIME),
        sa.Column("dead_at", _TIME),
        sa.Column("last_error", sa.Text),
        sa.Column("joined_into", sa.BigInteger),
        sa.Column("origin", sa.Text, nullable=False),
    )
    _index(
        "waiting", ["channel", "next_attempt_at", "id"], "state = 'pending' AND joined_into IS NULL"
    )
    _index("topic", ["channel", "topic", "id"], "state = 'pending'")
    _index("sent", ["channel", "sent_at"], "state = 'sent'")
    _index("joined", ["joined_into"], "joined_into IS NOT NULL")
    _index("rule", ["rule", "id"])


def _index(name: str, columns: list[str], where: str | None = None) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(f"{_OUTBOX}_{name}_idx", _OUTBOX, columns, postgresql_where=condition)


def downgrade() -> None:
    """Drops them, and with them what was not sent yet."""
    op.drop_table(_OUTBOX)
    op.drop_table("incidents_channels")
