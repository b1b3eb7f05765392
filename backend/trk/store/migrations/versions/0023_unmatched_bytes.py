"""How much of names that no action has a campaign was sent today."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unmatched_bytes",
        sa.Column(
            "campaign_id",
            sa.BigInteger,
            sa.ForeignKey("campaigns.id", name="fk_unmatched_bytes_campaign_id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("over_on", sa.Text),
    )


def downgrade() -> None:
    op.drop_table("unmatched_bytes")
