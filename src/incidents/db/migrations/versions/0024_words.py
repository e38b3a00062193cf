"""An index of words: in which runs of ids a word may stand.

Revision: 0024, after 0023. It is filled in the background. Servers of before go on by the functions
that they call, and without it.
"""

from importlib.resources import files
from pathlib import Path

from alembic import op

from incidents.db.migrations.locks import execute_when_free

revision = "0024"
down_revision = "0023"

_TABLE = """
    CREATE TABLE incidents_words (
        section bigint NOT NULL,
        bucket integer NOT NULL,
        part integer NOT NULL,
        postings integer[] NOT NULL,
        PRIMARY KEY (section, bucket, part)
    ) WITH (toast_tuple_target = 4080)
"""
_FUNCTIONS = (
    "search/sql/ids_of_words.sql",
    "search/sql/ids_to_look_at.sql",
    # The same as before, but faster.
    "db/query/sql/mentions.sql",
)


def upgrade() -> None:
    """Makes the table and the functions. Blocks in two sections are settled anew, each in one."""
    op.execute(_TABLE)
    # Hashes cannot be compressed.
    op.execute("ALTER TABLE incidents_words ALTER COLUMN postings SET STORAGE EXTERNAL")
    execute_when_free(
        "ALTER TABLE incidents_blocks ADD COLUMN words boolean NOT NULL DEFAULT false",
        "DELETE FROM incidents_blocks WHERE low >> 16 <> (high - 1) >> 16",
    )
    op.execute(
        "CREATE INDEX incidents_blocks_without_words_idx ON incidents_blocks (low) WHERE NOT words"
    )
    for name in _FUNCTIONS:
        sql = files("incidents").joinpath(name).read_text()
        op.get_bind().exec_driver_sql(sql)
    op.get_bind().exec_driver_sql(Path(__file__).with_name("find_0024.sql").read_text())


def downgrade() -> None:
    """Drops them."""
    op.execute(
        "DROP FUNCTION incidents_find(text, text, text, text, text, text, text[], timestamptz,"
        " timestamptz, text[], bigint[], bigint[], integer, bigint, double precision)"
    )
    op.execute("DROP FUNCTION incidents_ids_to_look_at")
    op.execute("DROP FUNCTION incidents_ids_of_words")
    op.drop_column("incidents_blocks", "words")
    op.execute("DROP TABLE incidents_words")
