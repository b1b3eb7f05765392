"""Who has entered by whose link, in which browser, and how many friends complete an action at
most."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("actions", sa.Column("friends", sa.Integer, nullable=False, server_default="5"))
    op.add_column("entrants", sa.Column("browser_hash", sa.Text, nullable=False, server_default=""))
    where = sa.text("browser_hash <> ''")
    op.create_index(
        "ix_entrants_browser",
        "entrants",
        ["campaign_id", "browser_hash"],
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_table(
        "referrals",
        sa.Column("friend_id", sa.BigInteger, sa.ForeignKey("entrants.id"), primary_key=True),
        sa.Column(
            "campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), nullable=False, index=True
        ),
        sa.Column(
            "referrer_id", sa.BigInteger, sa.ForeignKey("entrants.id"), nullable=False, index=True
        ),
        sa.Column("made_at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("referrals")
    op.drop_index("ix_entrants_browser", "entrants")
    op.drop_column("entrants", "browser_hash")
    op.drop_column("actions", "friends")
