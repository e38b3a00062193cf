"""How many incidents each settled block has, and when they came.

Revision: 0016, after 0015. Blocks are settled anew, in the background.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Adds the columns. Servers of before leave them empty, which is as good as no block."""
    op.execute("DELETE FROM incidents_blocks")
    op.add_column("incidents_blocks", sa.Column("count", sa.Integer))
    op.add_column("incidents_blocks", sa.Column("unit_seconds", sa.Integer))
    op.add_column("incidents_blocks", sa.Column("counts", sa.ARRAY(sa.Integer)))


def downgrade() -> None:
    """Drops them."""
    for name in ("count", "unit_seconds", "counts"):
        op.drop_column("incidents_blocks", name)
