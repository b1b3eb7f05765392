"""Who takes part again, and has many friends, is noted: their friends are counted in parts. What
friends have completed is found by an index of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0212"
down_revision = "0211"
branch_labels = None
depends_on = None

_FRIENDS = "ix_completions_friends"


def upgrade() -> None:
    op.create_table(
        "readmissions",
        sa.Column("campaign_id", sa.BigInteger, nullable=False),
        sa.Column("referrer_id", sa.BigInteger, nullable=False),
        sa.Column("blocked_at", sa.BigInteger, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("stage", sa.Integer, nullable=False),
        sa.Column("friend_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "referrer_id", name="pk_readmissions"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_readmissions_campaign_id"
        ),
    )
    where = sa.text("source = 'referral'")
    op.create_index(
        _FRIENDS,
        "completions",
        ["campaign_id", "entrant_id"],
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    """Friends who were still to be counted are counted when the owner next changes what counts."""
    op.drop_index(_FRIENDS, "completions")
    op.drop_table("readmissions")
