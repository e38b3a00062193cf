"""Names of headers match in any case, and one object of an array matches all entries.

Revision: 0014, after 0013. Servers of before go on by the function that they call, which has the
same name and other arguments, and answer as before.
"""

from importlib.resources import files

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Makes the functions."""
    # As they are in the program: a later revision that changes a file does this again.
    for name in ("matches", "find"):
        sql = files("incidents").joinpath(f"search/sql/{name}.sql").read_text()
        op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    """Drops them."""
    op.execute("DROP FUNCTION incidents_matches")
    op.execute(
        "DROP FUNCTION incidents_find(text, jsonb[], text, text, text[], jsonb[], jsonb[], bytea,"
        " timestamptz, timestamptz, text[], bigint[], bigint[], integer, bigint, double precision)"
    )
