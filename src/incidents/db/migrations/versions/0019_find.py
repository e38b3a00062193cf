"""A find is of any query.

Revision: 0019, after 0018. Servers of before go on by the functions that they call, which have
other arguments, and answer as before.
"""

from importlib.resources import files

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Makes the functions."""
    for name in ("parsed", "find"):
        sql = files("incidents").joinpath(f"search/sql/{name}.sql").read_text()
        op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    """Drops them."""
    op.execute("DROP FUNCTION incidents_parsed")
    op.execute(
        "DROP FUNCTION incidents_find(text, text, text, text, text, text[], timestamptz,"
        " timestamptz, text[], bigint[], bigint[], integer, bigint, double precision)"
    )
