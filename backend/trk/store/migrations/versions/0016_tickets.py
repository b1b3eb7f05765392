"""Tickets, which stand for the visitor's id in the address of a campaign's page."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column(
            "campaign_id",
            sa.BigInteger,
            sa.ForeignKey("campaigns.id", name="fk_tickets_campaign_id"),
            nullable=False,
        ),
        sa.Column("visitor", sa.Text, nullable=False),
        sa.Column("arrived_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.UniqueConstraint("token_hash", name="uq_tickets_token_hash"),
    )
    op.create_index("ix_tickets_visitor", "tickets", ["visitor"])
    op.create_index("ix_tickets_campaign_id_id", "tickets", ["campaign_id", "id"])


def downgrade() -> None:
    op.drop_table("tickets")
