"""Blocks of ids that are settled, and when their incidents were received.

Revision: 0015, after 0014. Servers of before go on; what they store late, after the block of its id
was settled, is found by any question but by a time that it alone in its block has.
"""

from importlib.resources import files
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Makes the tables, and the functions that use them."""
    op.create_table(
        "incidents_settled",
        sa.Column("below", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.execute("INSERT INTO incidents_settled DEFAULT VALUES")
    time = sa.DateTime(timezone=True)
    op.create_table(
        "incidents_blocks",
        sa.Column("low", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("high", sa.BigInteger, nullable=False),
        sa.Column("oldest", time, nullable=False),
        sa.Column("newest", time, nullable=False),
    )
    sql = files("incidents").joinpath("search/sql/ids_of_time.sql").read_text()
    op.get_bind().exec_driver_sql(sql)
    op.get_bind().exec_driver_sql(Path(__file__).with_name("find_0019.sql").read_text())


def downgrade() -> None:
    """Drops them."""
    op.get_bind().exec_driver_sql(Path(__file__).with_name("find_0014.sql").read_text())
    op.execute("DROP FUNCTION incidents_ids_of_time")
    op.drop_table("incidents_blocks")
    op.drop_table("incidents_settled")
