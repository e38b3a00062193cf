"""What was stored under the Idempotency-Key of a request, for as long as it is remembered.

Revision: 0010, after 0009. It touches no table that is there: no report waits for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "incidents_idempotency_keys",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("ids", sa.ARRAY(sa.BigInteger), nullable=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repeats", sa.Integer, nullable=False, server_default=sa.text("0")),
    )
    op.create_index(
        "incidents_idempotency_keys_expires_at_idx", "incidents_idempotency_keys", ["expires_at"]
    )


def downgrade() -> None:
    """Drops it: what is sent again is stored again."""
    op.drop_table("incidents_idempotency_keys")
