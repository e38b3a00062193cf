"""Finds are a function in PostgreSQL; partitions are sealed no more.

Revision: 0012, after 0011. Servers of before go on, without what they remember of sealed
partitions. A search may wait for a moment while the triggers go; no report does.
"""

from pathlib import Path

from alembic import op

from incidents.db.migrations.locks import execute_when_free

revision = "0012"
down_revision = "0011"

_SEALING = """
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
    """Makes the function, and drops the triggers."""
    op.get_bind().exec_driver_sql(Path(__file__).with_name("find_0013.sql").read_text())
    execute_when_free("DROP FUNCTION incidents_keep_sealed() CASCADE")


def downgrade() -> None:
    """Drops it."""
    op.execute("DROP FUNCTION incidents_find")
    op.execute(_SEALING)
