"""What the clock said when the retention looked at it last, and whether it may go by it.

Revision: 0007, after 0006. It touches no table that is there: no report waits for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Makes the table, with its one row."""
    op.create_table(
        "incidents_clock",
        sa.Column("seen_at", sa.DateTime(timezone=True)),
        sa.Column("waits_until", sa.DateTime(timezone=True)),
        sa.Column("stopped_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
    )
    op.execute("INSERT INTO incidents_clock DEFAULT VALUES")


def downgrade() -> None:
    """Drops it."""
    op.drop_table("incidents_clock")
