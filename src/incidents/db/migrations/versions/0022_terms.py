"""Terms of a query line are functions, so that machines of a Citus look for them.

Revision: 0022, after 0021. Servers of before go on without them.
"""

from importlib.resources import files

from alembic import op

revision = "0022"
down_revision = "0021"

_NAMES = (
    "contains",
    "fields",
    "folded",
    "has_number",
    "has_text",
    "has_time",
    "mentions",
    "seconds",
)


def upgrade() -> None:
    """Makes the functions."""
    for name in _NAMES:
        sql = files("incidents").joinpath(f"db/query/sql/{name}.sql").read_text()
        op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    """Drops them."""
    for name in _NAMES:
        op.execute(f"DROP FUNCTION incidents_{name}")
