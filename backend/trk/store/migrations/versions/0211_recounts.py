"""All friends of a large campaign are counted anew in parts, in the order of an index; the
corrections of completions that are erased are found by one."""

import sqlalchemy as sa
from alembic import op

revision = "0211"
down_revision = "0210"
branch_labels = None
depends_on = None

_ORDER = "ix_referrals_campaign_id_referrer_id_friend_id"
_CORRECTED = "ix_corrections_completion"


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
    op.create_index(_ORDER, "referrals", ["campaign_id", "referrer_id", "friend_id"])
    where = sa.text("completion_id IS NOT NULL")
    op.create_index(
        _CORRECTED,
        "corrections",
        ["campaign_id", "completion_id"],
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    """Friends who were still to be counted are counted when the owner next changes what counts."""
    op.drop_index(_CORRECTED, "corrections")
    op.drop_index(_ORDER, "referrals")
    op.drop_table("recounts")
