"""The index of times has the ids, too.

Revision: 0004, after 0003. It reads every incident once, a partition at a time, the oldest
first: reports wait for that of the newest alone (on Citus for all). Interrupted, it goes on.
"""

import sqlalchemy as sa
from alembic import op

from incidents.storage.cluster import PRESENT

revision = "0004"
down_revision = "0003"

_OLD, _NEW = "received_at_idx", "received_at_id_idx"
_COLUMNS = {_OLD: "(received_at)", _NEW: "(received_at, (- id))"}

# The oldest first.
_PARTITIONS_WITHOUT = """
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'incidents'::regclass AND NOT i.inhdetachpending AND NOT EXISTS (
        SELECT FROM pg_index x JOIN pg_inherits h ON h.inhrelid = x.indexrelid
        WHERE x.indrelid = c.oid AND h.inhparent = to_regclass(:index)
    )
    ORDER BY substring(pg_get_expr(c.relpartbound, c.oid) FROM '\\d+')::bigint
"""


def upgrade() -> None:
    """Makes the index beside the old one, which then goes."""
    _replace(_OLD, _NEW)


def downgrade() -> None:
    """Makes the old one again."""
    _replace(_NEW, _OLD)


def _replace(old: str, new: str) -> None:
    if op.get_bind().scalar(sa.text(f"SELECT {PRESENT}")):
        _create(new, "incidents")
        op.execute(f"DROP INDEX incidents_{old}")
        return
    with op.get_context().autocommit_block():
        _create(new, "ONLY incidents")
        index = {"index": f"incidents_{new}"}
        for partition in op.get_bind().scalars(sa.text(_PARTITIONS_WITHOUT), index).all():
            _create(new, partition)
            op.execute(f"ALTER INDEX incidents_{new} ATTACH PARTITION {partition}_{new}")
        op.execute(f"DROP INDEX IF EXISTS incidents_{old}")


def _create(name: str, table: str) -> None:
    op.execute(
        f"CREATE INDEX IF NOT EXISTS {table.removeprefix('ONLY ')}_{name} ON {table} "
        f"USING brin {_COLUMNS[name]} WITH (autosummarize = on, pages_per_range = 32)"
    )
