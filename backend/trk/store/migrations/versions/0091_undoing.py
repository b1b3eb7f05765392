"""What was corrected together can be undone together, exactly."""

import sqlalchemy as sa
from alembic import op

revision = "0091"
down_revision = "0090"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("corrections", sa.Column("step", sa.Text))
    op.add_column("corrections", sa.Column("was_at", sa.BigInteger))
    op.add_column("corrections", sa.Column("was_reason", sa.Text))
    where = sa.text("step IS NOT NULL")
    op.create_index(
        "ix_corrections_step",
        "corrections",
        ["campaign_id", "step"],
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    op.drop_index("ix_corrections_step", "corrections")
    for column in ("was_reason", "was_at", "step"):
        op.drop_column("corrections", column)
