"""Downtimes that the evaluation of rules has not come to, and an index of what fires or pends.

Revision: 0025, after 0024. Only the evaluation of rules waits for it. Servers of before go on
without.
"""

from alembic import op

from incidents.db.migrations.locks import execute_when_free

revision = "0025"
down_revision = "0024"

_DOWNTIMES = """
    ALTER TABLE incidents_rules_position
    ADD COLUMN downtimes tstzrange[] NOT NULL DEFAULT '{}'
"""
_INDEX = """
    CREATE INDEX incidents_rule_states_status_idx ON incidents_rule_states (status, rule, member)
    WHERE status IN ('firing', 'pending')
"""


def upgrade() -> None:
    """Adds the column and the index."""
    execute_when_free(_DOWNTIMES)
    op.execute(_INDEX)


def downgrade() -> None:
    """Drops them. An evaluation that is behind takes the downtimes ahead of it for silence."""
    op.execute("DROP INDEX incidents_rule_states_status_idx")
    execute_when_free("ALTER TABLE incidents_rules_position DROP COLUMN downtimes")
