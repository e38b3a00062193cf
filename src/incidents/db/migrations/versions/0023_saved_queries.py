"""Saved queries.

Revision: 0023, after 0022. It touches no table that is there: no report waits for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

_TABLE = "incidents_saved_queries"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        _TABLE,
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text),
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table(_TABLE)
