"""Pairs of visitor ids that one browser has used, until one of them is linked."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "same_browsers",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column(
            "campaign_id",
            sa.BigInteger,
            sa.ForeignKey("campaigns.id", name="fk_same_browsers_campaign_id"),
            nullable=False,
        ),
        sa.Column("visitor", sa.Text, nullable=False),
        sa.Column("other", sa.Text, nullable=False),
        sa.Column("told_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint(
            "campaign_id", "visitor", "other", name="uq_same_browsers_campaign_id_visitor_other"
        ),
    )
    op.create_index("ix_same_browsers_campaign_id_id", "same_browsers", ["campaign_id", "id"])


def downgrade() -> None:
    op.drop_table("same_browsers")
