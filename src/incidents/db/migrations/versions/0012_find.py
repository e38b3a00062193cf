"""Finds are a function in PostgreSQL; partitions are sealed no more.

Revision: 0012, after 0011. Servers of before go on, without what they remember of sealed
partitions. A search may wait for a moment while the triggers go; no report does.
"""

import time
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_LOCK_NOT_AVAILABLE = "55P03"
# To drop a trigger waits for all who read its partition, and everybody else waits behind it. So it
# is not waited for, but tried again and again, as a stream can take minutes.
_TRIES = 600
_PAUSE_SECONDS = 1

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
    _drop_triggers()


def downgrade() -> None:
    """Drops it."""
    op.execute("DROP FUNCTION incidents_find")
    op.execute(_SEALING)


def _drop_triggers() -> None:
    connection = op.get_bind()
    for left in reversed(range(_TRIES)):
        try:
            with connection.begin_nested():
                op.execute("SET LOCAL lock_timeout = '100ms'")
                op.execute("DROP FUNCTION incidents_keep_sealed() CASCADE")
        except sa.exc.DBAPIError as error:
            if not left or getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return
