"""A find is of any query.

Revision: 0019, after 0018. Servers of before go on by the functions that they call, which have
other arguments, and answer as before.
"""

from importlib.resources import files
from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Makes the functions."""
    sql = files("incidents").joinpath("search/sql/parsed.sql").read_text()
    op.get_bind().exec_driver_sql(sql)
    op.get_bind().exec_driver_sql(Path(__file__).with_name("find_0019.sql").read_text())


def downgrade() -> None:
    """Drops them."""
    op.execute("DROP FUNCTION incidents_parsed")
    op.execute(
        "DROP FUNCTION incidents_find(text, text, text, text, text, text[], timestamptz,"
        " timestamptz, text[], bigint[], bigint[], integer, bigint, double precision)"
    )
