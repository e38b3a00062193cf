"""The index of times has the ids, too.

Revision: 0004, after 0003. It reads every incident once.
"""

from incidents.db.migrations.indexes import replace_index

revision = "0004"
down_revision = "0003"

_OLD, _NEW = "received_at_idx", "received_at_id_idx"
_BRIN = "brin {} WITH (autosummarize = on, pages_per_range = 32)"


def upgrade() -> None:
    """Makes the index beside the old one, which then goes."""
    replace_index(_OLD, _NEW, _BRIN.format("(received_at, (- id))"))


def downgrade() -> None:
    """Makes the old one again."""
    replace_index(_NEW, _OLD, _BRIN.format("(received_at)"))
