"""What the signatures of a key's requests are verified with.

Revision: 0009, after 0008. It adds columns with constant defaults to the table of keys, at once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Adds the columns."""
    op.add_column("incidents_keys", sa.Column("verify", sa.Text))
    op.add_column("incidents_keys", sa.Column("signing_secrets", sa.LargeBinary))
    op.add_column(
        "incidents_keys",
        sa.Column(
            "signature_required", sa.Boolean, nullable=False, server_default=sa.text("false")
        ),
    )


def downgrade() -> None:
    """Drops them, and with them the secrets."""
    for column in ("signature_required", "signing_secrets", "verify"):
        op.drop_column("incidents_keys", column)
