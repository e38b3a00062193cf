"""Statements that need a table for a moment, while reports and searches go on."""

import time

import sqlalchemy as sa
from alembic import op

_LOCK_NOT_AVAILABLE = "55P03"
# Who waits for a table that a long stream reads makes all others wait behind it. So it is not
# waited for, but tried again and again.
_TRIES = 600
_PAUSE_SECONDS = 1


def execute_when_free(*statements: str) -> None:
    """Returns when all statements are done, in the transaction of the migration.

    Nobody waits longer than 100 ms for it at a time. Raises the last error after ten minutes.
    """
    connection = op.get_bind()
    before = connection.scalar(sa.text("SELECT current_setting('lock_timeout')"))
    for left in reversed(range(_TRIES)):
        try:
            with connection.begin_nested():
                op.execute("SET LOCAL lock_timeout = '100ms'")
                for statement in statements:
                    op.execute(statement)
                # For what the migration does next.
                op.execute(f"SET LOCAL lock_timeout = '{before}'")
        except sa.exc.DBAPIError as error:
            if not left or getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return
