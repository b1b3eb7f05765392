"""The owner's own texts in a campaign's other languages."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "translations",
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), primary_key=True),
        sa.Column("language", sa.Text, primary_key=True),
        sa.Column("thing", sa.Text, primary_key=True),
        sa.Column("thing_id", sa.BigInteger, primary_key=True),
        sa.Column("field", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("translations")
