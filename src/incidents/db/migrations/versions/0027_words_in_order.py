"""Looks for a word by bisection in the postings of a section that is whole.

Revision: 0027, after 0026. The postings were in order before, so nothing is indexed anew. Servers
of before call the same function.
"""

from importlib.resources import files

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Replaces the function."""
    sql = files("incidents").joinpath("search/sql/ids_of_words.sql").read_text()
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    """Leaves it: it reads what a server of before stores."""
