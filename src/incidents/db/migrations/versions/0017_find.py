"""A find of a time looks at the ids of that time alone, where they begin within a section.

Revision: 0017, after 0016. Servers of before use the function, too.
"""

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Replaces the function, which has the same name and arguments."""
    op.get_bind().exec_driver_sql(Path(__file__).with_name("find_0017.sql").read_text())


def downgrade() -> None:
    """The function stays: it answers as the one before did."""
