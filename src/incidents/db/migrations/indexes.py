"""Builds and replaces indexes while servers of the previous version run."""

import sqlalchemy as sa
from alembic import op

_PARTITIONS_WITHOUT = """
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'incidents'::regclass AND NOT i.inhdetachpending AND NOT EXISTS (
        SELECT FROM pg_index x JOIN pg_inherits h ON h.inhrelid = x.indexrelid
        WHERE x.indrelid = c.oid AND h.inhparent = to_regclass(:index)
    )
    ORDER BY substring(pg_get_expr(c.relpartbound, c.oid) FROM '\\d+')::bigint
"""


def replace_index(old: str, new: str, definition: str) -> None:
    """Builds the index `incidents_{new}` beside `incidents_{old}`, then drops the old one.

    `definition` is what follows USING. One partition at a time, the oldest first: reports wait only
    for that of the newest (on Citus, for all). An interrupted run continues where it stopped.
    """
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    if not driver.backend.has_indexes:
        _create(new, "incidents", definition)
        op.execute(f"DROP INDEX incidents_{old}")
        return
    with op.get_context().autocommit_block():
        _create(new, "ONLY incidents", definition)
        index = {"index": f"incidents_{new}"}
        for partition in op.get_bind().scalars(sa.text(_PARTITIONS_WITHOUT), index).all():
            _create(new, partition, definition)
            op.execute(f"ALTER INDEX incidents_{new} ATTACH PARTITION {partition}_{new}")
        op.execute(f"DROP INDEX IF EXISTS incidents_{old}")


def _create(name: str, table: str, definition: str) -> None:
    # sa.text would read colons in the definition as parameters.
    op.get_bind().exec_driver_sql(
        f"CREATE INDEX IF NOT EXISTS {table.removeprefix('ONLY ')}_{name} ON {table} "
        f"USING {definition}"
    )


def build_index(name: str, definition: str) -> None:
    """Builds the index `incidents_{name}` while reports are stored in every partition.

    `definition` is what follows USING. An interrupted run continues where it stopped, so what the
    migration did before this is committed, and must bear to be done again.
    """
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    with op.get_context().autocommit_block():
        if not driver.backend.has_indexes:
            _create(name, "incidents", definition)
            return
        _create(name, "ONLY incidents", definition)
        index = {"index": f"incidents_{name}"}
        for partition in op.get_bind().scalars(sa.text(_PARTITIONS_WITHOUT), index).all():
            # One that an interrupted run left is not valid.
            op.execute(f"DROP INDEX IF EXISTS {partition}_{name}")
            op.get_bind().exec_driver_sql(
                f"CREATE INDEX CONCURRENTLY {partition}_{name} ON {partition} USING {definition}"
            )
            op.execute(f"ALTER INDEX incidents_{name} ATTACH PARTITION {partition}_{name}")


def drop_index(name: str) -> None:
    """Drops the index `incidents_{name}`."""
    op.execute(f"DROP INDEX IF EXISTS incidents_{name}")
