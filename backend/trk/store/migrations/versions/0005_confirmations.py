"""Links in mails, by which an entrant comes back from another browser."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "confirmations",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("entrant_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["entrants.id"], name=op.f("fk_confirmations_entrant_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_confirmations")),
    )
    op.create_index("ix_confirmations_entrant_id", "confirmations", ["entrant_id"])


def downgrade() -> None:
    op.drop_table("confirmations")
