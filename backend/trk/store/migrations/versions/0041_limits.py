"""Limits that protect hold for all servers on the database together."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "limits",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("full_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_limits"),
    )
    op.create_index("ix_limits_full_at", "limits", ["full_at"])


def downgrade() -> None:
    op.drop_table("limits")
