"""Campaigns that are not published yet. Those that exist are published since they were made."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("published_at", sa.BigInteger))
    op.add_column("campaigns", sa.Column("preview_token", sa.Text))
    op.execute("UPDATE campaigns SET published_at = created_at")


def downgrade() -> None:
    # Without drafts they would all be open at once.
    op.execute(
        "UPDATE campaigns SET closed_at = COALESCE(closed_at, created_at) "
        "WHERE published_at IS NULL"
    )
    op.drop_column("campaigns", "preview_token")
    op.drop_column("campaigns", "published_at")
