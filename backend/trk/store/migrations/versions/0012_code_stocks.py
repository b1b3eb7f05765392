"""How many codes a campaign was given: by that row who takes one waits for who takes another."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "code_stocks",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_code_stocks")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_code_stocks_campaign_id")
        ),
    )
    op.execute(
        "INSERT INTO code_stocks (campaign_id, total) "
        "SELECT campaign_id, COUNT(*) FROM reward_codes GROUP BY campaign_id"
    )


def downgrade() -> None:
    op.drop_table("code_stocks")
