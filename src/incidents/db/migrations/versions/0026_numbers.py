"""An index of numbers: between which those of a field lie, cell by cell.

Revision: 0026, after 0025. It is filled in the background, as that of words. Servers of before go
on without it.
"""

from importlib.resources import files
from pathlib import Path

from alembic import op

from incidents.db.migrations.locks import execute_when_free

revision = "0026"
down_revision = "0025"

_TABLE = """
    CREATE TABLE incidents_numbers (
        section bigint NOT NULL,
        bucket integer NOT NULL,
        part integer NOT NULL,
        cells smallint[] NOT NULL,
        lows double precision[] NOT NULL,
        highs double precision[] NOT NULL,
        PRIMARY KEY (section, bucket, part)
    )
"""


def upgrade() -> None:
    """Makes the table and the functions."""
    op.execute(_TABLE)
    execute_when_free(
        "ALTER TABLE incidents_blocks ADD COLUMN numbers boolean NOT NULL DEFAULT false",
        "DROP INDEX incidents_blocks_without_words_idx",
        "CREATE INDEX incidents_blocks_not_indexed_idx ON incidents_blocks (low) WHERE NOT numbers",
    )
    for name in ("ids_of_numbers", "find"):
        sql = files("incidents").joinpath(f"search/sql/{name}.sql").read_text()
        op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    """Drops them. What was indexed of words stays."""
    op.get_bind().exec_driver_sql(Path(__file__).with_name("find_0024.sql").read_text())
    op.execute("DROP FUNCTION incidents_ids_of_numbers")
    op.drop_column("incidents_blocks", "numbers")
    op.execute(
        "CREATE INDEX incidents_blocks_without_words_idx ON incidents_blocks (low) WHERE NOT words"
    )
    op.execute("DROP TABLE incidents_numbers")
