"""The table of incidents, partitioned by id.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSON

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the sequence, the table without partitions, and its indexes."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("incidents_id_seq", data_type=sa.BigInteger)))
    op.create_table(
        "incidents",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("body_for_search", JSON),
        postgresql_partition_by="RANGE (id)",
    )
    op.execute(
        "CREATE INDEX incidents_searched_idx ON incidents USING gin (("
        "'[]'::jsonb || headers::jsonb || coalesce(body_for_search, body)::jsonb"
        ") jsonb_path_ops)"
    )
    op.create_index("incidents_hash_id_idx", "incidents", ["hash", "id"])
    op.execute(
        "CREATE INDEX incidents_received_at_idx ON incidents USING brin (received_at) "
        "WITH (autosummarize = on, pages_per_range = 32)"
    )


def downgrade() -> None:
    """Drops every incident."""
    op.drop_table("incidents")
    op.execute("DROP SEQUENCE incidents_id_seq")
