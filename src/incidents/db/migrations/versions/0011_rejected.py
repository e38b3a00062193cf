"""Reports that were refused, and are kept for a while.

Revision: 0011, after 0010. It touches no table that is there: no report waits for it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import INET, JSON

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "incidents_rejected",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("address", INET),
        sa.Column("key", sa.Text),
        sa.Column("body", sa.LargeBinary),
        sa.Column("truncated", sa.Boolean, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("incident_id", sa.BigInteger),
        sa.Column("incident_hash", sa.LargeBinary),
    )


def downgrade() -> None:
    """Drops it, and with it the reports that were refused."""
    op.drop_table("incidents_rejected")
