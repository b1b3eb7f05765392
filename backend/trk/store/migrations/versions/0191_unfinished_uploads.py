"""Long lists of codes are added a part at a time, and are the campaign's once they are whole."""

import sqlalchemy as sa
from alembic import op

revision = "0191"
down_revision = "0190"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unfinished_uploads",
        sa.Column("campaign_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("upload_id", sa.BigInteger, nullable=False),
        sa.Column("first_code", sa.BigInteger, nullable=False),
        sa.Column("worked_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_unfinished_uploads"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_unfinished_uploads_campaign_id"
        ),
    )


def downgrade() -> None:
    """What is in the making then was never added."""
    unfinished = "IN (SELECT u.upload_id FROM unfinished_uploads AS u)"
    op.execute(f"DELETE FROM reward_codes WHERE entrant_id IS NULL AND upload_id {unfinished}")
    op.execute(f"DELETE FROM code_uploads WHERE id {unfinished}")
    op.drop_table("unfinished_uploads")
