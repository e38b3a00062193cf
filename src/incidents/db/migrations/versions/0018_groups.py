"""The group of each incident, what is kept of groups, and what people said of them.

Revision: 0018, after 0017. Servers of before go on; what they store, and what was stored before, is
grouped in the background.
"""

from alembic import op

from incidents.db.migrations.indexes import build_index, drop_index
from incidents.db.migrations.locks import execute_when_free

revision = "0018"
down_revision = "0017"

_TABLES = (
    # An interrupted run made them already: see build_index.
    """
    CREATE TABLE IF NOT EXISTS incidents_groups (
        key bigint PRIMARY KEY,
        first_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS incidents_groups_first_at_idx ON incidents_groups (first_at)",
    """
    CREATE TABLE IF NOT EXISTS incidents_block_groups (
        low bigint PRIMARY KEY REFERENCES incidents_blocks ON DELETE CASCADE,
        keys bigint[] NOT NULL,
        counts integer[] NOT NULL,
        firsts bigint[] NOT NULL,
        lasts bigint[] NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS incidents_group_changes (
        id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
        key bigint NOT NULL,
        action text NOT NULL,
        at timestamptz NOT NULL,
        until timestamptz,
        by text,
        reason text,
        last_id bigint NOT NULL
    )
    """,
    """
    CREATE INDEX IF NOT EXISTS incidents_group_changes_key_id_idx
        ON incidents_group_changes (key, id)
    """,
)
_NAME, _DEFINITION = "group_key_id_idx", "btree (group_key, id)"


def upgrade() -> None:
    """Makes the tables and columns, then the index."""
    # Together, and what reports use last: when one is in use, nobody waits for the others either.
    execute_when_free(
        *_TABLES,
        """
        ALTER TABLE incidents_settled
            ADD COLUMN IF NOT EXISTS groups_below bigint NOT NULL DEFAULT 0,
            ADD COLUMN IF NOT EXISTS groups_full boolean NOT NULL DEFAULT false
        """,
        # What is there already is grouped in the background, and its groups are none of today.
        """
        UPDATE incidents_settled
        SET groups_below = (SELECT last_value + 1 FROM incidents_id_seq WHERE is_called)
        WHERE groups_below = 0 AND EXISTS (SELECT FROM incidents_id_seq WHERE is_called)
        """,
        "ALTER TABLE incidents ADD COLUMN IF NOT EXISTS group_key bigint",
    )
    build_index(_NAME, _DEFINITION)


def downgrade() -> None:
    """Drops them, and with them what people said of groups."""
    drop_index(_NAME)
    op.execute("ALTER TABLE incidents DROP COLUMN group_key")
    op.execute("ALTER TABLE incidents_settled DROP COLUMN groups_below, DROP COLUMN groups_full")
    for table in ("group_changes", "block_groups", "groups"):
        op.execute(f"DROP TABLE incidents_{table}")
