"""What came, where that is not the body: `raw`.

Revision: 0008, after 0007. It adds a column that is empty everywhere: no incident is read.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Adds the column."""
    op.add_column("incidents", sa.Column("raw", sa.LargeBinary))


def downgrade() -> None:
    """Drops it, and with it the bytes that were kept."""
    op.drop_column("incidents", "raw")
