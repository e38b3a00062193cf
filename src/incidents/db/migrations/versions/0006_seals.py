"""What keeps a sealed partition as it is, and how often partitions were sealed.

Revision: 0006, after 0005. It seals none itself: no report waits for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

# A row that is refused so is not counted as stored, and who sent it looks what became of it.
# Whoever brings in incidents under old ids begins a new generation in the same transaction
# (xmin is the transaction that made a row: https://www.postgresql.org/docs/current/ddl-system-columns.html).
_FUNCTION = """
    CREATE FUNCTION incidents_keep_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM incidents_generation WHERE xmin = pg_current_xact_id()::xid) THEN
            RETURN NEW;
        END IF;
        RETURN NULL;
    END
    $$
"""


def upgrade() -> None:
    """Makes the function that the trigger of each sealed partition calls."""
    op.add_column(
        "incidents_generation",
        sa.Column("seals", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    )
    op.execute(_FUNCTION)


def downgrade() -> None:
    """Drops it, and with it the triggers: nothing is sealed any more."""
    op.execute("DROP FUNCTION incidents_keep_sealed() CASCADE")
    op.drop_column("incidents_generation", "seals")
