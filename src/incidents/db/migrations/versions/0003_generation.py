"""The number that changes when incidents come in otherwise than through the intake.

Revision: 0003, after 0002. It touches no table that is there: no report waits for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes the table, with its one row."""
    op.create_table("incidents_generation", sa.Column("number", sa.BigInteger, nullable=False))
    op.execute("INSERT INTO incidents_generation VALUES (0)")


def downgrade() -> None:
    """Drops it."""
    op.drop_table("incidents_generation")
