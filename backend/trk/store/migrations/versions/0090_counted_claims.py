"""Claims are counted as other lists are, and codes are listed in the order in which they came."""

from alembic import op

revision = "0090"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("INSERT INTO tallied (kind, up_to) VALUES ('claims', 0)")
    op.create_index("ix_reward_codes_campaign_id_id", "reward_codes", ["campaign_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_reward_codes_campaign_id_id", "reward_codes")
    op.execute("DELETE FROM tallies WHERE kind = 'claims'")
    op.execute("DELETE FROM tallied WHERE kind = 'claims'")
