"""Names of headers match in any case, and one object of an array matches all entries.

Revision: 0014, after 0013. Servers of before go on by the function that they call, which has the
same name and other arguments, and answer as before.
"""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Makes the functions."""
    for name in ("matches_0014", "find_0017"):
        op.get_bind().exec_driver_sql(Path(__file__).with_name(f"{name}.sql").read_text())


def downgrade() -> None:
    """Drops them."""
    op.execute("DROP FUNCTION incidents_matches")
    op.execute(
        "DROP FUNCTION incidents_find(text, jsonb[], text, text, text[], jsonb[], jsonb[], bytea,"
        " timestamptz, timestamptz, text[], bigint[], bigint[], integer, bigint, double precision)"
    )
