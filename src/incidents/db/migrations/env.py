"""Alembic's entry point: it uses the connection that `migrate.py` passes to it."""

from alembic import context

from incidents.db.revision import VERSION_TABLE
from incidents.db.schema.rules import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
