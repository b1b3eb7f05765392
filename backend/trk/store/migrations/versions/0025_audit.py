"""The audit: who did what."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("noted_at", sa.BigInteger, nullable=False),
        sa.Column("by_kind", sa.Text, nullable=False),
        sa.Column("by_id", sa.BigInteger),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("thing", sa.Text, nullable=False),
        sa.Column("thing_id", sa.BigInteger),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("campaign_key", sa.Text),
        sa.Column("times", sa.Integer, nullable=False),
    )
    op.create_index("ix_audit_noted_at", "audit", ["noted_at"])


def downgrade() -> None:
    op.drop_table("audit")
