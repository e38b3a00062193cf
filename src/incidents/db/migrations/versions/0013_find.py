"""A find costs the same beside large reports, and has fewer steps.

Revision: 0013, after 0012. Finds of a server of before go on, by the new function.
"""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Replaces the function."""
    op.get_bind().exec_driver_sql(Path(__file__).with_name("find_0013.sql").read_text())


def downgrade() -> None:
    """Leaves the function, which is called as the one of before."""
