"""Rules, their states and history, and mutes.

Revision: 0021, after 0020. It touches no table that is there: no report waits for it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSON

revision = "0021"
down_revision = "0020"

_TIME = sa.DateTime(timezone=True)
_IDS = sa.ARRAY(sa.BigInteger)


def upgrade() -> None:
    """Makes the tables, and the one row of the position."""
    op.create_table(
        "incidents_rules",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("wanted", JSON),
        sa.Column("applied", JSON),
        sa.Column("begins_after", sa.BigInteger, nullable=False),
        sa.Column("created_at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("updated_at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("not_followed", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "incidents_rule_states",
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("member", sa.Text, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("quiet_since", _TIME, nullable=False),
        sa.Column("last", _TIME),
        sa.Column("since", _TIME),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("ids", _IDS, nullable=False),
        sa.Column("times", sa.ARRAY(_TIME), nullable=False),
        sa.Column("repeat_at", _TIME),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("muted_by", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "incidents_rule_history",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("member", sa.Text),
        sa.Column("by", JSON),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("ids", _IDS, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("detail", sa.Text),
        sa.Column("muted_by", sa.Text),
        sa.Column("notification", sa.BigInteger, unique=True),
        sa.Column("body", JSON),
    )
    op.create_index("incidents_rule_history_rule_idx", "incidents_rule_history", ["rule", "id"])
    op.create_index(
        "incidents_rule_history_muted_by_idx",
        "incidents_rule_history",
        ["muted_by", "id"],
        postgresql_where=sa.text("muted_by IS NOT NULL"),
    )
    op.create_index(
        "incidents_rule_history_body_idx",
        "incidents_rule_history",
        ["id"],
        postgresql_where=sa.text("body IS NOT NULL"),
    )
    op.create_table(
        "incidents_mutes",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("object", JSON, nullable=False),
        sa.Column("until", _TIME),
        sa.Column("held_back", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("created_at", _TIME, nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        "incidents_rules_position",
        sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("position", sa.Text, nullable=False, server_default="0"),
        sa.Column("clock", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("alive_at", _TIME, nullable=False, server_default=sa.func.now()),
    )
    op.execute("INSERT INTO incidents_rules_position DEFAULT VALUES")
    op.create_table(
        "incidents_imported",
        sa.Column("low", sa.BigInteger, nullable=False),
        sa.Column("high", sa.BigInteger, nullable=False),
        sa.Column("ids", _IDS, nullable=False),
        sa.Column("imported_at", _TIME, nullable=False, server_default=sa.func.now()),
    )
    op.create_index("incidents_imported_high_idx", "incidents_imported", ["high"])


def downgrade() -> None:
    """Drops them, and with them every rule and mute."""
    for name in (
        *("incidents_imported", "incidents_rules_position", "incidents_mutes"),
        *("incidents_rule_history", "incidents_rule_states", "incidents_rules"),
    ):
        op.drop_table(name)
