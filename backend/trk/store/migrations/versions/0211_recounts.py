"""All friends of a large campaign are counted anew in parts, in the order of an index."""

import sqlalchemy as sa
from alembic import op

revision = "0211"
down_revision = "0202"
branch_labels = None
depends_on = None

_INDEX = "ix_referrals_campaign_id_referrer_id_friend_id"


def upgrade() -> None:
    op.create_table(
        "recounts",
        sa.Column("campaign_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("stage", sa.Integer, nullable=False),
        sa.Column("referrer_id", sa.BigInteger, nullable=False),
        sa.Column("friend_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_recounts"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_recounts_campaign_id"),
    )
    op.create_index(_INDEX, "referrals", ["campaign_id", "referrer_id", "friend_id"])


def downgrade() -> None:
    """Friends who were still to be counted are counted when the owner next changes what counts."""
    op.drop_index(_INDEX, "referrals")
    op.drop_table("recounts")
